package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.SharedBuffer;
import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;

/** What an {@link InputStage} changes all the time. */
abstract class InputProgress extends ThreadOwned {
    Epoch epoch;
    Intake intake;
    boolean holds;
    long number; // of the next packet
    long lastArrivalNanos = Long.MIN_VALUE; // of what has been decided
    long waitingNanos = Stage.UNKNOWN; // since when there has been no room for packets in the port, perhaps
    long nextDueNanos = Stage.UNKNOWN;
    volatile long firstArrivalNanos = Stage.UNKNOWN; // written once
}

/** Receives packets, numbers them and hands them to the {@link Intake} of the models in force. */
final class InputStage extends InputProgress implements Stage {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private final String name;
    private final NanoClock clock;
    private final PacketSource source;
    private final Border border;
    private final RecordWriter writer;
    private final Epochs epochs;
    private final boolean decides; // not another stage
    private final boolean keepsArrivalTimes;
    private final boolean waits;
    private final Settlement settlement;
    private final int batchSize;
    private final int longestStride;
    private final int leastRoom; // few packets at a time cost more than they bring
    private final long mostKeptBytes;
    private final PacketBatch batch;

    /**
     * @param intake what becomes of packets where another stage decides; null where this one does
     * @param waits whether packets stay in the port while the buffer has no room for them
     */
    InputStage(
            String name,
            NanoClock clock,
            PacketSource source,
            Border border,
            RecordWriter writer,
            Epochs epochs,
            Intake intake,
            boolean waits,
            Settlement settlement,
            SharedBuffer buffer,
            int batchSize) {
        this.name = name;
        this.clock = clock;
        this.source = source;
        this.border = border;
        this.writer = writer;
        this.epochs = epochs;
        this.epoch = epochs.last();
        this.decides = intake == null;
        this.intake = decides ? epoch.intake() : intake;
        this.holds = this.intake.holds();
        this.keepsArrivalTimes = source.keepsArrivalTimes();
        this.waits = waits;
        this.settlement = settlement;
        this.batchSize = batchSize;
        // An empty buffer always has room, whatever its size: else nothing would ever go on.
        this.longestStride = (int) Math.min(PacketRecord.strideOf(source.maxPacketBytes()), buffer.capacityBytes() / 8);
        this.leastRoom = Math.clamp(buffer.capacityBytes() / longestStride / 8, 1, Math.ceilDiv(batchSize, 4));
        this.mostKeptBytes = buffer.capacityBytes() - (leastRoom + 2L) * longestStride;
        this.batch = new PacketBatch(batchSize);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void begin() {
        if (!waits || !source.senderWaits()) { // else what came before waits as well
            source.begin(clock);
        }
    }

    @Override
    public int doWork() {
        try {
            return receive();
        } catch (InternalError e) {
            throw border.memoryLost(e);
        }
    }

    private int receive() {
        Epoch next = decides ? epoch.next() : null;
        if (next != null && next.isAtOnce()) {
            boolean ignored = change(next, holds ? batch.horizonNanos : clock.nanoTime());
            next = epoch.next();
        }
        boolean looksAtTime = holds || next != null || (!decides && epochs.isTimed());
        int count = 0;
        if (!waits || hasRoom()) {
            if (looksAtTime) {
                batch.horizonNanos = clock.nanoTime();
            }
            batch.lengthsSuffice = next == null && intake.lengthsSuffice();
            count = source.receive(batch, clock);
            border.received(batch, count);
        }
        int moved = 0;
        if (count > 0 || looksAtTime) {
            long first = number;
            number += count;
            if (first == 0 && count > 0) {
                firstArrivalNanos = batch.arrivalNanos[0];
            }
            if (count > 0) {
                settlement.arrived(source.memory(), batch, count, first);
            }
            long lastArrival = count > 0 ? batch.arrivalNanos[count - 1] : lastArrivalNanos;
            try {
                moved = next == null ? take(count, first) : takeAcross(next, count, first);
            } finally {
                settlement.taken();
                publish();
                if (count > 0) {
                    source.release();
                }
            }
            lastArrivalNanos = lastArrival;
            if (!decides && looksAtTime) {
                epochs.setArrivedUpTo(batch.horizonNanos);
            }
        }
        if (moved == 0) {
            nextDueNanos = nextDue();
        }
        return moved;
    }

    private int take(int count, long first) {
        long horizon = batch.horizonNanos;
        if (holds && !epochs.isTimed() && source.exhausted()) {
            batch.horizonNanos = Long.MAX_VALUE; // nobody comes any more, and the models stay
        }
        try {
            return intake.take(batch, count, first);
        } finally {
            batch.horizonNanos = horizon;
        }
    }

    /** As {@link Intake#take}, of a batch during which the models may change: each packet meets those of its arrival. */
    private int takeAcross(Epoch following, int received, long firstNumber) {
        long horizon = batch.horizonNanos;
        Epoch next = following;
        int count = received;
        long first = firstNumber;
        int moved = 0;
        while (next != null && !next.isAtOnce() && (next.fromNanos() <= horizon || hasCome(next.fromNanos(), count))) {
            int before = 0;
            while (before < count && batch.arrivalNanos[before] < next.fromNanos()) {
                before++;
            }
            batch.horizonNanos = Math.min(horizon, next.fromNanos());
            moved += intake.take(batch, before, first);
            first += before;
            count -= before;
            moveUp(before, count);
            number = first;
            boolean changed = change(next, Math.max(next.fromNanos(), lastArrivalNanos));
            number = firstNumber + received;
            next = changed ? epoch.next() : null; // what is to come in its place is not known yet
        }
        batch.horizonNanos = horizon;
        return moved + intake.take(batch, count, first);
    }

    /** Packets at the head of the batch are done with: those behind take their places. */
    private void moveUp(int done, int count) {
        if (done > 0) {
            System.arraycopy(batch.offset, done, batch.offset, 0, count);
            System.arraycopy(batch.length, done, batch.length, 0, count);
            System.arraycopy(batch.tag, done, batch.tag, 0, count);
            System.arraycopy(batch.place, done, batch.place, 0, count);
            System.arraycopy(batch.arrivalNanos, done, batch.arrivalNanos, 0, count);
        }
    }

    private boolean hasCome(long nanos, int count) {
        return count > 0 && batch.arrivalNanos[count - 1] >= nanos;
    }

    /**
     * Whether there is room for packets; the batch is made as small as it has to be. How long packets are left in the port is
     * counted here: while as many came as there was room for, more may wait.
     */
    private boolean hasRoom() {
        boolean full = batch.count == batch.capacity() && batch.capacity() < batchSize;
        int room = writer.room(Math.min(intake.heldBytes(), mostKeptBytes), longestStride, batchSize);
        room = room < leastRoom ? 0 : room;
        batch.setCapacity(room);
        if (full || room == 0) {
            countWait();
        } else {
            waitingNanos = UNKNOWN;
        }
        if (room == 0) {
            batch.count = 0;
        }
        return room > 0;
    }

    private void countWait() {
        long now = clock.nanoTime();
        if (waitingNanos != UNKNOWN) {
            settlement.waited(now - waitingNanos);
        }
        waitingNanos = now;
    }

    private long nextDue() {
        long slackNanos = epochs.terms().slackNanos();
        long arrival = source.nextArrivalNanos();
        long look = arrival == PacketSource.UNKNOWN && keepsArrivalTimes && slackNanos > 0
                ? clock.nanoTime() + slackNanos
                : arrival;
        long decision = nextDecisionNanos();
        return decision == UNKNOWN ? look : Math.min(look, decision + slackNanos);
    }

    private void publish() {
        if (decides) {
            epoch.decider().publish();
        } else {
            settlement.publish();
        }
        writer.publish();
    }

    /**
     * Lets other models take over.
     *
     * @param nanos from which on they hold
     * @return false when they have been revoked
     */
    private boolean change(Epoch next, long nanos) {
        try {
            if (!epochs.takeOver(epoch, next, new Change(number, nanos))) {
                return false;
            }
            epoch = next;
            intake = next.intake();
            holds = intake.holds();
            return true;
        } finally {
            publish();
        }
    }

    /** When something is decided about packets that wait: when their turn comes, or other models do. */
    private long nextDecisionNanos() {
        long turn = intake.nextDueNanos();
        Epoch next = decides && turn != UNKNOWN ? epoch.next() : null;
        return next == null ? turn : Math.min(turn, next.fromNanos());
    }

    @Override
    public long nextDueNanos() {
        return nextDueNanos;
    }

    @Override
    public boolean mayComeSooner() {
        return nextDueNanos == UNKNOWN;
    }

    @Override
    public boolean mayGather() {
        return keepsArrivalTimes && !source.senderWaits(); // a generator and a replay are to be on time themselves
    }

    /** After {@link #doWork}: whether as many packets were there as it takes at a time. */
    boolean mayHaveMore() {
        return batch.count == batch.capacity();
    }

    @Override
    public boolean awaitWork(long nanos) {
        return batch.capacity() > 0 && source.await(nanos); // what it has no room for would end the wait at once
    }

    /** When the first packet came, ns, or {@link #UNKNOWN}. Any thread. */
    long firstArrivalNanos() {
        return firstArrivalNanos;
    }

    /** When something will happen here that is known of, ns, or {@link #UNKNOWN}. */
    long nextEventNanos() {
        return batch.capacity() == 0 ? UNKNOWN : Math.min(source.nextArrivalNanos(), nextDecisionNanos());
    }

    /** Nobody arrives any more, so what becomes of those that wait is known. */
    @Override
    public void end() {
        intake.finish();
        publish();
    }

    /** Packets that wait to be decided about. After the threads have ended. */
    long countRemaining() {
        return intake.held();
    }
}
