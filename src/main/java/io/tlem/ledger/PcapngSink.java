package io.tlem.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * A capture at both ports: of each packet where it came in, with what becomes of it, and where it left, if it did. Both have the
 * same packet identification; a verdict of traffic control says that a packet is dropped, a comment why. Packets stand in the
 * order in which they were settled.
 */
final class PcapngSink implements RowSink {
    private static final int SECTION = 0x0A0D0D0A;
    private static final int INTERFACE = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int ORDER_MAGIC = 0x1A2B3C4D;
    private static final int ETHERNET = 1;
    private static final int COMMENT = 1;
    private static final int INTERFACE_NAME = 2;
    private static final int INTERFACE_DESCRIPTION = 3;
    private static final int APPLICATION = 4;
    private static final int RESOLUTION = 9;
    private static final int FLAGS = 2;
    private static final int PACKET_ID = 5;
    private static final int VERDICT = 7;
    private static final int INBOUND = 1;
    private static final int OUTBOUND = 2;
    private static final byte TRAFFIC_CONTROL = 1;
    private static final long PASSES = 0; // TC_ACT_OK
    private static final long IS_DROPPED = 2; // TC_ACT_SHOT
    private static final int NANOSECONDS = 9;
    private static final String[] PORTS = {"a", "b"};

    private final Text out;
    private final ByteBuffer to;
    private final long originNanos;
    private int block; // where the one that is written begins
    private int option; // the same of the option

    PcapngSink(WritableByteChannel channel, int snapBytes, long originNanos) {
        this.originNanos = originNanos;
        out = new Text(channel);
        to = out.buffer().order(ByteOrder.LITTLE_ENDIAN);
        begin(SECTION);
        to.putInt(ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(APPLICATION, "tlem");
        end();
        for (String port : PORTS) {
            begin(INTERFACE);
            to.putShort((short) ETHERNET).putShort((short) 0).putInt(snapBytes);
            option(INTERFACE_NAME, port);
            option(INTERFACE_DESCRIPTION, "port " + port.toUpperCase(java.util.Locale.ROOT) + " of the emulated link");
            beginOption(RESOLUTION);
            to.put((byte) NANOSECONDS);
            endOption();
            end();
        }
    }

    private void begin(int type) {
        block = to.position();
        to.putInt(type).putInt(0);
    }

    /** Ends options, and the block. */
    private void end() {
        to.putInt(0);
        int length = to.position() + Integer.BYTES - block;
        to.putInt(length).putInt(block + Integer.BYTES, length);
    }

    private void beginOption(int code) {
        option = to.position();
        to.putShort((short) code).putShort((short) 0);
    }

    private void endOption() {
        to.putShort(option + Short.BYTES, (short) (to.position() - option - Integer.BYTES));
        pad();
    }

    private void pad() {
        while ((to.position() - block) % Integer.BYTES != 0) {
            to.put((byte) 0);
        }
    }

    private void option(int code, String text) {
        beginOption(code);
        to.put(text.getBytes(StandardCharsets.UTF_8));
        endOption();
    }

    @Override
    public void add(Row row) throws IOException {
        boolean dropped = row.fate == Row.Fate.DROPPED;
        if (row.copy == 0) {
            packet(row, row.direction, row.arrival, INBOUND, dropped);
            comment(row);
            end();
            out.flushIfLong();
        }
        if (row.transmit != Row.NONE) {
            packet(row, 1 - row.direction, row.transmit, OUTBOUND, false);
            beginOption(COMMENT);
            out.ascii(Row.way(row.direction)).ascii(" packet ").number(row.number);
            out.ascii(row.copy == 0 ? " sent " : ", its copy, sent ").number(row.transmit - row.release);
            out.ascii(" ns after it was due");
            endOption();
            end();
            out.flushIfLong();
        }
    }

    private void packet(Row row, int port, long nanos, int way, boolean dropped) {
        long time = originNanos + nanos;
        begin(ENHANCED_PACKET);
        to.putInt(port).putInt((int) (time >>> Integer.SIZE)).putInt((int) time);
        to.putInt(row.captured).putInt(row.length);
        to.put(row.bytes, 0, row.captured);
        pad();
        beginOption(FLAGS);
        to.putInt(way);
        endOption();
        beginOption(PACKET_ID);
        to.putLong(((long) row.direction << (Long.SIZE - 1)) | row.number);
        endOption();
        beginOption(VERDICT);
        to.put(TRAFFIC_CONTROL).putLong(dropped ? IS_DROPPED : PASSES);
        endOption();
    }

    private void comment(Row row) {
        beginOption(COMMENT);
        out.ascii(Row.way(row.direction)).ascii(" packet ").number(row.number).ascii(": ");
        out.ascii(row.fate.label());
        if (row.reason != Row.NO_REASON) {
            out.ascii(", ").ascii(Row.reason(row.reason));
        }
        if (row.queue != Row.NONE) {
            out.ascii("; ns: queue ")
                    .number(row.queue)
                    .ascii(", serialisation ")
                    .number(row.serialisation);
            out.ascii(", propagation ")
                    .number(row.propagation)
                    .ascii(", jitter ")
                    .number(row.jitter);
        }
        if (row.epoch >= 0) {
            out.ascii("; epoch ").number(row.epoch);
        }
        endOption();
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void finish(long rows, long lost) throws IOException {
        out.close();
    }
}
