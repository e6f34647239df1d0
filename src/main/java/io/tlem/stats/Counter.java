package io.tlem.stats;

/** What a direction counts besides the packets that it drops, see {@link DropReason}: sums first, then levels. */
public enum Counter {
    RECEIVED_PACKETS("received", Unit.PACKETS),
    RECEIVED_BYTES("received", Unit.BYTES),
    DUPLICATED_PACKETS("duplicated", Unit.PACKETS),
    DUPLICATED_BYTES("duplicated", Unit.BYTES),
    EXEMPT_PACKETS("exempt", Unit.PACKETS),
    EXEMPT_BYTES("exempt", Unit.BYTES),
    MARKED_PACKETS("marked", Unit.PACKETS),
    TRANSMITTED_PACKETS("transmitted", Unit.PACKETS),
    TRANSMITTED_BYTES("transmitted", Unit.BYTES),
    /** In which there was no room for packets that waited in the port. */
    WAITED_NANOS("waited", Unit.NANOS),
    QUEUE_HIGH_WATER_BYTES("queue-high-water", Unit.BYTES),
    QUEUE_HIGH_WATER_PACKETS("queue-high-water", Unit.PACKETS),
    HELD_PACKETS("held", Unit.PACKETS),
    BUFFERED_PACKETS("buffered", Unit.PACKETS),
    BUFFERED_BYTES("buffered", Unit.BYTES);

    /** What a counter counts. */
    public enum Unit {
        PACKETS,
        BYTES,
        NANOS
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

    /** Whether it is a sum, rather than a level: how much there is now, or was at most. */
    public boolean isSum() {
        return compareTo(QUEUE_HIGH_WATER_BYTES) < 0;
    }
}
