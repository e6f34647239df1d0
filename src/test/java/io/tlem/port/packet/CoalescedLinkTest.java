package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.stats.Counter;
import io.tlem.thread.Stage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/**
 * Flows of TCP and UDP, over IPv4 and IPv6, with and without a tag, through models that lose, double, damage and overtake: what
 * comes out is the same in content and order whether segments are sent together or not.
 */
class CoalescedLinkTest {
    private static final int ROUNDS = 60;
    private static final int SLOT_BYTES = 2048;
    private static final int MOST = 256;
    private static final long ROUND_NANOS = 1_000_000;
    private static final Map<Role, String> MODELS = Map.of(
            Role.LOSS, "2%",
            Role.DUPLICATE, "1%",
            Role.CORRUPT, "1%",
            Role.REORDER, "constant,0.02,3ms",
            Role.DELAY, "2ms");

    private final Random random = new Random(11);
    private long now = 1_000_000_000;

    /** Hands out a list of packets. */
    private static final class Source implements PacketSource {
        private final MemorySegment memory = Arena.ofAuto().allocate((long) MOST * SLOT_BYTES, 64);
        private List<byte[]> offered = List.of();

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public boolean memoryStays() {
            return true;
        }

        @Override
        public int maxPacketBytes() {
            return 1522;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            int count = Math.min(offered.size(), batch.capacity());
            for (int i = 0; i < count; i++) {
                byte[] packet = offered.get(i);
                batch.offset[i] = (long) i * SLOT_BYTES;
                batch.length[i] = packet.length;
                batch.arrivalNanos[i] = clock.getAsLong();
                MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, batch.offset[i], packet.length);
            }
            offered = offered.subList(count, offered.size());
            batch.count = count;
            batch.horizonNanos = clock.getAsLong();
            return count;
        }

        @Override
        public void release() {}
    }

    private List<byte[]> flows() {
        List<byte[]> packets = CoalescerTest.flows(random);
        if (random.nextInt(4) == 0) { // flows whose packets come in turn
            Collections.shuffle(packets, random);
        }
        return packets;
    }

    private List<byte[]> throughVeth(String options, List<List<byte[]>> rounds, boolean together) throws IOException {
        try (VethPair veth = new VethPair(1500)) {
            PacketSink sink = veth.open(veth.a, options).sink().orElseThrow();
            PacketSource out = veth.open(veth.b, "").source().orElseThrow();
            List<byte[]> all = through(sink, out, rounds, MOST);
            long whole = Long.parseLong(Files.readString(Path.of("/sys/class/net", veth.b, "statistics/rx_packets"))
                    .strip());
            assertEquals(together, whole < all.size() * 3 / 4, whole + " sent for " + all.size());
            return all;
        }
    }

    /** @param batch with one packet at a time none has another to go with */
    private List<byte[]> throughTun(int batch, List<List<byte[]>> rounds, boolean together) {
        try (TunPair tuns = new TunPair("")) {
            List<byte[]> all =
                    through(tuns.from.sink().orElseThrow(), tuns.to.source().orElseThrow(), rounds, batch);
            long whole = tuns.written();
            assertEquals(together, whole < all.size() * 3 / 4, whole + " sent for " + all.size());
            return all;
        }
    }

    private List<byte[]> through(PacketSink sink, PacketSource out, List<List<byte[]>> rounds, int batch) {
        try (Arena arena = Arena.ofConfined()) {
            Source in = new Source();
            Pipeline pipeline = new Pipeline(
                    "a->b",
                    () -> now,
                    in,
                    sink,
                    SharedBuffer.allocate(arena, 8 << 20, SharedBuffer.Pages.ORDINARY),
                    new DirectionModels(LinkModels.of(MODELS, new RandomStreams(5, 0))),
                    1,
                    batch);
            List<byte[]> all = new ArrayList<>();
            for (int round = 0; round < rounds.size() + 20; round++) {
                in.offered = round < rounds.size() ? rounds.get(round) : List.of();
                now += ROUND_NANOS;
                for (Stage stage : pipeline.stages()) {
                    while (stage.doWork() > 0) {}
                }
                sink.flush();
                long sent = pipeline.snapshot().get(Counter.TRANSMITTED_PACKETS);
                all.addAll(Ends.receive(out, (int) sent - all.size(), 64));
                assertEquals(sent, all.size());
            }
            assertEquals(0, pipeline.snapshot().unaccounted(0));
            return all;
        }
    }

    @Test
    void sameContentInTheSameOrder() throws IOException {
        List<List<byte[]>> rounds = rounds();
        long start = now;
        List<byte[]> alone = throughVeth(",gso=off", rounds, false);
        now = start;
        assertSame(alone, throughVeth("", rounds, true));
    }

    /** IP alone; what was damaged so that it is none is refused both times. */
    @Test
    void sameContentInTheSameOrderOutOfATun() {
        List<List<byte[]>> rounds = rounds();
        rounds.forEach(packets -> packets.removeIf(TunPair::isTagged));
        long start = now;
        List<byte[]> alone = throughTun(1, rounds, false);
        now = start;
        assertSame(alone, throughTun(MOST, rounds, true));
    }

    private List<List<byte[]>> rounds() {
        List<List<byte[]>> rounds = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            rounds.add(flows());
        }
        return rounds;
    }

    private static void assertSame(List<byte[]> alone, List<byte[]> together) {
        assertEquals(alone.size(), together.size());
        for (int i = 0; i < alone.size(); i++) {
            assertArrayEquals(alone.get(i), together.get(i), "packet " + i);
        }
        assertTrue(alone.size() > 500, alone.size() + " packets");
    }
}
