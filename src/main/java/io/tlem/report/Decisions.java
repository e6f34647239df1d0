package io.tlem.report;

import io.tlem.impair.Role;
import io.tlem.stats.DropReason;
import java.util.Map;

/**
 * What models have decided while the same ones were in force, which is little enough to be kept for each such time. Used by
 * the thread that decides, and read when it has ended.
 */
final class Decisions {
    /** Packets of up to this length are counted by length. */
    static final int LONGEST = 2048;

    final Map<Role, String> models;
    final boolean single; // not of several sets of models, of which nothing can be said
    final Runs outage = new Runs();
    final Runs loss = new Runs();
    final Runs lossAfter = new Runs();
    final DelaySample delays = new DelaySample();
    final long[] lengths =
            new long[LONGEST + 2]; // of the packets that the loss model has met; the last one is of longer ones
    long firstNanos = Long.MAX_VALUE;
    long lastNanos = Long.MIN_VALUE;
    long met;
    long left;
    long queueDrops; // the queue's limit
    long otherDrops; // of queue management, rate, order
    long twice;
    long changed; // packets whose bytes are others
    long shortened;
    long heldBehind; // packets that waited, behind the link, for one with the delay that was in force before
    long displaced; // packets that waited for one ahead, behind the link
    long busyNanos; // of the link
    double busyBytes; // that it has sent meanwhile
    long busyPackets;
    long busyRuns; // without a pause

    Decisions(Map<Role, String> models, boolean single) {
        this.models = models;
        this.single = single;
    }

    /** A packet does not leave. */
    void dropped(DropReason reason, long number, int length) {
        met++;
        if (reason == DropReason.OUTAGE) {
            outage.take(number);
            return;
        }
        lengths[Math.min(length, LONGEST + 1)]++;
        switch (reason) {
            case LOSS -> loss.take(number);
            case LOSS_AFTER -> lossAfter.take(number);
            case QUEUE -> queueDrops++;
            default -> otherDrops++;
        }
    }

    /** As of one set of models, of which a role's stays the same. */
    void add(Decisions other) {
        firstNanos = Math.min(firstNanos, other.firstNanos);
        lastNanos = Math.max(lastNanos, other.lastNanos);
        outage.add(other.outage);
        loss.add(other.loss);
        lossAfter.add(other.lossAfter);
        for (long delay : other.delays.kept()) {
            delays.add(delay);
        }
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] += other.lengths[i];
        }
        met += other.met;
        left += other.left;
        queueDrops += other.queueDrops;
        otherDrops += other.otherDrops;
        twice += other.twice;
        changed += other.changed;
        shortened += other.shortened;
        heldBehind += other.heldBehind;
        displaced += other.displaced;
        busyNanos += other.busyNanos;
        busyBytes += other.busyBytes;
        busyPackets += other.busyPackets;
        busyRuns += other.busyRuns;
    }
}
