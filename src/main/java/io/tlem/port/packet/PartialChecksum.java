package io.tlem.port.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finishes the checksums that a sender left to a network card: the kernel has put the pseudo header's sum into the
 * checksum field, and what is missing is the sum from the transport header to the end of the packet. SCTP has a CRC
 * instead, left to the card in the same way. Used by one thread.
 */
final class PartialChecksum {
    private static final int SCTP_FIELD_OFFSET = 8;
    private static final int CRC_POLYNOMIAL = 0x82f63b78; // CRC-32C, reflected
    private static final int[] CRC_TABLE = crcTable();

    private final PacketHeaders headers = new PacketHeaders();

    /**
     * Finishes a packet's checksum in place.
     *
     * @param start where the sum starts in the frame, as the kernel says
     * @param field where the checksum lies behind that
     * @return false when that is not inside the frame, and nothing was changed
     */
    boolean finish(MemorySegment memory, long offset, int length, int start, int field) {
        if (start < PacketHeaders.ETHERNET_BYTES || field < 0 || start + field + 2 > length) {
            return false;
        }
        if (field == SCTP_FIELD_OFFSET
                && headers.parse(memory, offset, length, start)
                && headers.protocol == PacketHeaders.SCTP) {
            return finishSctp(memory, offset);
        }
        short checksum = InternetChecksum.finish(InternetChecksum.add(memory, offset + start, length - start, 0));
        // The other zero: in UDP plain zero would mean that there is no checksum, and elsewhere both are the same.
        InternetChecksum.put(memory, offset + start + field, checksum == 0 ? -1 : checksum);
        return true;
    }

    private boolean finishSctp(MemorySegment memory, long offset) {
        long start = offset + headers.transportOffset;
        long end = offset + headers.end;
        long field = start + SCTP_FIELD_OFFSET;
        if (field + 4 > end) {
            return false;
        }
        putLittleEndian(memory, field, 0);
        int crc = -1;
        for (long i = start; i < end; i++) {
            crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ memory.get(ValueLayout.JAVA_BYTE, i)) & 0xff];
        }
        putLittleEndian(memory, field, ~crc);
        return true;
    }

    private static void putLittleEndian(MemorySegment memory, long offset, int value) {
        for (int i = 0; i < 4; i++) {
            memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (value >>> (8 * i)));
        }
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
