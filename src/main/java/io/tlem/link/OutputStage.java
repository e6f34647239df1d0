package io.tlem.link;

import io.tlem.buffer.DueRecords;
import io.tlem.buffer.Slots;
import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.ZeroCopy;
import io.tlem.stats.DropReason;
import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;

/** What an {@link OutputStage} changes all the time. */
abstract class OutputProgress extends ThreadOwned {
    Epoch.Terms terms;
    DueRecords records;
    int wantedSlots; // follows how many were filled: asking for a slot may cost a line of memory
    int ready; // slots of the batch that are filled
    int dropped; // packets that are not sent, in this call
    long readyBytes;
    long nextDueNanos = Stage.UNKNOWN;
    boolean portFull;
    boolean moreDue;
    long transmitNanos = Stage.UNKNOWN; // when the call before this one has transmitted
}

/**
 * Copies packets whose release time has come out of the shared buffer and transmits them.
 *
 * <p>Lateness (transmit time minus release time) and time in the emulator (transmit time minus arrival) are taken with
 * the time read after the batch was handed to the port, so that copying and the port's system call are included.
 */
final class OutputStage extends OutputProgress implements Stage {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private static final long LOOK_NANOS = 100_000;
    private static final int LEAST_SLOTS = 4;

    /** As many packets as a super-packet has, so that they leave together. */
    private static final int LEAST_TAGGED_SLOTS = 64;

    private final String name;
    private final NanoClock clock;
    private final PacketSink sink;
    private final Border border;
    private final PacketBatch batch;
    private final int leastSlots;
    private final int ordinaryBytes; // a longer packet needs more than a slot, or cannot be sent
    private final Settlement settlement;
    private final LatencyRecorder lateness;
    private final LatencyRecorder timeInside;
    private final Epochs epochs;
    private final boolean exact;
    private final ZeroCopy zeroCopy; // null where packets are copied

    /**
     * @param exact whether packets count as sent when they are due, whenever that is done
     * @param zeroCopy has the packets that were not copied into their records
     * @param reader makes what reads the records of the slots to copy into
     */
    OutputStage(
            String name,
            NanoClock clock,
            Function<Slots, DueRecords> reader,
            PacketSink sink,
            PortAddress address,
            Settlement settlement,
            LatencyRecorder lateness,
            LatencyRecorder timeInside,
            Epochs epochs,
            boolean exact,
            Optional<ZeroCopy> zeroCopy,
            int batchSize) {
        this.name = name;
        this.clock = clock;
        this.sink = sink;
        this.batch = new PacketBatch(batchSize);
        this.leastSlots = Math.min(sink.readsTags() ? LEAST_TAGGED_SLOTS : LEAST_SLOTS, batchSize);
        this.wantedSlots = leastSlots;
        MemorySegment memory = sink.memory();
        this.border = new Border(address, memory, sink.slotBytes());
        boolean forC = Border.isForC(memory, sink.memoryStays());
        this.zeroCopy = zeroCopy.orElse(null);
        this.records = reader.apply(new Slots(
                memory,
                forC,
                batch.offset,
                batch.length,
                batch.arrivalNanos,
                batch.releaseNanos,
                batch.number,
                batch.tag));
        this.ordinaryBytes = Math.min(sink.slotBytes(), sink.maxPacketBytes());
        this.settlement = settlement;
        this.lateness = lateness;
        this.timeInside = timeInside;
        this.epochs = epochs;
        this.terms = epochs.terms();
        this.exact = exact;
    }

    @Override
    public String name() {
        return name;
    }

    /** Time may have gone by since {@link #doWork} was called last. */
    void beginTurn() {
        transmitNanos = UNKNOWN;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // cheap, and what is meant
    public int doWork() {
        if (epochs.terms() != terms) {
            change(epochs.terms());
        }
        lateness.handOver();
        timeInside.handOver();
        long lastNanos = transmitNanos;
        transmitNanos = UNKNOWN;
        long next = records.nextReleaseNanos();
        long now = next == DueRecords.UNKNOWN && terms.slackNanos() == 0
                ? 0 // nobody needs it
                : lastNanos != UNKNOWN ? lastNanos : clock.nanoTime();
        int moved = 0;
        try {
            if (next <= now) {
                moved = release(now);
            }
        } catch (InternalError e) {
            throw border.memoryLost(e);
        } finally {
            settlement.publish();
            records.publish();
        }
        if (moved == 0) {
            moreDue = false;
            portFull = next <= now; // due but not moved
            nextDueNanos = portFull ? UNKNOWN : nextDue(next, now);
            sink.flush();
        }
        return moved;
    }

    private void change(Epoch.Terms next) {
        records = next.reorders() ? records.reordering() : records.ordered();
        if (next.reorders() == records.othersMayBeEarlier()) { // else again, when none is out of turn
            terms = next;
        }
    }

    @Override
    public long nextDueNanos() {
        return nextDueNanos;
    }

    /** After {@link #doWork} has returned 0: whether something would go on if the port took it. */
    boolean waitsForPort() {
        return portFull || sink.hasPending();
    }

    /** After {@link #doWork}: whether it had only slots for as many as it took. */
    boolean mayHaveMoreDue() {
        return moreDue;
    }

    /** When the next packet that is here is due, ns, or {@link #UNKNOWN}. */
    long nextEventNanos() {
        return records.nextReleaseNanos();
    }

    /** When there will be work, as far as is known: a packet that is still to come may be due before those that are here. */
    private long nextDue(long next, long now) {
        boolean othersMayBeEarlier = next == DueRecords.UNKNOWN || records.othersMayBeEarlier();
        if (!othersMayBeEarlier) {
            return next;
        }
        if (terms.slackNanos() > 0) {
            return Math.min(next, now + terms.slackNanos());
        }
        return next <= now + LOOK_NANOS && next != DueRecords.UNKNOWN ? next : UNKNOWN;
    }

    /** Copies packets that are due into slots and transmits them; returns how many packets were gone past. */
    private int release(long now) {
        int free = sink.reserve(batch, wantedSlots);
        border.reserved(batch, free, wantedSlots);
        ready = 0;
        dropped = 0;
        readyBytes = 0;
        fill(now, free);
        moreDue = ready > 0 && ready == free;
        wantedSlots = Math.min(Math.max(2 * ready, leastSlots), batch.capacity());
        if (ready > 0) {
            transmit(now);
        }
        return ready + dropped;
    }

    private void fill(long now, int slots) {
        int free = slots;
        long oldest = terms.maxLagNanos() == DirectionModels.ANY_LAG ? Long.MIN_VALUE : now - terms.maxLagNanos();
        while (true) {
            if (ready < free) {
                ready += records.copyDue(now, oldest, ordinaryBytes, ready, free);
                readyBytes += records.copiedBytes();
            }
            long next = ready + dropped < batch.capacity() ? records.nextReleaseNanos() : UNKNOWN;
            if (next > now) {
                return;
            }
            int length = records.nextLength();
            if (next < oldest) {
                drop(DropReason.LATE, length);
            } else if (length > ordinaryBytes && length > sink.maxPacketBytes()) {
                drop(DropReason.TOO_LONG, length);
            } else if (length > ordinaryBytes && ready < free && sink.enlarge(batch, ready, length)) {
                border.enlarged(batch, ready, length, free);
                free = batch.count;
                records.copyNext(ready);
                readyBytes += length;
                ready++;
            } else {
                return; // the port has no room, or the packet has come only now: it is for the next call
            }
        }
    }

    private void drop(DropReason reason, int length) {
        settlement.dropped(reason, records.nextNumber(), length, records.nextArrivalNanos());
        free(records.nextTag());
        records.skipNext();
        dropped++;
    }

    private void free(int tag) {
        if (tag > 0) {
            zeroCopy.free(tag);
        }
    }

    private void transmit(long now) {
        if (zeroCopy != null) {
            zeroCopy.place(batch, ready);
        }
        settlement.transmitted(batch, ready, readyBytes); // the sink counts those it could not send
        records.settle();
        sink.transmit(batch, ready, now);
        transmitNanos = clock.nanoTime();
        settlement.sent(batch, ready, transmitNanos, exact);
        if (exact) {
            recordExact();
            return;
        }
        lateness.recordSince(batch.releaseNanos, ready, transmitNanos);
        timeInside.recordSince(batch.arrivalNanos, ready, transmitNanos);
    }

    private void recordExact() {
        lateness.record(0, ready);
        for (int i = 0; i < ready; i++) {
            timeInside.record(batch.releaseNanos[i] - batch.arrivalNanos[i]);
        }
    }

    /** Packets that are still to be sent. After the threads have ended. */
    long countRemaining() {
        return records.countRemaining(this::free);
    }
}
