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
    long waitingNanos = Stage.UNKNOWN; // since when there has been no room for packets in the port, perhaps
    long nextDueNanos = Stage.UNKNOWN;
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
        this.epoch = epochs.latest();
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

    @SuppressWarnings("ReferenceEquality") // cheap, and what is meant
    private int receive() {
        if (decides && epochs.latest() != epoch) {
            change(epochs.latest());
        }
        int count = 0;
        if (!waits || hasRoom()) {
            if (holds) {
                batch.horizonNanos = clock.nanoTime();
            }
            count = source.receive(batch, clock);
            border.received(batch, count);
        }
        int moved = 0;
        if (count > 0 || holds) {
            long first = number;
            number += count;
            try {
                moved = intake.take(batch, count, first);
            } finally {
                publish();
                if (count > 0) {
                    source.release();
                }
            }
        }
        if (moved == 0) {
            nextDueNanos = nextDue();
        }
        return moved;
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
        long decision = intake.nextDueNanos();
        return decision == UNKNOWN ? look : Math.min(look, decision + slackNanos);
    }

    private void publish() {
        writer.publish();
        if (decides) {
            epoch.decider().publish();
        }
    }

    private void change(Epoch next) {
        Epoch before = epoch;
        epoch = next;
        intake = next.intake();
        holds = intake.holds();
        try {
            epochs.takeOver(
                    before, next, new Change(number, before.intake().holds() ? batch.horizonNanos : clock.nanoTime()));
        } finally {
            publish();
        }
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
    public boolean awaitWork(long nanos) {
        return batch.capacity() > 0 && source.await(nanos); // what it has no room for would end the wait at once
    }

    /** When something will happen here that is known of, ns, or {@link #UNKNOWN}. */
    long nextEventNanos() {
        return batch.capacity() == 0 ? UNKNOWN : Math.min(source.nextArrivalNanos(), intake.nextDueNanos());
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
