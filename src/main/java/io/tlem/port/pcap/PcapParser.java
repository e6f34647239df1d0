package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;

/**
 * The classic format: a header of 24 bytes, then packets.
 *
 * <pre>
 *  | magic | version | 2 reserved | snaplen | link type |     | seconds | fraction | captured | original | packet |
 *    0       4         8            16        20                0         4          8          12         16
 * </pre>
 */
final class PcapParser extends CaptureParser {
    static final int HEADER_BYTES = 24;
    static final int MAGIC_MICROS = 0xa1b2c3d4;
    static final int MAGIC_NANOS = 0xa1b23c4d;
    static final int RECORD_BYTES = 16;

    private static final int LINK_TYPE_BITS = 0xffff; // those above tell of the FCS
    private static final long SECOND = 1_000_000_000;

    private final boolean swapped;
    private final int nanosPerPart;

    /** @param memory begins with the header */
    PcapParser(MemorySegment memory) {
        int magic = FileNumbers.intAt(memory, 0, false);
        swapped = magic != MAGIC_MICROS && magic != MAGIC_NANOS;
        nanosPerPart = FileNumbers.intAt(memory, 0, swapped) == MAGIC_NANOS ? 1 : 1000;
        interfaces.add(new CaptureInterface(
                0,
                FileNumbers.intAt(memory, 20, swapped) & LINK_TYPE_BITS,
                FileNumbers.unsignedInt(memory, 16, swapped),
                "",
                ""));
        isPacket = true;
        hasTime = true;
    }

    static boolean begins(int magic) {
        return magic == MAGIC_MICROS
                || magic == MAGIC_NANOS
                || magic == Integer.reverseBytes(MAGIC_MICROS)
                || magic == Integer.reverseBytes(MAGIC_NANOS);
    }

    @Override
    int next(MemorySegment memory, long at, long end) throws CaptureDamage {
        if (end - at < RECORD_BYTES) {
            return MORE;
        }
        int bytes = FileNumbers.intAt(memory, at + 8, swapped);
        if (Integer.compareUnsigned(bytes, LinkType.MAX_PACKET_BYTES) > 0) {
            bytes = lengthWithin(Integer.toUnsignedLong(bytes));
        }
        if (end - at < RECORD_BYTES + bytes) {
            return MORE;
        }
        captured = bytes;
        original = FileNumbers.unsignedInt(memory, at + 12, swapped);
        nanos = FileNumbers.unsignedInt(memory, at, swapped) * SECOND
                + FileNumbers.unsignedInt(memory, at + 4, swapped) * nanosPerPart;
        data = at + RECORD_BYTES;
        return RECORD_BYTES + bytes;
    }
}
