package io.tlem.port.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The one's complement sum of IP, TCP and UDP (RFC 1071).
 *
 * <p>Sums are kept in a long, unfolded, of words in the machine's byte order: the sum of swapped words is the swapped
 * sum, so that nothing needs to be swapped while eight bytes at a time are added up.
 */
final class InternetChecksum {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long LOW_HALF = 0xffff_ffffL;

    private InternetChecksum() {}

    /**
     * Adds bytes to a sum.
     *
     * @param length less than 2^31; the bytes start at an even place of what is summed
     */
    static long add(MemorySegment memory, long offset, int length, long sum) {
        long low = sum;
        long high = 0;
        int i = 0;
        for (; i <= length - 32; i += 32) {
            long a = memory.get(LONG, offset + i);
            long b = memory.get(LONG, offset + i + 8);
            long c = memory.get(LONG, offset + i + 16);
            long d = memory.get(LONG, offset + i + 24);
            low += (a & LOW_HALF) + (b & LOW_HALF) + (c & LOW_HALF) + (d & LOW_HALF);
            high += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
        }
        for (; i <= length - 8; i += 8) {
            long a = memory.get(LONG, offset + i);
            low += a & LOW_HALF;
            high += a >>> 32;
        }
        if ((length & 4) != 0) {
            low += memory.get(INT, offset + i) & LOW_HALF;
            i += 4;
        }
        if ((length & 2) != 0) {
            low += Short.toUnsignedInt(memory.get(SHORT, offset + i));
            i += 2;
        }
        if ((length & 1) != 0) { // padded with a zero byte behind it
            int last = Byte.toUnsignedInt(memory.get(BYTE, offset + i));
            low += LITTLE_ENDIAN ? last : last << 8;
        }
        return low + high;
    }

    /** Adds a 16-bit number that is sent in network order. */
    static long addNumber(int number, long sum) {
        return sum + (LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) number)) : number & 0xffff);
    }

    /** The checksum of a sum, in the machine's byte order as {@link #put} stores it. */
    static short finish(long sum) {
        long folded = (sum & LOW_HALF) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (short) ~folded;
    }

    /** Stores what {@link #finish} returned. */
    static void put(MemorySegment memory, long offset, short checksum) {
        memory.set(SHORT, offset, checksum);
    }
}
