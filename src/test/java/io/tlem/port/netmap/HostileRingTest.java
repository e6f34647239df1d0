package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.netmap.netmap_ring;
import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.FakeNetmap;
import io.tlem.testing.Packets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
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
 * Rings that change under a running port, through a broken provider or another program that has mapped them: refused
 * with a {@link PortException}, or counted as missed; no other exception, no access elsewhere, and every call returns.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a loop without end is not interrupted
class HostileRingTest {
    private static final int SLOTS = 64;
    private static final int BUFFER_BYTES = 2048;

    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    private Arena arena;
    private PacketPort port;
    private MemorySegment memory;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
    }

    /** Of the port. */
    String options() {
        return "";
    }

    @BeforeEach
    void open() {
        fake.reset();
        fake.prepare(1, SLOTS, BUFFER_BYTES);
        arena = Arena.ofShared();
        memory = fake.memory();
        port = new NetmapPortProvider().open(PortAddress.parse("netmap:loop0,library=" + fake.library() + options()));
    }

    @AfterEach
    void close() {
        fake.reset();
        port.close();
        arena.close();
    }

    private void receiveIsRefused(String reason) {
        PortException refused = assertThrows(
                PortException.class, () -> Packets.receive(port.source().orElseThrow()));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }

    private void sendIsRefused(String reason, int length) {
        PacketSink sink = port.sink().orElseThrow();
        PortException refused = assertThrows(PortException.class, () -> {
            for (int i = 0; i < SLOTS; i++) {
                Packets.send(sink, new byte[length]);
            }
        });
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }

    /** A field of both rings is overwritten after each sync, as by a netmap that has gone mad. */
    private void afterSync(long field, int value) {
        long receive = fake.ring(NetmapLayout.RECEIVE, 0);
        long transmit = fake.ring(NetmapLayout.TRANSMIT, 0);
        fake.afterSync(arena, () -> {
            memory.set(ValueLayout.JAVA_INT, receive + field, value);
            memory.set(ValueLayout.JAVA_INT, transmit + field, value);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {SLOTS, SLOTS + 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aTailOutOfRange(int tail) {
        afterSync(netmap_ring.tail$offset(), tail);
        receiveIsRefused("receive ring 0 has tail " + tail);
        sendIsRefused("transmit ring 0 has tail " + tail, 60);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, SLOTS, -1, Integer.MAX_VALUE})
    void aHeadThatIsNotOurs(int head) {
        afterSync(netmap_ring.head$offset(), head);
        receiveIsRefused("receive ring 0 was reset: head is " + head);
        sendIsRefused("transmit ring 0 was reset: head is " + head, 60);
    }

    /** cur is for netmap; the number of slots, the buffers and the rest were read when the port was opened. */
    @ParameterizedTest
    @CsvSource({"cur", "num_slots", "nr_buf_size", "buf_ofs", "flags"})
    void whatIsReadOnceMayChange(String field) {
        long at = switch (field) {
            case "cur" -> netmap_ring.cur$offset();
            case "num_slots" -> netmap_ring.num_slots$offset();
            case "nr_buf_size" -> netmap_ring.nr_buf_size$offset();
            case "buf_ofs" -> netmap_ring.buf_ofs$offset();
            default -> netmap_ring.flags$offset();
        };
        for (int value : new int[] {0, 1, -1, Integer.MAX_VALUE, 1 << 20}) {
            afterSync(at, value);
            for (int i = 0; i < 3 * SLOTS; i++) {
                assertTrue(Packets.send(port.sink().orElseThrow(), new byte[3000]));
                assertEquals(1, Packets.receive(port.source().orElseThrow()).size());
            }
        }
    }

    /** Fills slots of the receive ring as a netmap would, and shows them. */
    private void show(long... slots) {
        long ring = fake.ring(NetmapLayout.RECEIVE, 0);
        fake.afterSync(arena, () -> {
            int head = NetmapLayout.head(memory, ring);
            for (int i = 0; i < slots.length; i++) {
                NetmapLayout.write(memory, NetmapLayout.slot(ring, (head + i) % SLOTS), slots[i]);
            }
            NetmapLayout.setTail(memory, ring, (head + slots.length) % SLOTS);
        });
    }

    @Test
    void aBufferThatIsNotThere() {
        long ring = fake.ring(NetmapLayout.RECEIVE, 0);
        long buffers = ring + NetmapLayout.bufferOffset(memory, ring);
        int count = (int) ((memory.byteSize() - buffers) / BUFFER_BYTES);
        for (int buffer : new int[] {0, 1, count, count + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            String reason = "names buffer " + Integer.toUnsignedString(buffer) + " in slot ";
            show(NetmapLayout.value(buffer, 60, 0));
            receiveIsRefused(reason);
            show(NetmapLayout.value(5, 60, NetmapLayout.MORE_FRAGMENTS), NetmapLayout.value(buffer, 60, 0));
            receiveIsRefused(reason);
            for (int slot = 0; slot < SLOTS; slot++) {
                long at = NetmapLayout.slot(fake.ring(NetmapLayout.TRANSMIT, 0), slot);
                NetmapLayout.write(memory, at, NetmapLayout.value(buffer, 0, 0));
            }
            sendIsRefused(reason, 60);
            sendIsRefused(reason, 3000);
            close();
            open();
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "13", "2049", "65535"})
    void aPacketOfALengthThatCannotBeIsMissed(int length) {
        show(NetmapLayout.value(5, length, 0), NetmapLayout.value(6, 60, 0));
        PacketBatch batch = new PacketBatch(8);
        assertEquals(1, port.source().orElseThrow().receive(batch, System::nanoTime));
        assertEquals(60, batch.length[0]);
        assertEquals(1, port.source().orElseThrow().missedPackets());
    }

    @ParameterizedTest
    @CsvSource({"2, 0", "3, 2", "5, 2048", "63, 2048", "2, 65535", "63, 65535"})
    void fragmentsThatMakeNoPacketAreMissed(int count, int length) {
        long[] slots = new long[count];
        for (int i = 0; i < count; i++) {
            slots[i] = NetmapLayout.value(5 + i, length, i + 1 < count ? NetmapLayout.MORE_FRAGMENTS : 0);
        }
        show(slots);
        PacketBatch batch = new PacketBatch(8);
        assertEquals(0, port.source().orElseThrow().receive(batch, System::nanoTime));
        assertEquals(1, port.source().orElseThrow().missedPackets());
    }

    @Test
    void fragmentsWithoutEndAreRefused() {
        long[] slots = new long[SLOTS - 1];
        java.util.Arrays.fill(slots, NetmapLayout.value(5, 100, NetmapLayout.MORE_FRAGMENTS));
        show(slots);
        receiveIsRefused("receive ring 0 holds a packet of more than 63 fragments");
    }

    /** The books: what a failed transmit has not passed on is refused, not sent. */
    @Test
    void packetsOfABatchThatCannotBeSentAreRefused() {
        PacketSink sink = port.sink().orElseThrow();
        PacketBatch batch = new PacketBatch(8);
        assertEquals(8, sink.reserve(batch, 8));
        assertTrue(sink.enlarge(batch, 4, 5000));
        java.util.Arrays.fill(batch.length, 60);
        batch.length[4] = 5000;
        long at = NetmapLayout.slot(fake.ring(NetmapLayout.TRANSMIT, 0), 5);
        NetmapLayout.write(memory, at, NetmapLayout.value(-1, 0, 0));
        assertThrows(PortException.class, () -> sink.transmit(batch, 8, System.nanoTime()));
        sink.finish();
        assertEquals(4, sink.refusedPackets(), "four were sent when it gave up");
    }

    private static int word(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(4) - 2;
            case 2 -> NetmapLayout.MORE_FRAGMENTS << 16 | random.nextInt(BUFFER_BYTES + 2);
            case 3 -> NetmapLayout.FIRST_BUFFER + 8 * SLOTS + random.nextInt(8) - 4;
            default -> random.nextInt(SLOTS + 2);
        };
    }

    /** Anything anywhere in the rings, between the calls and after syncs. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anythingMayBeWrittenAtAnyTime(int seed) {
        Random random = new Random(seed);
        AtomicReference<Throwable> hookFailure = new AtomicReference<>();
        int refused = 0;
        int received = 0;
        for (int round = 0; round < 100; round++) {
            close();
            fake.prepare(3, SLOTS, BUFFER_BYTES);
            arena = Arena.ofShared();
            memory = fake.memory();
            port = new NetmapPortProvider()
                    .open(PortAddress.parse("netmap:loop0,library=" + fake.library() + options()));
            long first = fake.ring(NetmapLayout.TRANSMIT, 0) / 4;
            long words = (fake.ring(NetmapLayout.RECEIVE, 3) + NetmapLayout.RING_BYTES) / 4 - first;
            Runnable scribble = () -> {
                try {
                    for (int n = random.nextInt(4); n > 0; n--) {
                        // Slots and pointers more often than the rest: they are few words of many.
                        long ring = fake.ring(random.nextInt(2), random.nextInt(3));
                        long at = random.nextInt(12) == 0
                                ? ring + netmap_ring.head$offset() + 4L * random.nextInt(3)
                                : (first + random.nextLong(words)) * 4;
                        memory.set(ValueLayout.JAVA_INT, at, word(random));
                    }
                } catch (Throwable e) { // may not leave the hook
                    hookFailure.set(e);
                }
            };
            fake.afterSync(arena, scribble);
            try {
                for (int i = 0; i < 50; i++) {
                    byte[] packet = new byte[14 + random.nextInt(9203)];
                    random.nextBytes(packet);
                    Packets.send(port.sink().orElseThrow(), packet);
                    scribble.run();
                    received += Packets.receive(port.source().orElseThrow()).size();
                    scribble.run();
                    port.sink().orElseThrow().flush();
                }
            } catch (PortException e) {
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                refused++;
            }
            if (round % 20 == 0) { // it waits for 100 ms where something is left
                assertDoesNotThrow(() -> port.sink().orElseThrow().finish());
            }
            assertNull(hookFailure.get());
        }
        assertTrue(refused > 20 && received > 100, refused + " refused, " + received + " received");
    }
}
