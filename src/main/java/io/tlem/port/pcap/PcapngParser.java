package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The newer format: blocks, each of which says twice how long it is. A section has a byte order and interfaces of its own.
 *
 * <pre>
 *  | type | length | body, a multiple of 4 | length |
 *    0      4        8
 * </pre>
 *
 * Blocks of packets and of interfaces are read, notes where somebody wants them, all others are passed over.
 */
final class PcapngParser extends CaptureParser {
    static final int SECTION = 0x0a0d0d0a; // the same in both byte orders
    static final int ORDER_MAGIC = 0x1a2b3c4d;
    static final int INTERFACE = 1;
    static final int ENHANCED_PACKET = 6;
    static final int JOURNAL = 9; // an entry of systemd's journal, in its export format
    static final int LEAST_BLOCK_BYTES = 12;

    static final int OPTION_NAME = 2;
    static final int OPTION_DESCRIPTION = 3;
    static final int OPTION_RESOLUTION = 9;
    static final int OPTION_PACKET_NUMBER = 5;
    private static final int OPTION_OFFSET = 14;

    private static final int OLD_PACKET = 2;
    private static final int SIMPLE_PACKET = 3;
    private static final int MAX_READ_BYTES = 1 << 20; // of a block that is not passed over
    private static final int MAX_INTERFACES = 1 << 16;
    private static final int MAX_TEXT_BYTES = 256;

    private final List<Ticks> ticks = new ArrayList<>(); // of each interface
    private final boolean notes;
    private boolean swapped;
    private int firstInterface; // of the section

    /** @param notes whether notes, and the numbers of packets, are looked at */
    PcapngParser(boolean notes) {
        this.notes = notes;
    }

    /** Which blocks are read, and the least bytes they have. */
    private int leastBytes(int type) {
        return switch (type) {
            case SECTION -> 28;
            case INTERFACE -> 20;
            case SIMPLE_PACKET -> 16;
            case OLD_PACKET, ENHANCED_PACKET -> 32;
            case JOURNAL -> notes ? LEAST_BLOCK_BYTES : 0;
            default -> 0;
        };
    }

    @Override
    int next(MemorySegment memory, long at, long end) throws CaptureDamage {
        isPacket = false;
        isNote = false;
        skipped = 0;
        if (end - at < LEAST_BLOCK_BYTES) {
            return MORE;
        }
        int type = FileNumbers.intAt(memory, at, swapped);
        boolean otherOrder = swapped;
        if (type == SECTION) {
            int order = FileNumbers.intAt(memory, at + 8, false);
            otherOrder = order == Integer.reverseBytes(ORDER_MAGIC);
            if (!otherOrder && order != ORDER_MAGIC) {
                throw new CaptureDamage("begins a section without a byte order");
            }
        }
        long length = FileNumbers.unsignedInt(memory, at + 4, otherOrder);
        int least = leastBytes(type);
        if (length % 4 != 0 || length < Math.max(least, LEAST_BLOCK_BYTES) || (least > 0 && length > MAX_READ_BYTES)) {
            throw new CaptureDamage("has a block of type " + Integer.toUnsignedString(type) + " with " + length
                    + " bytes, which is not possible");
        }
        long there = end - at;
        if (least == 0 && there < length) {
            skipped = length - there;
            return (int) there;
        }
        if (there < length) {
            return MORE;
        }
        if (FileNumbers.unsignedInt(memory, at + length - 4, otherOrder) != length) {
            throw new CaptureDamage("has a block that ends with another length than it begins with");
        }
        swapped = otherOrder;
        read(memory, at, type, (int) length);
        return (int) length;
    }

    private void read(MemorySegment memory, long at, int type, int length) throws CaptureDamage {
        switch (type) {
            case SECTION -> firstInterface = interfaces.size();
            case INTERFACE -> addInterface(memory, at, at + length - 4);
            case ENHANCED_PACKET -> {
                long index = FileNumbers.unsignedInt(memory, at + 8, swapped);
                packet(memory, at, index, length);
                if (notes) {
                    number = number(memory, data + (captured + 3 & -4), at + length - 4);
                }
            }
            case JOURNAL -> {
                data = at + 8;
                captured = length - LEAST_BLOCK_BYTES;
                isNote = true;
            }
            case OLD_PACKET -> packet(memory, at, FileNumbers.unsignedShort(memory, at + 8, swapped), length);
            case SIMPLE_PACKET -> {
                setInterface(0);
                original = FileNumbers.unsignedInt(memory, at + 8, swapped);
                long snapBytes = interfaces.get(interfaceNumber).snapBytes();
                long most = snapBytes == 0 ? original : Math.min(original, snapBytes);
                captured = lengthWithin(Math.min(most, length - 16));
                data = at + 12;
                options = null;
                isPacket = true;
                hasTime = false;
            }
            default -> {}
        }
    }

    private void packet(MemorySegment memory, long at, long index, int length) throws CaptureDamage {
        setInterface(index);
        captured = lengthWithin(FileNumbers.unsignedInt(memory, at + 20, swapped));
        if (captured > length - 32) {
            throw new CaptureDamage("has a packet that is longer than its block");
        }
        original = FileNumbers.unsignedInt(memory, at + 24, swapped);
        data = at + 28;
        long behind = data + (captured + 3 & -4);
        long end = at + length - 4;
        options = behind < end ? PacketOptions.of(memory, behind, end, swapped) : null;
        nanos = ticks.get(interfaceNumber)
                .nanos(FileNumbers.unsignedInt(memory, at + 12, swapped) << Integer.SIZE
                        | FileNumbers.unsignedInt(memory, at + 16, swapped));
        isPacket = true;
        hasTime = true;
    }

    /** The number that an option says, or -1. */
    private long number(MemorySegment memory, long from, long end) throws CaptureDamage {
        BlockOptions option = new BlockOptions(memory, from, end, swapped);
        while (option.next()) {
            if (option.code() == OPTION_PACKET_NUMBER && option.length() == Long.BYTES) {
                return FileNumbers.longAt(memory, option.value(), swapped);
            }
        }
        return -1;
    }

    private void setInterface(long index) throws CaptureDamage {
        if (index >= interfaces.size() - firstInterface) {
            throw new CaptureDamage("has a packet of interface " + index + ", which it has not described");
        }
        interfaceNumber = firstInterface + (int) index;
    }

    private void addInterface(MemorySegment memory, long at, long end) throws CaptureDamage {
        if (interfaces.size() == MAX_INTERFACES) {
            throw new CaptureDamage("has more than " + MAX_INTERFACES + " interfaces");
        }
        String name = "";
        String description = "";
        int resolution = Ticks.MICROSECONDS.resolution();
        long offset = 0;
        BlockOptions option = new BlockOptions(memory, at + 16, end, swapped);
        while (option.next()) {
            int bytes = option.length();
            long value = option.value();
            switch (option.code()) {
                case OPTION_NAME -> name = text(memory, value, bytes);
                case OPTION_DESCRIPTION -> description = text(memory, value, bytes);
                case OPTION_RESOLUTION -> {
                    if (bytes != 1) {
                        throw new CaptureDamage("has an interface whose resolution takes " + bytes + " bytes");
                    }
                    resolution = Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, value));
                }
                case OPTION_OFFSET -> {
                    if (bytes != Long.BYTES) {
                        throw new CaptureDamage("has an interface whose offset takes " + bytes + " bytes");
                    }
                    offset = FileNumbers.longAt(memory, value, swapped);
                }
                default -> {}
            }
        }
        ticks.add(
                resolution == Ticks.MICROSECONDS.resolution() && offset == 0
                        ? Ticks.MICROSECONDS
                        : new Ticks(resolution, offset));
        interfaces.add(new CaptureInterface(
                interfaces.size(),
                FileNumbers.unsignedShort(memory, at + 8, swapped),
                FileNumbers.unsignedInt(memory, at + 12, swapped),
                name,
                description));
    }

    private static String text(MemorySegment memory, long at, int bytes) {
        byte[] text = memory.asSlice(at, Math.min(bytes, MAX_TEXT_BYTES)).toArray(ValueLayout.JAVA_BYTE);
        return new String(text, StandardCharsets.UTF_8);
    }
}
