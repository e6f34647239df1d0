package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Those options of a packet in pcapng that go with it through a link: its comments and its flags. */
final class PacketOptions {
    /** Most bytes that go with a packet; what is longer is left behind. */
    static final int MOST_BYTES = 1024;

    private static final int COMMENT = 1;
    private static final int FLAGS = 2;

    private PacketOptions() {}

    /**
     * Takes them out of all options of a packet.
     *
     * @param swapped whether numbers begin with the most significant byte
     * @return options as they are written, without an end; null for none
     * @throws CaptureDamage when one is longer than what is left of its block
     */
    static byte[] of(MemorySegment memory, long from, long end, boolean swapped) throws CaptureDamage {
        ByteBuffer all = null;
        BlockOptions option = new BlockOptions(memory, from, end, swapped);
        while (option.next()) {
            int bytes = option.length();
            int padded = bytes + 3 & -4;
            boolean flags = option.code() == FLAGS && bytes == Integer.BYTES;
            if (flags || option.code() == COMMENT) {
                all = all == null ? ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN) : all;
                if (all.remaining() >= BlockOptions.HEADER_BYTES + padded) {
                    all.putShort((short) option.code()).putShort((short) bytes);
                    if (flags) {
                        all.putInt(FileNumbers.intAt(memory, option.value(), swapped));
                    } else {
                        MemorySegment.copy(
                                memory, ValueLayout.JAVA_BYTE, option.value(), all.array(), all.position(), bytes);
                        all.position(all.position() + padded);
                    }
                }
            }
        }
        return all == null || all.position() == 0 ? null : Arrays.copyOf(all.array(), all.position());
    }
}
