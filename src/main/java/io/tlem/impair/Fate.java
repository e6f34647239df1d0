package io.tlem.impair;

/** What becomes of a packet. The ordinal is what records and counters carry. */
public enum Fate {
    /** Leaves on the other port at its release time. */
    FORWARD("forwarded"),
    /** Taken by the loss model. */
    LOST("loss"),
    /** The link's queue had no room for it. */
    QUEUE_OVERFLOW("queue");

    private final String label;

    Fate(String label) {
        this.label = label;
    }

    /** Short word for reports. */
    public String label() {
        return label;
    }
}
