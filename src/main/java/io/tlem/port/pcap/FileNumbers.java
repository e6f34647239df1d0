package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers in a capture: least significant byte first, as they are written here, or the other way round. */
final class FileNumbers {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FileNumbers() {}

    static int unsignedShort(MemorySegment memory, long at, boolean swapped) {
        short value = memory.get(SHORT, at);
        return Short.toUnsignedInt(swapped ? Short.reverseBytes(value) : value);
    }

    static int intAt(MemorySegment memory, long at, boolean swapped) {
        int value = memory.get(INT, at);
        return swapped ? Integer.reverseBytes(value) : value;
    }

    static long unsignedInt(MemorySegment memory, long at, boolean swapped) {
        return Integer.toUnsignedLong(intAt(memory, at, swapped));
    }

    static long longAt(MemorySegment memory, long at, boolean swapped) {
        long value = memory.get(LONG, at);
        return swapped ? Long.reverseBytes(value) : value;
    }

    static void setShort(MemorySegment memory, long at, int value) {
        memory.set(SHORT, at, (short) value);
    }

    static void setInt(MemorySegment memory, long at, int value) {
        memory.set(INT, at, value);
    }
}
