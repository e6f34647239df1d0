package io.tlem.impair;

/** What becomes of a packet. The ordinal is what records carry. */
public enum Fate {
    /** Leaves on the other port at its release time, in its place. */
    FORWARD("forwarded"),
    /** Leaves on the other port at its release time, which may be before that of a packet ahead of it; and perhaps again. */
    OVERTAKE("forwarded"),
    /** The link was down. */
    OUTAGE("outage"),
    /** Taken by the loss model. */
    LOST("loss"),
    /** The link's queue had no room for it, or its management dropped it. */
    QUEUE_OVERFLOW("queue"),
    /** More than the bandwidth model lets pass. */
    RATE_EXCEEDED("rate"),
    /** Taken by the loss model behind the link. */
    LOST_AFTER("loss-after"),
    /** Its delay would have let it overtake, see {@link Order#DROP}. */
    OUT_OF_ORDER("order");

    private final String label;

    Fate(String label) {
        this.label = label;
    }

    /** Short word for reports. */
    public String label() {
        return label;
    }

    /** Whether the packet leaves. */
    public boolean leaves() {
        return this == FORWARD || this == OVERTAKE;
    }
}
