package io.tlem.record;

import io.tlem.buffer.EntryRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Entries of the ring behind their length and kind, and the other blocks of the file, which is one section of pcapng.
 *
 * <pre>
 *  packet:  an enhanced packet block, with the packet's number as its identification
 *  no room: number
 * </pre>
 */
final class Blocks {
    /** A block of the file. */
    static final int PACKET = 1;

    /** A packet for which the buffer had no room. */
    static final int NO_ROOM = 2;

    /** Bytes of such an entry. */
    static final int NO_ROOM_BYTES = 16;

    /** Most that a packet can have here, as for libpcap. */
    static final int MOST_CAPTURED = 262_144;

    /** Bytes that a block has besides its packet, at most. */
    static final int BESIDES_BYTES = 64;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int KIND_AT = 4;
    private static final int SECTION = 0x0A0D0D0A;
    private static final int ORDER_MAGIC = 0x1A2B3C4D;
    private static final int INTERFACE = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int JOURNAL = 9;
    private static final int ETHERNET = 1;
    private static final int INTERFACE_NAME = 2;
    private static final int INTERFACE_DESCRIPTION = 3;
    private static final int APPLICATION = 4;
    private static final int PACKET_NUMBER = 5;
    private static final int RESOLUTION = 9;
    private static final int NANOSECONDS = 9;
    private static final int DATA_AT = 28;
    private static final int BEHIND_DATA = 4 + Long.BYTES + 4 + 4; // the number, the end of options, the length
    private static final int LINE_BYTES = 64; // as many are copied of a shorter packet
    private static final int WAY_BIT = Long.SIZE - 1;
    private static final String DESCRIPTION = "what came in at port ";

    private Blocks() {}

    private static int padded(int bytes) {
        return bytes + 3 & -4;
    }

    /** Bytes of the entry of a packet. */
    static int entryBytes(int captured) {
        int data = Math.max(padded(captured), LINE_BYTES);
        return EntryRing.HEADER_BYTES + DATA_AT + data + BEHIND_DATA + 7 & -8;
    }

    /**
     * Writes a packet.
     *
     * @param nanos since 1970
     */
    static void packet(
            MemorySegment memory,
            long entry,
            MemorySegment from,
            long offset,
            int captured,
            int length,
            int direction,
            long number,
            long nanos) {
        memory.set(INT, entry + KIND_AT, PACKET);
        long block = entry + EntryRing.HEADER_BYTES;
        int blockBytes = DATA_AT + padded(captured) + BEHIND_DATA;
        memory.set(INT, block, ENHANCED_PACKET);
        memory.set(INT, block + 4, blockBytes);
        memory.set(INT, block + 8, direction);
        memory.set(INT, block + 12, (int) (nanos >>> Integer.SIZE));
        memory.set(INT, block + 16, (int) nanos);
        memory.set(INT, block + 20, captured);
        memory.set(INT, block + 24, length);
        if (captured <= LINE_BYTES) {
            MemorySegment.copy(from, offset, memory, block + DATA_AT, LINE_BYTES);
        } else {
            MemorySegment.copy(from, offset, memory, block + DATA_AT, captured);
        }
        long behind = block + DATA_AT + padded(captured);
        for (long at = block + DATA_AT + captured; at < behind; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        memory.set(SHORT, behind, (short) PACKET_NUMBER);
        memory.set(SHORT, behind + 2, (short) Long.BYTES);
        memory.set(LONG, behind + 4, (long) direction << WAY_BIT | number);
        memory.set(INT, behind + 12, 0);
        memory.set(INT, behind + 16, blockBytes);
    }

    /** The number of a packet, of its identification in the file. */
    static long number(long identification) {
        return identification & Long.MAX_VALUE;
    }

    /** Writes that there is no room for a packet. */
    static void noRoom(MemorySegment memory, long entry, long number) {
        memory.set(INT, entry + KIND_AT, NO_ROOM);
        memory.set(LONG, entry + EntryRing.HEADER_BYTES, number);
    }

    static int kind(MemorySegment memory, long entry) {
        return memory.get(INT, entry + KIND_AT);
    }

    /** Of an entry that says there was no room for a packet: its number. */
    static long noRoomNumber(MemorySegment memory, long entry) {
        return memory.get(LONG, entry + EntryRing.HEADER_BYTES);
    }

    /** Bytes of the block of a packet. */
    static int blockBytes(MemorySegment memory, long entry) {
        return memory.get(INT, entry + EntryRing.HEADER_BYTES + 4);
    }

    /** What a file begins with, in front of its first note. */
    static void begin(ByteBuffer to, String application, int snapBytes) {
        int section = open(to, SECTION);
        to.putInt(ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(to, APPLICATION, application);
        close(to, section);
        for (String port : new String[] {"a", "b"}) {
            int block = open(to, INTERFACE);
            to.putShort((short) ETHERNET).putShort((short) 0).putInt(snapBytes);
            option(to, INTERFACE_NAME, port);
            option(to, INTERFACE_DESCRIPTION, DESCRIPTION + port.toUpperCase(Locale.ROOT) + " of the emulated link");
            to.putShort((short) RESOLUTION).putShort((short) 1).put((byte) NANOSECONDS);
            pad(to);
            close(to, block);
        }
    }

    /** Whether this describes an interface that {@link #begin} has written. */
    static boolean isDescription(String text) {
        return text.startsWith(DESCRIPTION);
    }

    /** Bytes of the block of a note, at most. */
    static int noteBytes(byte[] text) {
        return text.length + Note.SUM_BYTES + BESIDES_BYTES;
    }

    /** Begins a note, with all but its last line, which is its checksum. */
    static void beginNote(ByteBuffer to, byte[] text) {
        int lines = text.length + Note.SUM_BYTES;
        to.putInt(JOURNAL)
                .putInt(2 * Integer.BYTES + padded(lines) + Integer.BYTES)
                .put(text);
    }

    /**
     * Ends a note.
     *
     * @param block where it begins
     * @param sum its last line
     */
    static void endNote(ByteBuffer to, int block, byte[] sum) {
        to.put(sum);
        pad(to);
        end(to, block);
    }

    private static int open(ByteBuffer to, int type) {
        int block = to.position();
        to.putInt(type).putInt(0);
        return block;
    }

    /** Ends options, and the block. */
    private static void close(ByteBuffer to, int block) {
        to.putInt(0);
        end(to, block);
    }

    private static void end(ByteBuffer to, int block) {
        int length = to.position() + Integer.BYTES - block;
        to.putInt(length).putInt(block + Integer.BYTES, length);
    }

    private static void option(ByteBuffer to, int code, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.putShort((short) code).putShort((short) bytes.length).put(bytes);
        pad(to);
    }

    /** Blocks begin at multiples of four. */
    private static void pad(ByteBuffer to) {
        while (to.position() % Integer.BYTES != 0) {
            to.put((byte) 0);
        }
    }
}
