package io.tlem.stats;

/** What a direction counts besides the packets that it drops, see {@link DropReason}: sums first, then levels. */
public enum Counter {
    RECEIVED_PACKETS("received", Unit.PACKETS, "Packets that the emulator received from the port."),
    RECEIVED_BYTES("received", Unit.BYTES, "Bytes of the packets received."),
    DUPLICATED_PACKETS("duplicated", Unit.PACKETS, "Copies that the duplicate model made."),
    DUPLICATED_BYTES("duplicated", Unit.BYTES, "Bytes of the copies made."),
    EXEMPT_PACKETS("exempt", Unit.PACKETS, "Packets that left at once, without the models."),
    EXEMPT_BYTES("exempt", Unit.BYTES, "Bytes of the packets that left without the models."),
    MARKED_PACKETS("marked", Unit.PACKETS, "Packets that the management of the queue marked instead of dropping them."),
    TRANSMITTED_PACKETS("transmitted", Unit.PACKETS, "Packets that the other port took."),
    TRANSMITTED_BYTES("transmitted", Unit.BYTES, "Bytes of the packets that the other port took."),
    /** In which there was no room for packets that waited in the port. */
    WAITED_NANOS("waited", Unit.NANOS, "Time in which the buffer had no room for packets that waited in the port."),
    QUEUE_HIGH_WATER_BYTES("queue-high-water", Unit.BYTES, "Longest that the queue of the link has been, in bytes."),
    QUEUE_HIGH_WATER_PACKETS(
            "queue-high-water", Unit.PACKETS, "Longest that the queue of the link has been, in packets."),
    HELD_PACKETS("held", Unit.PACKETS, "Packets that wait in the queue now and are not decided about."),
    BUFFERED_PACKETS("buffered", Unit.PACKETS, "Packets in the packet buffer now."),
    BUFFERED_BYTES("buffered", Unit.BYTES, "Memory of the packet buffer in use now.");

    /** What a counter counts. */
    public enum Unit {
        PACKETS,
        BYTES,
        NANOS
    }

    private final String label;
    private final Unit unit;
    private final String meaning;

    Counter(String label, Unit unit, String meaning) {
        this.label = label;
        this.unit = unit;
        this.meaning = meaning;
    }

    /** A sentence that says what it counts. */
    public String meaning() {
        return meaning;
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
