package io.tlem.port.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.NetmapLayout;
import io.tlem.os.NetmapRegistration;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * A pipe against the simplest model of it, a queue of packets each way. Both ends are driven at random, ring by ring:
 * some slots filled, a sync or none, some slots emptied, packets of one to four fragments that may be passed in pieces.
 * {@code -Pnightly} runs many more of them.
 */
class PipeModelTest {
    private static final long LEAST_PACKETS = Long.getLong("tlem.pipe.model.packets", 100_000);

    private static long packetsReceived;

    @Property
    void aPipeIsAQueueEachWay(
            @ForAll @IntRange(min = 8, max = 40) int slots,
            @ForAll @IntRange(min = 1, max = 1500) int steps,
            @ForAll long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined();
                End a = new End(arena, "model{1", slots);
                End b = new End(arena, "model}1", slots)) {
            Way there = new Way(a, b, random);
            Way back = new Way(b, a, random);
            for (int step = 0; step < steps; step++) {
                (random.nextBoolean() ? there : back).step();
                if (step % 64 == 0) {
                    everyBufferIsSomewhereOnce(a, b);
                }
            }
            there.drain();
            back.drain();
            everyBufferIsSomewhereOnce(a, b);
        }
    }

    @AfterContainer
    static void enough() {
        assertTrue(packetsReceived >= LEAST_PACKETS, () -> packetsReceived + " packets, too few");
        System.out.println("pipe model: " + packetsReceived + " packets");
    }

    private static void everyBufferIsSomewhereOnce(End a, End b) {
        BitSet seen = new BitSet();
        for (End end : new End[] {a, b}) {
            for (long ring : new long[] {end.transmitRing, end.receiveRing}) {
                for (int slot = 0; slot < end.slots; slot++) {
                    int buffer = NetmapLayout.buffer(NetmapLayout.read(end.memory, NetmapLayout.slot(ring, slot)));
                    assertTrue(!seen.get(buffer), () -> "buffer " + buffer + " is in two slots");
                    seen.set(buffer);
                }
            }
        }
        assertEquals(4 * a.slots, seen.cardinality());
        assertEquals(NetmapLayout.FIRST_BUFFER, seen.nextSetBit(0));
        assertEquals(NetmapLayout.FIRST_BUFFER + 4 * a.slots, seen.length());
    }

    /** One end as a program has it: a device and its memory, and rings that it moves head in. */
    private static final class End implements AutoCloseable {
        final SoftwareNetmap device = new SoftwareNetmap(PrivatePipes.PLACE, 0);
        final MemorySegment memory;
        final long transmitRing;
        final long receiveRing;
        final int slots;

        End(Arena arena, String port, int slots) {
            PipeAddress address = new PipeAddress(port, Set.of(), slots, PrivatePipes.PLACE);
            NetmapRegistration.Bound bound = address.registration().register(device);
            memory = device.map(arena, bound.memoryBytes(), 0);
            long at = bound.interfaceOffset();
            transmitRing = at + NetmapLayout.ringOffset(memory, at, 0);
            receiveRing = at + NetmapLayout.ringOffset(memory, at, 1);
            this.slots = NetmapLayout.slots(memory, transmitRing);
            assertEquals(slots, this.slots);
        }

        int next(int slot) {
            return slot + 1 == slots ? 0 : slot + 1;
        }

        long buffer(long ring, int slot) {
            long value = NetmapLayout.read(memory, NetmapLayout.slot(ring, slot));
            return ring
                    + NetmapLayout.bufferOffset(memory, ring)
                    + (long) NetmapLayout.buffer(value) * NetmapLayout.bufferBytes(memory, ring);
        }

        @Override
        public void close() {
            device.close();
        }
    }

    /** One direction, and the queue that it has to be like. */
    private static final class Way {
        /** Slots passed to the pipe and not taken out of it: sequence number, length and flags of each. */
        private final Queue<long[]> queue = new ArrayDeque<>();

        private final End from;
        private final End to;
        private final Random random;
        private long sequence;
        private int fragmentsLeft;

        Way(End from, End to, Random random) {
            this.from = from;
            this.to = to;
            this.random = random;
        }

        void step() {
            switch (random.nextInt(4)) {
                case 0 -> fill(random.nextInt(from.slots + 1));
                case 1 -> assertEquals(0, from.device.transmitSync());
                case 2 -> assertEquals(0, to.device.receiveSync());
                default -> empty(random.nextInt(to.slots + 1));
            }
        }

        void fill(int most) {
            int head = NetmapLayout.head(from.memory, from.transmitRing);
            int tail = NetmapLayout.tail(from.memory, from.transmitRing);
            for (int i = 0; i < most && head != tail; i++) {
                if (fragmentsLeft == 0) {
                    fragmentsLeft = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1;
                }
                fragmentsLeft--;
                int length = 8 + random.nextInt(2041);
                int flags = fragmentsLeft > 0 ? NetmapLayout.MORE_FRAGMENTS : 0;
                from.memory.set(ValueLayout.JAVA_LONG, from.buffer(from.transmitRing, head), sequence);
                NetmapLayout.write(from.memory, NetmapLayout.slot(from.transmitRing, head), length, flags);
                queue.add(new long[] {sequence, length, flags});
                sequence++;
                head = from.next(head);
            }
            NetmapLayout.setHead(from.memory, from.transmitRing, head);
        }

        void empty(int most) {
            int head = NetmapLayout.head(to.memory, to.receiveRing);
            int tail = NetmapLayout.tail(to.memory, to.receiveRing);
            for (int i = 0; i < most && head != tail; i++) {
                long value = NetmapLayout.read(to.memory, NetmapLayout.slot(to.receiveRing, head));
                long[] expected = queue.remove();
                assertEquals(
                        expected[0], to.memory.get(ValueLayout.JAVA_LONG, to.buffer(to.receiveRing, head)), "order");
                assertEquals(expected[1], NetmapLayout.length(value));
                assertEquals(expected[2], NetmapLayout.flags(value) & NetmapLayout.MORE_FRAGMENTS);
                assertEquals(NetmapLayout.BUFFER_CHANGED, NetmapLayout.flags(value) & NetmapLayout.BUFFER_CHANGED);
                if (expected[2] == 0) {
                    packetsReceived++;
                }
                head = to.next(head);
            }
            NetmapLayout.setHead(to.memory, to.receiveRing, head);
        }

        /** Everything but a packet that was passed in part comes out, in as many rounds as the rings are long. */
        void drain() {
            for (int i = 0; i < 4; i++) {
                assertEquals(0, from.device.transmitSync());
                assertEquals(0, to.device.receiveSync());
                empty(to.slots);
                assertEquals(0, to.device.receiveSync());
            }
            assertTrue(
                    queue.stream().allMatch(slot -> slot[2] != 0) && queue.size() < 4,
                    () -> queue.size() + " slots were lost");
        }
    }
}
