package io.tlem.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops in C do what those in Java do. */
class NativeKernelTest {
    private static final int BATCH = 64;
    private static final int SLOT_BYTES = 9280;

    /** One end's memory, and what a batch says of it. */
    private static final class Batch {
        /** Aligned no better than malloc does: where this ends, so does what the sanitizers allow to touch. */
        final MemorySegment memory = Arena.ofAuto().allocate((long) BATCH * SLOT_BYTES);

        final long[] offsets = new long[BATCH];
        final int[] lengths = new int[BATCH];
        final long[] arrivals = new long[BATCH];
        final long[] releases = new long[BATCH];
        final long[] numbers = new long[BATCH];
        final int[] tags = new int[BATCH];

        Batch() {
            Arrays.setAll(offsets, i -> (long) i * SLOT_BYTES);
        }

        OrderedReader reader(SharedBuffer buffer, boolean inC) {
            Slots slots = new Slots(memory, true, offsets, lengths, arrivals, releases, numbers, tags);
            return new OrderedReader(buffer, buffer.annotated(), buffer.released(), slots, inC);
        }
    }

    private final Batch in = new Batch();

    @BeforeEach
    void library() {
        if (!SharedBuffer.hasNativeKernel()) {
            Privileged.missing("no C library beside the classes: is there a C compiler?");
        }
    }

    private static SharedBuffer buffer(long bytes) {
        return SharedBuffer.over(Arena.ofAuto().allocate(bytes + SharedBuffer.HEADER_PAGE_BYTES, 64));
    }

    /** Small buffers wrap all the time; above 4 MiB records are written past the caches. */
    @ParameterizedTest
    @CsvSource({"700000, 128, 4000", "1000000, 9216, 4000", "6000000, 2000, 2000", "65536, 500, 4000"})
    void recordsAndCopiesAreTheSame(long bytes, int longest, int rounds) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(bytes);
        SharedBuffer[] buffers = {buffer(bytes), buffer(bytes)};
        RecordWriter[] writers = new RecordWriter[2];
        OrderedReader[] readers = new OrderedReader[2];
        Batch[] out = {new Batch(), new Batch()};
        for (int i = 0; i < 2; i++) {
            writers[i] = new RecordWriter(buffers[i], buffers[i].annotated());
            readers[i] = out[i].reader(buffers[i], i == 1);
        }
        Map<Long, Integer> tagged = new HashMap<>();
        long now = 0;
        long wrote = 0;
        long read = 0;
        int stored = 0;
        for (int round = 0; round < rounds; round++) {
            int count = random.nextInt(BATCH + 1);
            int[] tags = round % 3 == 0 ? null : in.tags; // more than 0: not copied
            long strides = 0;
            long all = 0;
            for (int i = 0; i < count; i++) {
                in.lengths[i] = random.nextInt(4) == 0 ? random.nextInt(longest + 1) : random.nextInt(130) % longest;
                in.arrivals[i] = now;
                now += random.nextInt(3);
                in.releases[i] = random.nextInt(5) == 0 ? RecordWriter.OMIT : now;
                in.tags[i] = random.nextInt(3) - 1;
                in.tags[i] *= 1 + random.nextInt(Integer.MAX_VALUE);
                strides += PacketRecord.strideOf(in.lengths[i]);
                all += in.lengths[i];
                long at = in.offsets[i];
                long word = random.nextLong();
                for (int k = 0; k < in.lengths[i]; k += 8) {
                    in.memory.set(ValueLayout.JAVA_LONG, at + k, word + k);
                }
            }
            boolean room = writers[0].hasRoom(strides, PacketRecord.strideOf(longest));
            assertEquals(room, writers[1].hasRoom(strides, PacketRecord.strideOf(longest)));
            if (room) {
                writers[0].append(in.memory, in.offsets, in.lengths, in.arrivals, wrote, in.releases, tags, 0, count);
                assertEquals(
                        count,
                        writers[1].appendInC(
                                in.memory, in.offsets, in.lengths, in.arrivals, wrote, in.releases, tags, count));
                assertEquals(all, writers[1].seenBytes());
                for (int i = 0; i < count; i++) {
                    if (tags != null && in.releases[i] != RecordWriter.OMIT) {
                        tagged.put(wrote + i, tags[i]);
                    }
                }
                wrote += count;
            }
            writers[0].publish();
            writers[1].publish();
            assertEquals(
                    buffers[0].annotated().readAcquire(), buffers[1].annotated().readAcquire());

            long due = now - random.nextInt(50);
            long oldest = random.nextInt(3) == 0 ? due - 100 : Long.MIN_VALUE;
            int ordinary = random.nextInt(3) == 0 ? longest / 2 : longest;
            int first = random.nextInt(3);
            int last = first + random.nextInt(BATCH - first + 1);
            assertEquals(readers[0].nextReleaseNanos(), readers[1].nextReleaseNanos());
            int copied = readers[0].copyDue(due, oldest, ordinary, first, last);
            assertEquals(copied, readers[1].copyDue(due, oldest, ordinary, first, last));
            assertEquals(readers[0].copiedBytes(), readers[1].copiedBytes());
            assertEquals(Arrays.stream(out[1].lengths, first, first + copied).sum(), readers[1].copiedBytes());
            assertArrayEquals(out[0].lengths, out[1].lengths);
            assertArrayEquals(out[0].arrivals, out[1].arrivals);
            assertArrayEquals(out[0].releases, out[1].releases);
            assertArrayEquals(out[0].numbers, out[1].numbers);
            assertArrayEquals(out[0].tags, out[1].tags);
            for (int i = first; i < first + copied; i++) {
                Integer tag = tagged.remove(out[0].numbers[i]);
                assertEquals(tag == null ? 0 : tag, out[0].tags[i]);
                long at = out[0].offsets[i];
                long end = out[0].tags[i] <= 0 ? at + out[0].lengths[i] : at;
                assertEquals(-1, MemorySegment.mismatch(out[0].memory, at, end, out[1].memory, at, end));
            }
            assertEquals(readers[0].nextReleaseNanos(), readers[1].nextReleaseNanos());
            read += copied;
            if (copied < last - first && readers[1].nextReleaseNanos() <= due) { // too long, or due before oldest
                assertTrue(readers[1].nextLength() > ordinary || readers[1].nextReleaseNanos() < oldest);
                assertEquals(readers[0].nextLength(), readers[1].nextLength());
                Integer tag = tagged.remove(readers[0].nextNumber());
                assertEquals(tag == null ? 0 : tag, readers[0].nextTag());
                assertEquals(tag == null ? 0 : tag, readers[1].nextTag());
                readers[0].skipNext();
                readers[1].skipNext();
                read++;
            }
            readers[0].publish();
            readers[1].publish();
            assertEquals(
                    buffers[0].released().readAcquire(), buffers[1].released().readAcquire());
            stored += room ? 1 : 0;
        }
        assertTrue(stored > rounds / 20 && read > wrote / 2, stored + " batches, " + read + " of " + wrote);
    }

    @ParameterizedTest
    @CsvSource({"-1, 60", "593860, 60", "593857, 10", "9223372036854775807, 60", "0, -1", "593000, 921"})
    void aPacketOutsideTheMemoryEndsTheBatch(long offset, int length) {
        SharedBuffer buffer = buffer(1 << 20);
        RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
        Arrays.fill(in.lengths, 60);
        in.offsets[5] = offset;
        in.lengths[5] = length;
        assertEquals(5, writer.appendInC(in.memory, in.offsets, in.lengths, in.arrivals, 0, in.releases, null, 10));
        assertEquals(300, writer.seenBytes());
        writer.publish();
        assertEquals(5 * 128, buffer.annotated().readAcquire());
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> writer.append(in.memory, in.offsets, in.lengths, in.arrivals, 0, in.releases, null, 5, 10));
    }

    /** C refuses the slot, then Java does. */
    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, (long) BATCH * SLOT_BYTES - 99, Long.MAX_VALUE})
    void aSlotOutsideTheMemoryIsNotWritten(long slot) {
        SharedBuffer buffer = buffer(1 << 20);
        RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
        Arrays.fill(in.lengths, 100);
        writer.append(in.memory, in.offsets, in.lengths, in.arrivals, 0, in.releases, null, 0, 10);
        writer.publish();
        Batch out = new Batch();
        OrderedReader reader = out.reader(buffer, true);
        out.offsets[3] = slot;
        assertThrows(IndexOutOfBoundsException.class, () -> reader.copyDue(0, Long.MIN_VALUE, 100, 0, 10));
        assertEquals(10, reader.countRemaining(kept -> {})); // none is settled
    }

    /** Java and C both stop there: who sends out of turn has to look at all that have come. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPacketOutOfTurnIsNotPassedOver(boolean inC) {
        SharedBuffer buffer = buffer(1 << 20);
        RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
        Arrays.fill(in.lengths, 60);
        writer.append(in.memory, in.offsets, in.lengths, in.arrivals, 100, in.releases, null, 0, 10);
        writer.publish();
        long third = SharedBuffer.HEADER_PAGE_BYTES + 2L * PacketRecord.strideOf(60);
        PacketRecord.setDecision(buffer.segment(), third, PacketRecord.OVERTAKE, 5);
        Batch out = new Batch();
        DueRecords reader = out.reader(buffer, inC);
        assertEquals(2, reader.copyDue(7, Long.MIN_VALUE, 100, 0, 10));
        assertEquals(DueRecords.UNKNOWN, reader.nextReleaseNanos());
        reader = reader.reordering();
        assertEquals(reader, reader.ordered(), "one is out of turn");
        assertEquals(8, reader.copyDue(7, Long.MIN_VALUE, 100, 2, 10));
        reader.settle();
        assertArrayEquals(
                new long[] {100, 101, 103, 104, 105, 106, 107, 108, 109, 102}, Arrays.copyOf(out.numbers, 10));
        reader = reader.ordered();
        assertEquals(false, reader.othersMayBeEarlier());
        writer.append(in.memory, in.offsets, in.lengths, in.arrivals, 110, in.releases, null, 0, 3);
        writer.publish();
        assertEquals(3, reader.copyDue(7, Long.MIN_VALUE, 100, 0, 10));
        assertArrayEquals(new long[] {110, 111, 112}, Arrays.copyOf(out.numbers, 3));
        reader.settle();
        reader.publish();
        assertEquals(buffer.annotated().readAcquire(), buffer.released().readAcquire());
    }
}
