package io.tlem.stats;

/** What was dropped for one reason. */
public record Drops(long packets, long bytes) {
    /** None. */
    public static final Drops NONE = new Drops(0, 0);

    /** Both together. */
    public Drops plus(Drops other) {
        return new Drops(packets + other.packets, bytes + other.bytes);
    }

    /** These without the others. */
    public Drops minus(Drops other) {
        return new Drops(packets - other.packets, bytes - other.bytes);
    }
}
