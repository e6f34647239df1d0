package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.netmap.netmap_if;
import io.tlem.bindings.netmap.netmap_ring;
import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.FakeNetmap;
import io.tlem.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A netmap that answers a registration with what cannot be, or shows it in the memory: refused in one line. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a loop without end is not interrupted
class NonsenseRegistrationTest {
    private static final int SLOTS = 32;

    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
    }

    @BeforeEach
    void prepare() {
        fake.reset();
        fake.prepare(2, SLOTS, 2048);
    }

    @AfterEach
    void reset() {
        fake.reset();
    }

    private static PacketPort open() {
        return new NetmapPortProvider().open(PortAddress.parse("netmap:loop0,library=" + fake.library()));
    }

    private static Arguments lie(String what, Consumer<FakeNetmap> how) {
        return Arguments.of(what, how);
    }

    static Stream<Arguments> answers() {
        return Stream.concat(
                LongStream.of(0, 1, 4095, 4096, 8192, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 28, 1L << 40, 1L << 41)
                        .mapToObj(bytes -> lie("memory of " + bytes, f -> f.lieMemoryBytes(bytes))),
                LongStream.of(1, 4, 0x7FFF_FFF8L, 1L << 40, -8, -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 7)
                        .mapToObj(offset -> lie("interface at " + offset, f -> f.lieOffset(offset))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void anAnswerOfNonsenseIsRefused(String what, Consumer<FakeNetmap> lie) {
        lie.accept(fake);
        PortException refused = assertThrows(PortException.class, () -> open().close());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
        assertTrue(refused.getMessage().startsWith("netmap:loop0"), refused.getMessage());
    }

    /** A field of the interface or of a ring, its true offset from the memory's start, and what it is set to. */
    private static Arguments wrong(String field, int bytes, long at, long value) {
        return Arguments.of(field, bytes, at, value);
    }

    static Stream<Arguments> fields() {
        FakeNetmap model = fake;
        model.reset();
        model.prepare(2, SLOTS, 2048);
        long receive = model.ring(NetmapLayout.RECEIVE, 0);
        long transmit = model.ring(NetmapLayout.TRANSMIT, 0);
        long bytes = model.memory().byteSize();
        long table = FakeNetmap.INTERFACE + NetmapLayout.INTERFACE_BYTES;
        Stream<Arguments> interfaces = Stream.of(
                        netmap_if.ni_tx_rings$offset(),
                        netmap_if.ni_rx_rings$offset(),
                        netmap_if.ni_host_tx_rings$offset(),
                        netmap_if.ni_host_rx_rings$offset())
                .flatMap(field -> IntStream.of(4097, 1 << 30, Integer.MAX_VALUE, -1)
                        .mapToObj(value -> wrong("ring count " + field, 4, FakeNetmap.INTERFACE + field, value)));
        Stream<Arguments> offsets = LongStream.of(
                        1,
                        4,
                        -FakeNetmap.INTERFACE - 8,
                        bytes - FakeNetmap.INTERFACE,
                        bytes - FakeNetmap.INTERFACE - NetmapLayout.RING_BYTES,
                        Long.MAX_VALUE,
                        Long.MIN_VALUE,
                        -1)
                .mapToObj(value -> wrong("ring_ofs", 8, table, value));
        Stream<Arguments> rings = LongStream.of(receive, transmit)
                .boxed()
                .flatMap(ring -> Stream.of(
                                IntStream.of(0, 1, 1 << 20, (1 << 20) + 1, Integer.MAX_VALUE, -1)
                                        .mapToObj(v -> wrong("num_slots", 4, ring + netmap_ring.num_slots$offset(), v)),
                                IntStream.of(0, 1, 63, 65537, Integer.MAX_VALUE, -1)
                                        .mapToObj(v ->
                                                wrong("nr_buf_size", 4, ring + netmap_ring.nr_buf_size$offset(), v)),
                                LongStream.of(bytes, -ring - 1, Long.MAX_VALUE, Long.MIN_VALUE)
                                        .mapToObj(v -> wrong("buf_ofs", 8, ring + netmap_ring.buf_ofs$offset(), v)),
                                IntStream.of(SLOTS, -1, Integer.MAX_VALUE)
                                        .mapToObj(v -> wrong("head", 4, ring + netmap_ring.head$offset(), v)),
                                IntStream.of(SLOTS, -1, Integer.MAX_VALUE)
                                        .mapToObj(v -> wrong("tail", 4, ring + netmap_ring.tail$offset(), v)),
                                LongStream.of(0xFFFF)
                                        .mapToObj(v ->
                                                wrong("offset_mask", 8, ring + netmap_ring.offset_mask$offset(), v)))
                        .flatMap(s -> s));
        return Stream.of(interfaces, offsets, rings).flatMap(s -> s);
    }

    @ParameterizedTest(name = "{0} = {3}")
    @MethodSource("fields")
    void aMemoryOfNonsenseIsRefused(String field, int bytes, long at, long value) {
        MemorySegment memory = fake.memory();
        switch (bytes) {
            case 4 -> memory.set(ValueLayout.JAVA_INT, at, (int) value);
            default -> memory.set(ValueLayout.JAVA_LONG, at, value);
        }
        PortException refused = assertThrows(PortException.class, () -> open().close());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
        assertTrue(refused.getMessage().startsWith("netmap:loop0"), refused.getMessage());
    }

    /** Opened or refused, and used when opened: nothing else may come of it. */
    @Test
    void anyBytesAreRefusedOrUsedWithinTheMemory() {
        Random random = new Random(20);
        int opened = 0;
        for (int round = 0; round < 300; round++) {
            fake.reset();
            fake.prepare(1 + random.nextInt(3), SLOTS, 64 << random.nextInt(6));
            MemorySegment memory = fake.memory();
            long rings = fake.ring(NetmapLayout.RECEIVE, 0) + NetmapLayout.RING_BYTES - FakeNetmap.INTERFACE;
            for (int i = random.nextInt(4); i >= 0; i--) {
                long at = FakeNetmap.INTERFACE + random.nextLong(rings / 4) * 4;
                int value = switch (random.nextInt(3)) {
                    case 0 -> random.nextInt();
                    case 1 -> random.nextInt(64);
                    default -> memory.get(ValueLayout.JAVA_INT, at) ^ (1 << random.nextInt(32));
                };
                memory.set(ValueLayout.JAVA_INT, at, value);
            }
            try (PacketPort port = open()) {
                opened++;
                for (int i = 0; i < 10; i++) {
                    port.sink().ifPresent(sink -> Packets.send(sink, new byte[60]));
                    port.source().ifPresent(Packets::receive);
                }
            } catch (PortException e) {
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            }
        }
        assertTrue(opened > 50, opened + " opened");
    }
}
