package io.tlem.stats;

/** What a direction counts. Each has one writing stage. */
public enum Counter {
    RECEIVED_PACKETS("received", Unit.PACKETS),
    RECEIVED_BYTES("received", Unit.BYTES),
    OUTAGE_PACKETS("outage", Unit.PACKETS),
    OUTAGE_BYTES("outage", Unit.BYTES),
    LOST_PACKETS("loss", Unit.PACKETS),
    LOST_BYTES("loss", Unit.BYTES),
    QUEUE_DROPPED_PACKETS("queue", Unit.PACKETS),
    QUEUE_DROPPED_BYTES("queue", Unit.BYTES),
    RATE_EXCEEDED_PACKETS("rate", Unit.PACKETS),
    RATE_EXCEEDED_BYTES("rate", Unit.BYTES),
    LOST_AFTER_PACKETS("loss-after", Unit.PACKETS),
    LOST_AFTER_BYTES("loss-after", Unit.BYTES),
    OUT_OF_ORDER_PACKETS("order", Unit.PACKETS),
    OUT_OF_ORDER_BYTES("order", Unit.BYTES),
    DUPLICATED_PACKETS("duplicated", Unit.PACKETS),
    DUPLICATED_BYTES("duplicated", Unit.BYTES),
    EXEMPT_PACKETS("exempt", Unit.PACKETS),
    EXEMPT_BYTES("exempt", Unit.BYTES),
    BUFFER_DROPPED_PACKETS("buffer", Unit.PACKETS),
    BUFFER_DROPPED_BYTES("buffer", Unit.BYTES),
    TOO_LONG_PACKETS("too-long", Unit.PACKETS),
    TOO_LONG_BYTES("too-long", Unit.BYTES),
    LATE_PACKETS("late", Unit.PACKETS),
    LATE_BYTES("late", Unit.BYTES),
    TRANSMITTED_PACKETS("transmitted", Unit.PACKETS),
    TRANSMITTED_BYTES("transmitted", Unit.BYTES),
    QUEUE_HIGH_WATER_BYTES("queue-high-water", Unit.BYTES),
    QUEUE_HIGH_WATER_PACKETS("queue-high-water", Unit.PACKETS);

    /** What a counter counts. */
    public enum Unit {
        PACKETS,
        BYTES
    }

    private final String label;
    private final Unit unit;

    Counter(String label, Unit unit) {
        this.label = label;
        this.unit = unit;
    }

    /** Short word for reports; the same for the packets and the bytes of one thing. */
    public String label() {
        return label;
    }

    /** What it counts. */
    public Unit unit() {
        return unit;
    }

    /** Whether it is the largest value seen, rather than a sum. */
    public boolean isHighWaterMark() {
        return this == QUEUE_HIGH_WATER_BYTES || this == QUEUE_HIGH_WATER_PACKETS;
    }
}
