package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.netmap.NetmapPortProvider;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.testing.FakeNetmap;
import io.tlem.testing.Packets;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Packets between two netmap ports of one memory stay in their buffers, and no buffer gets lost or is in two places. The port is
 * its own other end here: what it sends comes back to it.
 */
@Timeout(60)
class ZeroCopyTest {
    private static final int SLOTS = 64;
    private static final int BUFFER_BYTES = 2048;

    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    private final Set<ByteBuffer> sent = new HashSet<>();
    private long now = 1_000;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
    }

    @BeforeEach
    @AfterEach
    void reset() {
        fake.reset();
    }

    private static PacketPort open(String options) {
        fake.prepare(1, SLOTS, BUFFER_BYTES);
        return new NetmapPortProvider()
                .open(PortAddress.parse("netmap:loop0" + options + ",library=" + fake.library()));
    }

    private void send(PacketPort port, int packets, int shortest, int longest) {
        Random random = new Random(packets);
        for (int i = 0; i < packets; i++) {
            byte[] packet = new byte[shortest + random.nextInt(longest - shortest + 1)];
            random.nextBytes(packet);
            assertTrue(Packets.send(port.sink().orElseThrow(), packet), "no room");
            sent.add(ByteBuffer.wrap(packet));
        }
    }

    private Pipeline pipeline(PacketPort port, Map<Role, String> models, long maxLagNanos) {
        return new Pipeline(
                "a->b",
                () -> now,
                port,
                port,
                SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + (1 << 20), 64)),
                new DirectionModels(LinkModels.of(models, new RandomStreams(11, 0)), maxLagNanos, Exemption.NONE),
                2,
                16);
    }

    /** After the port was closed. */
    private static void assertBuffersAreInOrder() {
        assertEquals(0, fake.astray(), "buffers lost, or in two places");
        assertEquals(0, fake.unannounced(), "netmap was not told of other buffers");
    }

    private static void assertAccounted(Pipeline pipeline) {
        DirectionSnapshot snapshot = pipeline.snapshot();
        long inside = pipeline.countRemaining();
        assertEquals(0, snapshot.unaccounted(inside), snapshot + ", inside " + inside);
    }

    private void assertAllAreBack(Pipeline pipeline, PacketPort port) {
        pipeline.finish();
        assertAccounted(pipeline);
        Set<ByteBuffer> received = new HashSet<>();
        Packets.receive(port.source().orElseThrow()).forEach(packet -> received.add(ByteBuffer.wrap(packet)));
        assertEquals(sent, received, () -> received.size() + " of " + sent.size());
    }

    /** Slots of the transmit ring whose buffer was an extra one, or another ring's. */
    private static int handedOn() {
        long ring = fake.ring(NetmapLayout.TRANSMIT, 0);
        int others = 0;
        for (int i = 0; i < SLOTS; i++) {
            int buffer = NetmapLayout.buffer(NetmapLayout.read(fake.memory(), NetmapLayout.slot(ring, i)));
            others += buffer >= 2 + SLOTS ? 1 : 0;
        }
        return others;
    }

    /** Short ones and those of several slots are copied, and all where there is no spare buffer. */
    @ParameterizedTest
    @CsvSource({
        "60, 1514, 64, on",
        "60, 1514, 64, off",
        "60, 1514, 3, on",
        "60, 1514, 3, off",
        "300, 1514, 1, on",
        "60, 255, 64, on",
        "60, 1514, 0, on",
        "2100, 5000, 64, on",
        "60, 5000, 9, off"
    })
    void whatGoesRoundStaysWhatItIs(int shortest, int longest, int extra, String trusted) {
        try (PacketPort port = open(",extra=" + extra + ",trusted=" + trusted)) {
            send(port, 12, shortest, longest);
            Pipeline pipeline = pipeline(port, Map.of(), DirectionModels.ANY_LAG);
            for (int i = 0; i < 500; i++) {
                now += 1_000;
                int ignored = pipeline.input().doWork() + pipeline.output().doWork();
            }
            while (pipeline.output().doWork() > 0) {
                // until all are out
            }
            assertTrue(pipeline.snapshot().get(Counter.TRANSMITTED_PACKETS) > 12 * 50, "packets do not go round");
            assertEquals(
                    extra > 0 && longest >= 256 && shortest < BUFFER_BYTES,
                    handedOn() > 0,
                    handedOn() + " of " + SLOTS);
            assertAllAreBack(pipeline, port);
        }
        assertBuffersAreInOrder();
    }

    @Test
    void whatIsTooLateGivesItsBufferBack() {
        try (PacketPort port = open(",extra=50")) {
            send(port, 40, 600, 1514);
            Pipeline pipeline = pipeline(port, Map.of(Role.DELAY, "1ms"), 1_000_000);
            for (int i = 0; i < 5; i++) {
                int ignored = pipeline.input().doWork();
            }
            now += 3_000_000;
            for (int i = 0; i < 5; i++) {
                int ignored = pipeline.output().doWork();
            }
            assertEquals(40, pipeline.snapshot().dropped(DropReason.LATE).packets());
            pipeline.finish();
            assertAccounted(pipeline);
        }
        assertBuffersAreInOrder();
    }

    /** Whether or not they were waiting for others that overtake them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsInsideAtTheEndGivesItsBufferBack(boolean reordering) {
        try (PacketPort port = open(",extra=30")) {
            send(port, 40, 300, 1514);
            Map<Role, String> models = new HashMap<>(Map.of(Role.DELAY, "10s"));
            Pipeline pipeline = pipeline(port, models, DirectionModels.ANY_LAG);
            for (int i = 0; i < 5; i++) {
                int ignored = pipeline.input().doWork() + pipeline.output().doWork();
            }
            if (reordering) {
                models.put(Role.REORDER, "0.5,1ms");
                var ignored = pipeline.change(new DirectionModels(
                        LinkModels.of(models, new RandomStreams(11, 0)), DirectionModels.ANY_LAG, Exemption.NONE));
                assertEquals(0, pipeline.input().doWork() + pipeline.output().doWork());
            }
            pipeline.finish();
            DirectionSnapshot snapshot = pipeline.snapshot();
            assertEquals(40, snapshot.get(Counter.RECEIVED_PACKETS));
            assertEquals(40, pipeline.countRemaining());
        }
        assertBuffersAreInOrder();
    }

    /** Other models let packets overtake while kept ones are inside. */
    @Test
    void modelsThatLetPacketsOvertakeFindThoseThatWereKept() {
        try (PacketPort port = open(",extra=64")) {
            send(port, 20, 300, 1514);
            Pipeline pipeline = pipeline(port, Map.of(Role.DELAY, "20us"), DirectionModels.ANY_LAG);
            for (int change = 0; change < 20; change++) {
                for (int i = 0; i < 25; i++) {
                    now += 3_000;
                    int ignored = pipeline.input().doWork() + pipeline.output().doWork();
                }
                Map<Role, String> models = change % 2 == 0
                        ? Map.of(Role.DELAY, "20us", Role.REORDER, "0.3,10us")
                        : Map.of(Role.DELAY, "20us");
                var ignored = pipeline.change(new DirectionModels(
                        LinkModels.of(models, new RandomStreams(change, 0)), DirectionModels.ANY_LAG, Exemption.NONE));
            }
            now += 1_000_000;
            for (int i = 0; i < 50; i++) {
                now += 1_000;
                int ignored = pipeline.output().doWork();
            }
            assertEquals(0, pipeline.snapshot().get(Counter.BUFFERED_PACKETS), () -> "" + pipeline.snapshot());
            assertTrue(pipeline.snapshot().get(Counter.TRANSMITTED_PACKETS) > 400, "packets do not go round");
            assertAllAreBack(pipeline, port);
        }
        assertBuffersAreInOrder();
    }

    /** Both say that they are of the same region: that is the provider's number, and not looked at. */
    @Test
    void portsOfDifferentMemoryCopy() {
        try (PacketPort one = open(",extra=20");
                PacketPort other = open(",extra=20")) {
            assertTrue(one.source()
                    .orElseThrow()
                    .zeroCopyTo(other.sink().orElseThrow())
                    .isEmpty());
            assertTrue(one.source()
                    .orElseThrow()
                    .zeroCopyTo(one.sink().orElseThrow())
                    .isPresent());
        }
        assertBuffersAreInOrder();
    }
}
