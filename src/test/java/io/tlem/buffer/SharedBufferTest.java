package io.tlem.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SharedBufferTest {
    @Test
    void recordsHoldTheirPacketsAndWhatIsCopiedOfShortOnes() {
        assertEquals(128, PacketRecord.strideOf(0));
        assertEquals(128, PacketRecord.strideOf(60));
        assertEquals(128, PacketRecord.strideOf(80));
        assertEquals(192, PacketRecord.strideOf(81));
        assertEquals(1600, PacketRecord.strideOf(1514));
        for (int length = 0; length <= 9216; length++) {
            int stride = PacketRecord.strideOf(length);
            assertEquals(0, stride % 64);
            assertTrue(stride >= PacketRecord.HEADER_BYTES + Math.max(length, 64), "room to copy " + length);
            assertTrue(stride < PacketRecord.HEADER_BYTES + length + 64 || stride == PacketRecord.MIN_STRIDE);
        }
    }

    @Test
    void cursorsShareNoPairOfCacheLines() {
        try (Arena arena = Arena.ofConfined()) {
            SharedBuffer buffer = SharedBuffer.allocate(arena, 1 << 16, SharedBuffer.Pages.ORDINARY);
            buffer.stored().publishRelease(1);
            buffer.annotated().publishRelease(2);
            buffer.released().publishRelease(3);
            assertEquals(1, buffer.stored().readAcquire());
            assertEquals(2, buffer.annotated().readAcquire());
            assertEquals(3, buffer.released().readAcquire());
            long[] values = {1, 2, 3};
            long previous = 0;
            for (long value : values) { // found in memory, at least 128 bytes apart and away from magic and sizes
                long at = previous + 128;
                while (buffer.segment().get(ValueLayout.JAVA_LONG, at) != value) {
                    at += 8;
                }
                assertEquals(0, at % 128);
                previous = at;
            }
            assertTrue(previous + 128 <= SharedBuffer.HEADER_PAGE_BYTES);
            assertTrue(buffer.capacityBytes() >= 1 << 16);
        }
    }

    /** Large ones are handed out before they are, so that a start does not take seconds. */
    @Test
    void memoryBecomesPresentWhileItIsUsed() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            SharedBuffer buffer = SharedBuffer.allocate(arena, 128 << 20, SharedBuffer.Pages.ORDINARY);
            MemorySegment memory = buffer.segment();
            assertTrue(presentMib(memory) <= 33, presentMib(memory) + " MiB at first");
            Thread user = new Thread(() -> {
                for (long at = SharedBuffer.HEADER_PAGE_BYTES; at < memory.byteSize(); at += 4096) {
                    memory.set(ValueLayout.JAVA_LONG, at, at);
                }
            });
            user.start();
            while (buffer.makePresent(1 << 20)) {}
            assertTrue(presentMib(memory) >= 128, presentMib(memory) + " MiB at last");
            user.join();
            for (long at = SharedBuffer.HEADER_PAGE_BYTES; at < memory.byteSize(); at += 4096) {
                assertEquals(at, memory.get(ValueLayout.JAVA_LONG, at));
            }
        }
    }

    /** As the kernel has it: of each page a word, whose highest bit is set when it is present. */
    private static long presentMib(MemorySegment memory) throws IOException {
        int pageBytes = 4096;
        ByteBuffer words = ByteBuffer.allocate((int) (memory.byteSize() / pageBytes * Long.BYTES))
                .order(ByteOrder.nativeOrder());
        try (FileChannel map = FileChannel.open(Path.of("/proc/self/pagemap"))) {
            long at = memory.address() / pageBytes * Long.BYTES;
            while (words.hasRemaining()) {
                assertTrue(map.read(words, at + words.position()) > 0);
            }
        }
        LongBuffer pages = words.flip().asLongBuffer();
        long present = 0;
        while (pages.hasRemaining()) {
            present += pages.get() >>> 63;
        }
        return (present * pageBytes) >> 20;
    }

    @Test
    void tooLittleMemoryIsRefused() {
        MemorySegment small = MemorySegment.ofArray(new long[SharedBuffer.HEADER_PAGE_BYTES / 8]);
        assertThrows(IllegalArgumentException.class, () -> SharedBuffer.over(small));
    }

    @Test
    void aClaimNotCommittedIsNotPublished() {
        MemorySegment memory = Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + 832, 64);
        SharedBuffer buffer = SharedBuffer.over(memory);
        RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
        RecordReader reader = new RecordReader(buffer, buffer.annotated(), buffer.released());
        for (int i = 0; i < 4; i++) { // leaves 320 bytes before the end
            writer.claim(60);
            writer.commit();
        }
        writer.publish();
        for (int i = 0; i < 4; i++) {
            reader.peek();
            reader.advance();
        }
        reader.publish();
        assertNotEquals(RecordWriter.FULL, writer.claim(350)); // wraps: padding is written, the packet is not kept
        writer.publish();
        assertEquals(RecordReader.EMPTY, reader.peek());
        assertNotEquals(RecordWriter.FULL, writer.claim(100));
        writer.commit();
        writer.publish();
        assertEquals(100, PacketRecord.length(memory, reader.peek()));
    }

    /** A packet in the buffer and the bytes it takes there, padding before it included. */
    private record Stored(int length, long bytes) {}

    /** Against a plain queue, single-threaded, for buffers of every size down to the smallest. */
    @Test
    void behavesAsAQueueAcrossEveryWrap() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 200; round++) {
            int capacity = 64 * random.nextInt(4, 400);
            MemorySegment memory = Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + capacity, 64);
            SharedBuffer buffer = SharedBuffer.over(memory);
            assertEquals(capacity, buffer.capacityBytes());
            RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
            RecordReader reader = new RecordReader(buffer, buffer.annotated(), buffer.released());
            Deque<Stored> expected = new ArrayDeque<>();
            long end = memory.byteSize();
            long next = SharedBuffer.HEADER_PAGE_BYTES;
            long used = 0;
            for (int step = 0; step < 2_000; step++) {
                if (random.nextBoolean()) {
                    int length = random.nextInt(14, Math.min(9217, Math.max(15, capacity / 2)));
                    int stride = PacketRecord.strideOf(length);
                    long padding = next + stride <= end ? 0 : end - next;
                    long record = writer.claim(length);
                    if (used + padding + stride > capacity) {
                        assertEquals(RecordWriter.FULL, record);
                        continue;
                    }
                    assertEquals(next + stride <= end ? next : SharedBuffer.HEADER_PAGE_BYTES, record);
                    memory.asSlice(PacketRecord.packetOffset(record), length).fill((byte) length);
                    writer.commit();
                    writer.publish();
                    expected.add(new Stored(length, padding + stride));
                    next = record + stride;
                    used += padding + stride;
                } else {
                    long record = reader.peek();
                    if (expected.isEmpty()) {
                        assertEquals(RecordReader.EMPTY, record);
                        continue;
                    }
                    Stored stored = expected.remove();
                    int length = stored.length();
                    assertEquals(length, PacketRecord.length(memory, record));
                    long packet = PacketRecord.packetOffset(record);
                    assertEquals((byte) length, memory.get(ValueLayout.JAVA_BYTE, packet));
                    assertEquals((byte) length, memory.get(ValueLayout.JAVA_BYTE, packet + length - 1));
                    reader.advance();
                    reader.publish();
                    used -= stored.bytes();
                }
            }
        }
    }
}
