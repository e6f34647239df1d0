package io.tlem.port.pcap;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/** The packets of one direction that a reader has loaded, as they come in on a virtual clock. */
public final class CaptureSource implements PacketSource {
    private static final int NONE = -1;

    private final CaptureReader reader;
    private final int direction;
    private final Frames frames;
    private final Labels labels;
    private final boolean labelsAll;
    private final long startNanos;
    private final int usualBytes;
    private final MemorySegment memory;
    private long next; // of the reader's packets
    private long number; // of those handed out
    private long most = Long.MAX_VALUE; // that are handed out at all
    private long limit = Long.MAX_VALUE; // that are handed out until something else has happened
    private long limitNanos = Long.MAX_VALUE;
    private long horizonNanos; // told last

    /**
     * @param direction whose packets these are, as the reader's splitter says
     * @param labels become those of the packets that need one
     * @param labelsAll whether all packets need one
     * @param startNanos what of their times is 0 on the clock, ns since 1970
     */
    public CaptureSource(CaptureReader reader, int direction, Labels labels, boolean labelsAll, long startNanos) {
        this(reader, direction, labels, labelsAll, startNanos, Frames.USUAL_BYTES);
    }

    /**
     * As the other, where it is known how long packets are.
     *
     * @param usualBytes of nearly all packets
     */
    public CaptureSource(
            CaptureReader reader, int direction, Labels labels, boolean labelsAll, long startNanos, int usualBytes) {
        this.usualBytes = usualBytes;
        this.reader = reader;
        this.direction = direction;
        this.frames = new Frames(reader, direction);
        this.labels = labels;
        this.labelsAll = labelsAll;
        this.startNanos = startNanos;
        this.memory = reader.memory();
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return LinkType.MAX_FRAME_BYTES;
    }

    @Override
    public int usualPacketBytes() {
        return usualBytes;
    }

    /** Has it end after so many packets, whatever the reader has. */
    public void endAfter(long packets) {
        most = packets;
    }

    /** Has it end with what it has handed out. */
    public void end() {
        most = number;
    }

    /**
     * Stops for now.
     *
     * @param packets that are handed out before
     * @param nanos that is the latest horizon told until then; {@link Long#MAX_VALUE} when no packet comes behind those
     */
    public void stopAfter(long packets, long nanos) {
        limit = packets;
        limitNanos = nanos;
    }

    /** Whether it has stopped: it has handed out and told what it was to. */
    public boolean hasStopped() {
        return number == limit && horizonNanos >= goesOnNanos();
    }

    /** When that is so which happens after it has stopped. */
    private long goesOnNanos() {
        find();
        return Math.min(limitNanos, hasNext() ? reader.nanos(next) - startNanos : UNKNOWN);
    }

    @Override
    public boolean senderWaits() {
        return true;
    }

    @Override
    public boolean keepsArrivalTimes() {
        return true;
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long now = clock.getAsLong();
        int count = 0;
        frames.begin();
        batch.horizonNanos = now;
        find();
        long end = reader.end();
        long room = Math.min(batch.capacity(), limit - number);
        int simple = labelsAll ? NONE : direction | CaptureReader.PLAIN;
        while (next < end && number + count < most) {
            int kind = reader.kind(next);
            if ((kind & ~CaptureReader.PLAIN) != direction) {
                next++;
                continue;
            }
            long arrival = reader.nanos(next) - startNanos;
            if (arrival > now || count >= room || !put(batch, count, kind == simple)) {
                batch.horizonNanos = Math.min(now, arrival);
                break;
            }
            batch.arrivalNanos[count++] = arrival;
            next++;
        }
        find();
        if (next == reader.end() && !reader.isLast()) { // what comes behind these is not loaded yet
            batch.horizonNanos = Math.min(batch.horizonNanos, reader.lastNanos() - startNanos);
        }
        number += count;
        if (limit != Long.MAX_VALUE) {
            boolean isLast = limitNanos == Long.MAX_VALUE && number == limit && !hasNext();
            batch.horizonNanos = isLast ? Long.MAX_VALUE : Math.min(batch.horizonNanos, limitNanos);
        }
        horizonNanos = batch.horizonNanos;
        batch.count = count;
        return count;
    }

    /** Puts the next packet into a batch; false when there is no memory left to make its frame. */
    private boolean put(PacketBatch batch, int count, boolean simple) {
        if (simple) {
            batch.offset[count] = reader.data(next);
            batch.length[count] = reader.captured(next);
            return true;
        }
        if (!frames.put(next, batch, count)) {
            return false;
        }
        label(next, number + count);
        return true;
    }

    /** Goes to the next packet that is this direction's. */
    private void find() {
        next = Math.max(next, reader.first());
        while (next < reader.end() && reader.direction(next) != direction) {
            next++;
        }
    }

    private void label(long packet, long its) {
        int captured = reader.captured(packet);
        long original = reader.original(packet);
        int from = reader.interfaceOf(packet);
        LinkType type = reader.typeOf(packet);
        byte[] options = reader.options(packet);
        if (labelsAll || captured != original || !type.isPlain() || from != 0 || options != null) {
            long aside = type.aside(memory, reader.data(packet), captured);
            labels.put(its, captured, original, from, aside, packet, options);
        }
    }

    @Override
    public long nextArrivalNanos() {
        if (number == limit && horizonNanos < goesOnNanos()) {
            return goesOnNanos();
        }
        find();
        return hasNext() ? reader.nanos(next) - startNanos : UNKNOWN;
    }

    private boolean hasNext() {
        return next < reader.end() && number < most;
    }

    @Override
    public void release() {}

    @Override
    public boolean exhausted() {
        find();
        return limit == Long.MAX_VALUE && (number == most || (reader.isLast() && next == reader.end()));
    }
}
