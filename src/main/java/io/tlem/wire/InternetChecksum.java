package io.tlem.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The one's complement sum of IP, TCP, UDP and ICMP (RFC 1071).
 *
 * <p>Sums are kept in a long, unfolded, of words in the machine's byte order: the sum of swapped words is the swapped
 * sum, so that nothing needs to be swapped.
 */
public final class InternetChecksum {
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
    public static long add(MemorySegment memory, long offset, int length, long sum) {
        long total = sum;
        int i = 0;
        for (; i <= length - 4; i += 4) { // as plain as this, the compiler makes it add up many words at a time
            total += memory.get(INT, offset + i) & LOW_HALF;
        }
        if ((length & 2) != 0) {
            total += Short.toUnsignedInt(memory.get(SHORT, offset + i));
            i += 2;
        }
        if ((length & 1) != 0) { // padded with a zero byte behind it
            int last = Byte.toUnsignedInt(memory.get(BYTE, offset + i));
            total += LITTLE_ENDIAN ? last : last << 8;
        }
        return total;
    }

    /** Adds a number from 0 to 65535. */
    public static long addNumber(int number, long sum) {
        return sum + (LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) number)) : number & 0xffff);
    }

    /** Adds four bytes that start at an even place, as {@link NetworkBytes#intAt} reads them. */
    public static long addInt(int value, long sum) {
        return sum + ((LITTLE_ENDIAN ? Integer.reverseBytes(value) : value) & LOW_HALF);
    }

    /** Adds eight bytes that start at an even place, as {@link NetworkBytes#longAt} reads them. */
    public static long addLong(long value, long sum) {
        return addInt((int) value, addInt((int) (value >>> 32), sum));
    }

    /**
     * Adds the pseudo header that TCP, UDP, UDP-Lite and ICMPv6 have in front of theirs (RFC 9293, RFC 8200).
     *
     * @param ip where the IP header is
     * @param bytes length of the transport header and what follows, 0 to 65535
     */
    public static long addPseudoHeader(MemorySegment memory, long ip, boolean ipv6, int protocol, int bytes, long sum) {
        long numbers = addNumber(bytes, addNumber(protocol, sum));
        return ipv6
                ? add(memory, ip + Ipv6.ADDRESSES_AT, Ipv6.ADDRESSES_BYTES, numbers)
                : add(memory, ip + Ipv4.ADDRESSES_AT, Ipv4.ADDRESSES_BYTES, numbers);
    }

    /** The checksum of a sum, in the machine's byte order as {@link #put} stores it. */
    public static short finish(long sum) {
        long folded = (sum & LOW_HALF) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (short) ~folded;
    }

    /** Stores what {@link #finish} returned. */
    public static void put(MemorySegment memory, long offset, short checksum) {
        memory.set(SHORT, offset, checksum);
    }

    /** Writes the checksum of bytes into a field among them. */
    public static void set(MemorySegment memory, long offset, int length, long field) {
        put(memory, field, (short) 0);
        put(memory, field, finish(add(memory, offset, length, 0)));
    }

    /**
     * Writes the checksum of bytes into a field that has what else is to be summed up, or 0. It is never 0, but the other zero,
     * 0xffff: in UDP 0 would mean that there is no checksum (RFC 768), elsewhere both are the same.
     *
     * @param sum what {@link #add} and the like have returned for what is in front of the bytes
     */
    public static void setNonZero(MemorySegment memory, long offset, int length, long field, long sum) {
        put(memory, field, finishNonZero(add(memory, offset, length, sum)));
    }

    /**
     * As {@link #finish}, but never 0, as {@link #setNonZero} has it.
     */
    public static short finishNonZero(long sum) {
        int checksum = finish(sum);
        return (short) (checksum | (((checksum & 0xffff) - 1) >> 16));
    }

    /**
     * Changes a checksum as eight bytes that it covers, which start at an even place, have become a number from 0. It is never
     * 0 afterwards, as {@link #setNonZero} has it.
     *
     * @param field where the checksum is
     * @param value what they are now, as {@link NetworkBytes#longAt} reads them
     */
    public static void adjustFromZero(MemorySegment memory, long field, long value) {
        long before = Short.toUnsignedLong((short) ~memory.get(SHORT, field));
        put(memory, field, finishNonZero(addLong(value, before)));
    }

    /**
     * Changes a checksum as a word that it covers has changed (equation 3 of RFC 1624).
     *
     * @param field where the checksum is
     * @param before what the word was, 0 to 65535
     * @param after what it is now
     */
    public static void adjust(MemorySegment memory, long field, int before, int after) {
        int sum = (~NetworkBytes.unsignedShort(memory, field) & 0xffff) + (~before & 0xffff) + after;
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        NetworkBytes.setShort(memory, field, ~sum);
    }
}
