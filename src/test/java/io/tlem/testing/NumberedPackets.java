package io.tlem.testing;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.LongToIntFunction;

/**
 * Packets from a sink to a source, numbered and with a content that follows from the number behind an Ethernet header to
 * everybody. What arrives is checked to the last byte: the next number, its length, its content. Each end may be used by a
 * thread of its own.
 */
public final class NumberedPackets {
    /** Shortest packet: Ethernet header and number. */
    public static final int MIN_BYTES = 22;

    private static final int BATCH = 256;
    private static final long TO_ALL_FROM_ONE = 0x0002_FFFF_FFFF_FFFFL; // bytes 0 to 7, little endian
    private static final int REST_OF_HEADER = 0xB588_0000 | 0x0001; // bytes 10 to 13: an address's end, type 0x88B5
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt HALF = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final PacketSink sink;
    private final PacketSource source;
    private final int sender;
    private final LongToIntFunction length;
    private final PacketBatch out = new PacketBatch(BATCH);
    private final PacketBatch in = new PacketBatch(BATCH);
    private volatile long sent;
    private volatile long received;

    /**
     * @param sender number of the sending station
     * @param length of each packet
     */
    public NumberedPackets(PacketSink sink, PacketSource source, int sender, LongToIntFunction length) {
        this.sink = sink;
        this.source = source;
        this.sender = sender;
        this.length = length;
    }

    /** Packets sent. */
    public long sent() {
        return sent;
    }

    /** Packets received, all of them right. */
    public long received() {
        return received;
    }

    /** Sends as many of these as there is room for, at once; returns how many. */
    public int send(long most) {
        int free = sink.reserve(out, (int) Math.min(BATCH, most));
        long number = sent;
        int count = 0;
        while (count < free) {
            int bytes = length.applyAsInt(number);
            if (bytes > sink.slotBytes()) {
                if (!sink.enlarge(out, count, bytes)) {
                    break;
                }
                free = out.count;
            }
            write(sink.memory(), out.offset[count], bytes, number);
            out.length[count++] = bytes;
            number++;
        }
        if (count > 0) {
            sink.transmit(out, count, System.nanoTime());
            sent = number;
        } else {
            sink.flush();
        }
        return count;
    }

    /** Takes what is there, at most one batch of it; returns how many. */
    public int receive() {
        int count = source.receive(in, System::nanoTime);
        long number = received;
        for (int i = 0; i < count; i++) {
            check(source.memory(), in.offset[i], in.length[i], number++);
        }
        if (count > 0) {
            source.release();
            received = number;
        }
        return count;
    }

    private void write(MemorySegment memory, long offset, int bytes, long number) {
        memory.set(WORD, offset, TO_ALL_FROM_ONE);
        memory.set(HALF, offset + 8, sender << 16);
        memory.set(HALF, offset + 10, REST_OF_HEADER);
        memory.set(WORD, offset + 14, number);
        long word = number;
        long at = offset + MIN_BYTES;
        long end = offset + bytes;
        for (; at + 8 <= end; at += 8) {
            word = next(word);
            memory.set(WORD, at, word);
        }
        for (; at < end; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) number);
        }
    }

    private void check(MemorySegment memory, long offset, int bytes, long number) {
        boolean same = bytes == length.applyAsInt(number)
                && memory.get(WORD, offset) == TO_ALL_FROM_ONE
                && memory.get(HALF, offset + 10) == REST_OF_HEADER
                && memory.get(WORD, offset + 14) == number;
        long word = number;
        long at = offset + MIN_BYTES;
        long end = offset + bytes;
        for (; same && at + 8 <= end; at += 8) {
            word = next(word);
            same = memory.get(WORD, at) == word;
        }
        for (; same && at < end; at++) {
            same = memory.get(ValueLayout.JAVA_BYTE, at) == (byte) number;
        }
        if (!same) {
            throw new AssertionError("instead of packet " + number + " of " + length.applyAsInt(number)
                    + " bytes came packet " + memory.get(WORD, offset + 14) + " of " + bytes + ", wrong from byte "
                    + (at - offset - 8) + " if not before");
        }
    }

    private static long next(long word) {
        return word * 0x9E37_79B9_7F4A_7C15L + 1;
    }
}
