package io.tlem.impair;

import io.tlem.stats.DropReason;

/** What the models say becomes of a packet. */
public enum Fate {
    /** Leaves on the other port at its release time, in its place. */
    FORWARD(null),
    /** Leaves on the other port at its release time, which may be before that of a packet ahead of it; and perhaps again. */
    OVERTAKE(null),
    /** The link was down. */
    OUTAGE(DropReason.OUTAGE),
    /** Taken by the loss model. */
    LOST(DropReason.LOSS),
    /** The link's queue had no room for it. */
    QUEUE_OVERFLOW(DropReason.QUEUE),
    /** The queue's management dropped it. */
    QUEUE_MANAGEMENT(DropReason.AQM),
    /** More than the bandwidth model lets pass. */
    RATE_EXCEEDED(DropReason.RATE),
    /** Taken by the loss model behind the link. */
    LOST_AFTER(DropReason.LOSS_AFTER),
    /** Its delay would have let it overtake, see {@link Order#DROP}. */
    OUT_OF_ORDER(DropReason.ORDER);

    private final DropReason reason;

    Fate(DropReason reason) {
        this.reason = reason;
    }

    /** Why it does not leave; null when it leaves. */
    public DropReason reason() {
        return reason;
    }

    /** Whether the packet leaves. */
    public boolean leaves() {
        return reason == null;
    }
}
