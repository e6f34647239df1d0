package io.tlem.stats;

/** Why a packet does not leave, in the order in which a packet meets the reasons. Counters and reports follow from this list. */
public enum DropReason {
    /** There was no room for it in the shared buffer. */
    BUFFER("buffer"),
    /** By the filter, see {@code --filter}. */
    FILTER("filter"),
    /** The link was down. */
    OUTAGE("outage"),
    /** Taken by the loss model. */
    LOSS("loss"),
    /** The link's queue had no room for it. */
    QUEUE("queue"),
    /** The queue's management dropped it, though there was room. */
    AQM("aqm"),
    /** More than the bandwidth model lets pass. */
    RATE("rate"),
    /** Taken by the loss model behind the link. */
    LOSS_AFTER("loss-after"),
    /** Its delay would have let it overtake. */
    ORDER("order"),
    /** It could be sent only later than the maximum lag allows. */
    LATE("late"),
    /** Longer than the port that it was to leave by can send. */
    TOO_LONG("too-long"),
    /** Refused by the port that it was to leave by. */
    PORT("port");

    private final String label;

    DropReason(String label) {
        this.label = label;
    }

    /** Short word for reports. */
    public String label() {
        return label;
    }
}
