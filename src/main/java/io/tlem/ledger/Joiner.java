package io.tlem.ledger;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Makes rows of the entries of one direction: joins what was decided about a packet with what became of it. Used by one
 * thread.
 */
final class Joiner implements AutoCloseable {
    private final int direction;
    private final Pending pending;
    private final Flows flows;
    private final RowSink sink;
    private final Row row;
    private long originNanos;
    private long rows;
    private long lost;
    private boolean gap; // ends have been lost since the last one
    private long lostEnds;

    /** @param row is used for all */
    Joiner(int direction, Pending pending, Flows flows, RowSink sink, Row row) {
        this.direction = direction;
        this.pending = pending;
        this.flows = flows;
        this.sink = sink;
        this.row = row;
    }

    /** Times of rows count from there. */
    void setOrigin(long nanos) {
        originNanos = nanos;
    }

    /** Takes an entry in. */
    void take(MemorySegment memory, long entry, int bytes) throws IOException {
        long number = Entry.get(memory, entry, Entry.NUMBER);
        int reason = Entry.reason(memory, entry);
        switch (Entry.kind(memory, entry)) {
            case Entry.DECIDED -> {
                if (reason == Entry.LEAVES) {
                    boolean twice = (Entry.getInt(memory, entry, Entry.FLAGS) & Entry.TWICE) != 0;
                    if (!pending.put(memory, entry, bytes, twice ? 2 : 1)) {
                        lost++;
                    }
                } else {
                    known(memory, entry);
                    row.release = Row.NONE;
                    end(Row.Fate.DROPPED, reason);
                }
            }
            case Entry.SENT -> sent(memory, entry, number);
            case Entry.GONE -> gone(memory, entry, number, reason);
            case Entry.CHANGED ->
                sink.changed(
                        direction,
                        (int) Entry.get(memory, entry, Entry.CHANGED_EPOCH),
                        number,
                        Entry.get(memory, entry, Entry.ARRIVAL) - originNanos);
            default -> throw new IllegalStateException("an entry of no kind");
        }
    }

    /** Fills the row with what is known of a packet since it was decided about. */
    private void known(MemorySegment memory, long entry) {
        int captured = Entry.getInt(memory, entry, Entry.CAPTURED);
        identify(Entry.get(memory, entry, Entry.NUMBER), Entry.get(memory, entry, Entry.ARRIVAL));
        row.length = Entry.getInt(memory, entry, Entry.LENGTH);
        row.epoch = Entry.getInt(memory, entry, Entry.EPOCH);
        row.flow = flows.of(memory, entry + Entry.BYTES, captured);
        row.captured = captured;
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, entry + Entry.BYTES, row.bytes, 0, captured);
        row.release = Entry.get(memory, entry, Entry.RELEASE) - originNanos;
    }

    private void identify(long number, long arrivalNanos) {
        row.direction = direction;
        row.number = number;
        row.copy = 0;
        row.arrival = arrivalNanos - originNanos;
        row.epoch = -1;
        row.captured = 0;
        row.flow = Flows.NOTHING;
        row.transmit = Row.NONE;
        row.splitNothing();
    }

    private void split(MemorySegment memory, long entry) {
        row.split(
                Entry.get(memory, entry, Entry.QUEUE),
                Entry.get(memory, entry, Entry.SERIALISATION),
                Entry.get(memory, entry, Entry.LEAST_DELAY));
    }

    private void sent(MemorySegment memory, long entry, long number) throws IOException {
        long release = Entry.get(memory, entry, Entry.RELEASE);
        if (gap) {
            gap = false;
            forget(release);
        }
        long at = pending.find(number);
        int reason = Row.NO_REASON;
        if (at >= 0) {
            known(pending.memory(), at);
            row.release = release - originNanos;
            split(pending.memory(), at);
            reason = exempt(at);
            oneEnd(at);
        } else {
            identify(number, Entry.get(memory, entry, Entry.ARRIVAL));
            row.length = Entry.getInt(memory, entry, Entry.SENT_LENGTH);
            row.release = release - originNanos;
        }
        row.transmit = Entry.get(memory, entry, Entry.TRANSMIT) - originNanos;
        end(Row.Fate.SENT, reason);
    }

    private int exempt(long at) {
        return (Entry.getInt(pending.memory(), at, Entry.FLAGS) & Entry.EXEMPT) != 0 ? Row.EXEMPT : Row.NO_REASON;
    }

    /** One of a packet's ends has come. */
    private void oneEnd(long at) {
        boolean twice = (Entry.getInt(pending.memory(), at, Entry.FLAGS) & Entry.TWICE) != 0;
        int left = pending.ends(at) - 1;
        row.copy = twice && left == 0 ? 1 : 0;
        if (left == 0) {
            pending.remove(at);
        } else {
            pending.setEnds(at, left);
        }
    }

    private void gone(MemorySegment memory, long entry, long number, int reason) throws IOException {
        long at = pending.find(number);
        if (at >= 0) {
            known(pending.memory(), at);
            split(pending.memory(), at);
            oneEnd(at);
        } else {
            identify(number, Entry.get(memory, entry, Entry.ARRIVAL));
            row.length = Entry.getInt(memory, entry, Entry.GONE_LENGTH);
            row.epoch = Entry.getInt(memory, entry, Entry.GONE_EPOCH);
            row.release = Row.NONE;
        }
        end(Row.Fate.DROPPED, reason);
    }

    private void end(Row.Fate fate, int reason) throws IOException {
        row.fate = fate;
        row.reason = reason;
        rows++;
        sink.add(row);
    }

    /** So many ends of packets have been lost so far. */
    void endsLost(long ends) {
        gap |= ends != lostEnds;
        lostEnds = ends;
    }

    /** Of what was due before that the end will not come any more, as packets are sent when they are due. */
    private void forget(long releaseNanos) throws IOException {
        for (long at = pending.next(0); at >= 0; ) {
            if (Entry.get(pending.memory(), at, Entry.RELEASE) < releaseNanos
                    && (Entry.getInt(pending.memory(), at, Entry.FLAGS) & Entry.TWICE) == 0) {
                known(pending.memory(), at);
                split(pending.memory(), at);
                oneEnd(at); // one from behind may have come to its place
                end(Row.Fate.UNKNOWN, Row.NO_REASON);
                at = pending.next(at);
            } else {
                at = pending.next(at + 1);
            }
        }
    }

    /** The link has ended: what is still pending has not left. */
    void finish(boolean complete) throws IOException {
        for (long at = pending.next(0); at >= 0; at = pending.next(at)) {
            known(pending.memory(), at);
            split(pending.memory(), at);
            oneEnd(at); // another may have come to its place, or it has one more
            end(complete ? Row.Fate.INSIDE : Row.Fate.UNKNOWN, Row.NO_REASON);
        }
    }

    /** Rows so far. */
    long rows() {
        return rows;
    }

    /** Entries that found no place here. */
    long lost() {
        return lost;
    }

    @Override
    public void close() {
        pending.close();
    }
}
