package io.tlem.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The header of SCTP (RFC 9260), whose checksum is a CRC-32C over the whole packet. */
public final class Sctp {
    /** Bytes of the header that all chunks have in common. */
    public static final int HEADER_BYTES = 12;
    /** Of the checksum, four bytes, the lowest first. */
    public static final int CHECKSUM_AT = 8;

    private static final int CRC_POLYNOMIAL = 0x82f63b78; // CRC-32C, reflected
    private static final int[] CRC_TABLE = crcTable();

    private Sctp() {}

    /**
     * Writes the checksum.
     *
     * @param start where the header starts
     * @param end where the packet ends, at least {@link #HEADER_BYTES} behind
     */
    public static void setChecksum(MemorySegment memory, long start, long end) {
        NetworkBytes.setInt(memory, start + CHECKSUM_AT, 0);
        int crc = -1;
        for (long i = start; i < end; i++) {
            crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ memory.get(ValueLayout.JAVA_BYTE, i)) & 0xff];
        }
        NetworkBytes.setInt(memory, start + CHECKSUM_AT, Integer.reverseBytes(~crc));
    }

    private static int[] crcTable() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ CRC_POLYNOMIAL;
            }
            table[i] = crc;
        }
        return table;
    }
}
