package io.tlem.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers in a packet, in network byte order (most significant byte first), at any offset. */
public final class NetworkBytes {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkBytes() {}

    /** One byte, 0 to 255. */
    public static int unsignedByte(MemorySegment memory, long at) {
        return Byte.toUnsignedInt(memory.get(BYTE, at));
    }

    /** Two bytes, 0 to 65535. */
    public static int unsignedShort(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at));
    }

    /** Four bytes. */
    public static int intAt(MemorySegment memory, long at) {
        return memory.get(INT, at);
    }

    /** Eight bytes. */
    public static long longAt(MemorySegment memory, long at) {
        return memory.get(LONG, at);
    }

    /** Writes the low byte of a number. */
    public static void setByte(MemorySegment memory, long at, int value) {
        memory.set(BYTE, at, (byte) value);
    }

    /** Writes the low two bytes of a number. */
    public static void setShort(MemorySegment memory, long at, int value) {
        memory.set(SHORT, at, (short) value);
    }

    /** Writes four bytes. */
    public static void setInt(MemorySegment memory, long at, int value) {
        memory.set(INT, at, value);
    }

    /** Writes eight bytes. */
    public static void setLong(MemorySegment memory, long at, long value) {
        memory.set(LONG, at, value);
    }

    /** Whether bytes are the same in two places. */
    public static boolean areEqual(MemorySegment memory, long a, long b, int length) {
        int i = 0;
        for (; i <= length - 8; i += 8) {
            if (memory.get(LONG, a + i) != memory.get(LONG, b + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (memory.get(BYTE, a + i) != memory.get(BYTE, b + i)) {
                return false;
            }
        }
        return true;
    }
}
