package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Those options of a packet in pcapng that go with it through a link: its comments and its flags. */
final class PacketOptions {
    /** Most bytes that go with a packet; what is longer is left behind. */
    static final int MOST_BYTES = 1024;

    private static final int COMMENT = 1;
    private static final int FLAGS = 2;
    private static final int HEADER_BYTES = 4;

    private PacketOptions() {}

    /**
     * Takes them out of all options of a packet.
     *
     * @param swapped whether numbers begin with the most significant byte
     * @return options as they are written, without an end; null for none
     */
    static byte[] of(MemorySegment memory, long from, long end, boolean swapped) {
        ByteBuffer all = null;
        long option = from;
        while (end - option >= HEADER_BYTES) {
            int code = FileNumbers.unsignedShort(memory, option, swapped);
            int bytes = FileNumbers.unsignedShort(memory, option + 2, swapped);
            long value = option + HEADER_BYTES;
            if (code == PcapngParser.OPTION_END || bytes > end - value) {
                break;
            }
            int padded = bytes + 3 & -4;
            boolean flags = code == FLAGS && bytes == Integer.BYTES;
            if (flags || code == COMMENT) {
                all = all == null ? ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN) : all;
                if (all.remaining() >= HEADER_BYTES + padded) {
                    all.putShort((short) code).putShort((short) bytes);
                    if (flags) {
                        all.putInt(FileNumbers.intAt(memory, value, swapped));
                    } else {
                        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, value, all.array(), all.position(), bytes);
                        all.position(all.position() + padded);
                    }
                }
            }
            option = value + padded;
        }
        return all == null || all.position() == 0 ? null : java.util.Arrays.copyOf(all.array(), all.position());
    }
}
