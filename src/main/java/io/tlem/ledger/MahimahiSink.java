package io.tlem.ledger;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * The log of Mahimahi's mm-link for one direction, for mm-throughput-graph and mm-delay-graph. Drops are comments there, which
 * all versions of these pass over. The capacity is what the link could have sent at the rate at which it sent its latest packet;
 * of a link without a bandwidth, what it did send.
 */
final class MahimahiSink implements RowSink {
    private static final long MILLISECOND = 1_000_000;
    private static final long MOST_LINES = 3_600_000; // of capacity at once: an hour

    private final Text out;
    private final int direction;
    private long capacityUntil = Row.NONE; // ms
    private long rateBytes; // in rateNanos
    private long rateNanos;

    MahimahiSink(WritableByteChannel channel, int direction) {
        this.direction = direction;
        out = new Text(channel);
        out.ascii("# tlem ").ascii(Row.way(direction)).ascii("\n# base timestamp: 0\n");
    }

    @Override
    public void add(Row row) throws IOException {
        if (row.direction != direction) {
            return;
        }
        if (row.copy == 0) {
            line(row.arrival, " + ").number(row.length).character('\n');
        }
        if (row.fate == Row.Fate.SENT) {
            capacity(row);
            line(row.transmit, " - ").number(row.length).character(' ');
            out.number(Math.floorDiv(row.transmit, MILLISECOND) - Math.floorDiv(row.arrival, MILLISECOND))
                    .character('\n');
        } else if (row.fate == Row.Fate.DROPPED) {
            out.ascii("# ");
            line(row.arrival, " d 1 ")
                    .number(row.length)
                    .character(' ')
                    .ascii(Row.reason(row.reason))
                    .character('\n');
        }
        out.flushIfLong();
    }

    private Text line(long nanos, String event) {
        return out.number(Math.floorDiv(Math.max(0, nanos), MILLISECOND)).ascii(event);
    }

    private void capacity(Row row) throws IOException {
        long now = Math.floorDiv(row.transmit, MILLISECOND);
        if (row.queue == Row.NONE || row.serialisation <= 0) {
            if (rateNanos == 0) {
                line(row.transmit, " # ").number(row.length).character('\n');
            }
            return;
        }
        rateBytes = row.length;
        rateNanos = row.serialisation;
        if (capacityUntil == Row.NONE) {
            capacityUntil = now;
        }
        capacityUntil = Math.max(capacityUntil, now - MOST_LINES);
        for (; capacityUntil <= now; capacityUntil++) {
            out.number(Math.max(0, capacityUntil)).ascii(" # ").number(rateBytes * MILLISECOND / rateNanos);
            out.character('\n');
            out.flushIfLong();
        }
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
