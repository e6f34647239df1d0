package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops in C over slots do what is said of them, whatever is in the slots, and go no further than they are told. */
class SlotKernelTest {
    private static final int SLOTS = 37;
    private static final int BUFFERS = 90;
    private static final int BUFFER_BYTES = 2048;
    private static final int BUFFERS_AT = 1 << 20;
    private static final int ENTRIES = 50;
    private static final int SHORTEST = 14;
    private static final int LONGEST = 1900;

    /** No longer than the two rings are: where they end, so does what the sanitizers allow to touch. */
    private final MemorySegment memory = Arena.ofAuto().allocate(NetmapLayout.slot(second(), SLOTS), 8);

    private SlotKernel[] rings;

    private static long second() {
        return NetmapLayout.slot(0, SLOTS);
    }

    @BeforeEach
    void library() {
        if (!SlotKernel.isAvailable()) {
            Privileged.missing("no C library beside the classes: is there a C compiler?");
        }
        rings = new SlotKernel[] {
            new SlotKernel(memory, 0, SLOTS, BUFFERS_AT, BUFFER_BYTES, BUFFERS),
            new SlotKernel(memory, second(), SLOTS, BUFFERS_AT, BUFFER_BYTES, BUFFERS)
        };
    }

    private long read(int ring, int slot) {
        return NetmapLayout.read(memory, NetmapLayout.slot(ring * second(), slot % SLOTS));
    }

    /** Most slots are in order, so that loops come some way; those that are not have one thing wrong with them, or all. */
    private void write(Random random) {
        for (int ring = 0; ring < 2; ring++) {
            for (int slot = 0; slot < SLOTS; slot++) {
                long value = NetmapLayout.value(
                        NetmapLayout.FIRST_BUFFER + random.nextInt(BUFFERS - NetmapLayout.FIRST_BUFFER),
                        SHORTEST + random.nextInt(LONGEST - SHORTEST + 1),
                        random.nextInt(1 << 16) & ~NetmapLayout.MORE_FRAGMENTS);
                int[] buffers = {0, 1, BUFFERS, -1, Integer.MIN_VALUE, Integer.MAX_VALUE};
                int[] lengths = {0, SHORTEST - 1, LONGEST + 1, BUFFER_BYTES, BUFFER_BYTES + 1, 0xFFFF};
                value = switch (random.nextInt(60)) {
                    case 0 -> (value & -1L << 32) | Integer.toUnsignedLong(buffers[random.nextInt(6)]);
                    case 1 -> (value & ~(0xFFFFL << 32)) | (long) lengths[random.nextInt(6)] << 32;
                    case 2, 3 -> value | (long) NetmapLayout.MORE_FRAGMENTS << 48;
                    case 4 -> random.nextLong();
                    default -> value;
                };
                NetmapLayout.write(memory, NetmapLayout.slot(ring * second(), slot), value);
            }
        }
    }

    private static boolean isBuffer(long value) {
        int buffer = NetmapLayout.buffer(value);
        return buffer >= NetmapLayout.FIRST_BUFFER && buffer < BUFFERS;
    }

    private static boolean hasMore(long value) {
        return (NetmapLayout.flags(value) & NetmapLayout.MORE_FRAGMENTS) != 0;
    }

    private static boolean isOrdinary(long value) {
        int length = NetmapLayout.length(value);
        return isBuffer(value) && !hasMore(value) && length >= SHORTEST && length <= LONGEST;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void slotsAreHandedOutUpToOneOutOfTheOrdinary(long seed) {
        Random random = new Random(seed);
        int all = 0;
        for (int round = 0; round < 3000; round++) {
            write(random);
            long[] offsets = new long[ENTRIES];
            int[] lengths = new int[ENTRIES];
            long[] places = new long[ENTRIES];
            long[] wantedOffsets = new long[ENTRIES];
            int[] wantedLengths = new int[ENTRIES];
            long[] wantedPlaces = new long[ENTRIES];
            boolean take = round % 2 == 0;
            int slot = random.nextInt(SLOTS);
            int first = random.nextInt(4);
            int limit = first + random.nextInt(SLOTS + 1);
            int count = 0;
            for (int i = first; i < limit; i++) {
                long value = read(1, slot + i - first);
                if (take ? !isOrdinary(value) : !isBuffer(value)) {
                    break;
                }
                wantedOffsets[i] = BUFFERS_AT + (long) NetmapLayout.buffer(value) * BUFFER_BYTES;
                wantedLengths[i] = take ? NetmapLayout.length(value) : 0;
                wantedPlaces[i] = NetmapLayout.slot(second(), (slot + i - first) % SLOTS);
                count++;
            }
            assertEquals(
                    count,
                    take
                            ? rings[1].take(slot, SHORTEST, LONGEST, offsets, lengths, places, first, limit)
                            : rings[1].offer(slot, offsets, places, first, limit));
            assertArrayEquals(wantedOffsets, offsets);
            assertArrayEquals(wantedLengths, lengths);
            assertArrayEquals(wantedPlaces, places);
            all += count;
        }
        assertTrue(all > 20_000, all + " slots");
    }

    @Test
    void slotsAreFilledUpToAPacketThatIsLongerThanABuffer() {
        Random random = new Random(4);
        for (int round = 0; round < 3000; round++) {
            write(random);
            long[] wanted = new long[SLOTS];
            int[] wantedWritten = new int[SLOTS];
            for (int i = 0; i < SLOTS; i++) {
                wanted[i] = read(1, i);
            }
            int[] lengths = random.ints(ENTRIES, 0, BUFFER_BYTES + 1).toArray();
            int[] tags = random.ints(ENTRIES, -2, 3).toArray();
            int slot = random.nextInt(SLOTS);
            int first = random.nextInt(4);
            int limit = first + random.nextInt(SLOTS + 1);
            int end = first + random.nextInt(2 * SLOTS);
            if (end < ENTRIES) {
                lengths[end] = BUFFER_BYTES + 1 + random.nextInt(100_000);
            }
            int count = Math.min(limit, end) - first;
            for (int i = 0; i < count; i++) {
                int at = (slot + i) % SLOTS;
                int flags = tags[first + i] > 0 ? NetmapLayout.BUFFER_CHANGED : 0;
                wanted[at] = NetmapLayout.value(NetmapLayout.buffer(wanted[at]), lengths[first + i], flags);
                wantedWritten[at] = lengths[first + i];
            }
            int[] written = new int[SLOTS];
            assertEquals(count, rings[1].fill(slot, lengths, tags, written, first, limit));
            assertArrayEquals(wantedWritten, written);
            for (int i = 0; i < SLOTS; i++) {
                assertEquals(wanted[i], read(1, i));
            }
        }
    }

    @Test
    void packetsAreMovedUpToASlotThatMakesNoSense() {
        Random random = new Random(5);
        long all = 0;
        for (int round = 0; round < 3000; round++) {
            write(random);
            long[][] wanted = new long[2][SLOTS];
            for (int i = 0; i < 2 * SLOTS; i++) {
                wanted[i / SLOTS][i % SLOTS] = read(i / SLOTS, i % SLOTS);
            }
            int slot = random.nextInt(SLOTS);
            int most = random.nextInt(SLOTS + 1);
            long count = 0;
            long complete = 0;
            for (int i = 0; i < most; i++) {
                int at = (slot + i) % SLOTS;
                long moved = wanted[0][at];
                long given = wanted[1][at];
                if (!isBuffer(moved) || !isBuffer(given) || NetmapLayout.length(moved) > BUFFER_BYTES) {
                    break;
                }
                wanted[1][at] = moved | (long) NetmapLayout.BUFFER_CHANGED << 48;
                wanted[0][at] = NetmapLayout.value(NetmapLayout.buffer(given), 0, NetmapLayout.BUFFER_CHANGED);
                count++;
                complete = hasMore(moved) ? complete : count;
            }
            assertEquals(complete << 32 | count, rings[0].move(rings[1], slot, most));
            for (int i = 0; i < 2 * SLOTS; i++) {
                assertEquals(wanted[i / SLOTS][i % SLOTS], read(i / SLOTS, i % SLOTS));
            }
            all += count;
        }
        assertTrue(all > 20_000, all + " slots");
    }

    /** Of what belongs to Java nothing else is touched either. */
    @Test
    void whatLiesOutsideIsRefused() {
        long[] longs = new long[ENTRIES];
        int[] ints = new int[ENTRIES];
        for (int[] range : new int[][] {{0, ENTRIES + 1}, {-1, 3}, {3, 2}}) {
            assertRefused(() -> rings[0].take(0, 0, 60, longs, ints, longs, range[0], range[1]));
            assertRefused(() -> rings[0].offer(0, longs, longs, range[0], range[1]));
            assertRefused(() -> rings[0].fill(0, ints, ints, ints, range[0], range[1]));
        }
        assertRefused(() -> rings[0].take(0, 0, 60, longs, new int[3], longs, 0, 4));
        assertRefused(() -> rings[0].offer(0, longs, new long[3], 0, 4));
        assertRefused(() -> rings[0].fill(0, ints, ints, new int[SLOTS - 1], 0, 4));
        for (int slot : new int[] {-1, SLOTS}) {
            assertRefused(() -> rings[0].take(slot, 0, 60, longs, ints, longs, 0, 1));
            assertRefused(() -> rings[0].move(rings[1], slot, 1));
        }
        assertRefused(() -> rings[0].move(rings[1], 0, SLOTS + 1));
        assertRefused(() -> new SlotKernel(memory, second(), SLOTS + 1, BUFFERS_AT, BUFFER_BYTES, BUFFERS));
    }

    private static void assertRefused(org.junit.jupiter.api.function.Executable call) {
        assertThrows(IndexOutOfBoundsException.class, call);
    }
}
