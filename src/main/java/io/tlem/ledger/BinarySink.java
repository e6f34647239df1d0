package io.tlem.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** Writes {@link BinaryFormat}. */
final class BinarySink implements RowSink {
    private static final int BLOCK_BYTES = 1 << 16;
    private static final int MOST_ROW_BYTES = 1024;
    private static final int HEADER_BYTES = 64;
    private static final int FLOWS = 1 << 13; // a power of two, more than rows that a block may have new flows in
    private static final int MOST_FLOWS = FLOWS / 2;

    private final WritableByteChannel channel;
    private final ByteBuffer rows = direct(HEADER_BYTES + BLOCK_BYTES + MOST_ROW_BYTES);
    private final ByteBuffer head = direct(HEADER_BYTES);
    private final CRC32 crc = new CRC32();
    private final byte[][] flows = new byte[FLOWS][]; // of the block, found by identity: they come from one table
    private final int[] flowNumbers = new int[FLOWS];
    private final long[] lastNumber = new long[2];
    private final long[] lastArrival = new long[2];
    private int flowCount;
    private int count;
    private long firstArrival;
    private long lastOfAll;

    BinarySink(WritableByteChannel channel, long every, long originNanos, long seed) throws IOException {
        this.channel = channel;
        List<String> reasons = BinaryFormat.reasons();
        rows.put(BinaryFormat.MAGIC.getBytes(StandardCharsets.US_ASCII));
        varint(rows, BinaryFormat.VERSION);
        varint(rows, every);
        varint(rows, BinaryFormat.zigzag(originNanos));
        varint(rows, BinaryFormat.zigzag(seed));
        varint(rows, reasons.size());
        reasons.forEach(reason -> text(rows, reason.getBytes(StandardCharsets.UTF_8)));
        rows.flip();
        write(rows);
        rows.clear().position(HEADER_BYTES);
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void varint(ByteBuffer out, long number) {
        long left = number;
        while ((left & ~0x7fL) != 0) {
            out.put((byte) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        out.put((byte) left);
    }

    private static void text(ByteBuffer out, byte[] text) {
        varint(out, text.length);
        out.put(text);
    }

    @Override
    public void add(Row row) throws IOException {
        boolean splits = row.queue != Row.NONE;
        boolean due = row.release != Row.NONE;
        boolean sent = row.transmit != Row.NONE;
        rows.put((byte) (row.direction
                | (row.copy == 0 ? 0 : BinaryFormat.COPY)
                | (splits ? BinaryFormat.SPLIT : 0)
                | (due ? BinaryFormat.RELEASE : 0)
                | (sent ? BinaryFormat.TRANSMIT : 0)
                | row.fate.ordinal() << BinaryFormat.FATE_SHIFT));
        rows.put((byte) row.reason);
        varint(rows, BinaryFormat.zigzag(row.number - lastNumber[row.direction]));
        varint(rows, BinaryFormat.zigzag(row.arrival - lastArrival[row.direction]));
        lastNumber[row.direction] = row.number;
        lastArrival[row.direction] = row.arrival;
        varint(rows, row.length);
        varint(rows, row.epoch + 1L);
        flow(row.flow);
        if (splits) {
            varint(rows, BinaryFormat.zigzag(row.queue));
            varint(rows, BinaryFormat.zigzag(row.serialisation));
            varint(rows, BinaryFormat.zigzag(row.propagation));
            varint(rows, BinaryFormat.zigzag(row.jitter));
        }
        if (due) {
            varint(rows, BinaryFormat.zigzag(row.release - row.arrival));
        }
        if (sent) {
            varint(rows, BinaryFormat.zigzag(row.transmit - (due ? row.release : row.arrival)));
        }
        firstArrival = count == 0 ? row.arrival : Math.min(firstArrival, row.arrival);
        lastOfAll = count == 0 ? row.arrival : Math.max(lastOfAll, row.arrival);
        count++;
        if (rows.position() - HEADER_BYTES >= BLOCK_BYTES || flowCount == MOST_FLOWS) {
            flush();
        }
    }

    private void flow(byte[] flow) {
        int at = System.identityHashCode(flow) & FLOWS - 1;
        while (flows[at] != null) {
            if (flows[at] == flow) {
                varint(rows, flowNumbers[at]);
                return;
            }
            at = at + 1 & FLOWS - 1;
        }
        flows[at] = flow;
        flowNumbers[at] = flowCount;
        varint(rows, flowCount++);
        text(rows, flow);
    }

    @Override
    public void flush() throws IOException {
        if (count == 0) {
            return;
        }
        head.clear().position(BinaryFormat.BLOCK_HEADER_BYTES);
        varint(head, count);
        varint(head, BinaryFormat.zigzag(firstArrival));
        varint(head, lastOfAll - firstArrival);
        write(BinaryFormat.BLOCK);
        count = 0;
        flowCount = 0;
        Arrays.fill(flows, null);
        Arrays.fill(lastNumber, 0);
        Arrays.fill(lastArrival, 0);
    }

    /** Writes what is in the head behind its first bytes, and the rows, as one block and in one piece. */
    private void write(int tag) throws IOException {
        head.flip();
        int start = HEADER_BYTES - head.remaining();
        rows.flip().position(start);
        rows.put(head).position(start + BinaryFormat.BLOCK_HEADER_BYTES);
        int bytes = rows.remaining();
        crc.reset();
        crc.update(rows);
        rows.putInt(start, tag).putInt(start + 4, bytes).putInt(start + 8, (int) crc.getValue());
        write(rows.position(start));
        rows.clear().position(HEADER_BYTES);
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void finish(long all, long lost) throws IOException {
        flush();
        head.clear().position(BinaryFormat.BLOCK_HEADER_BYTES);
        varint(head, all);
        varint(head, lost);
        write(BinaryFormat.END);
        channel.close();
    }
}
