package io.tlem.impair;

import java.util.List;

/**
 * The arguments of a model's specification, {@code kind,arg,arg}: positional, read by index from 0. Every getter
 * throws {@link SpecException} with one line when the argument is not what it should be.
 */
public final class Arguments {
    private final String kind;
    private final String usage;
    private final List<String> values;

    Arguments(String kind, String usage, List<String> values) {
        this.kind = kind;
        this.usage = usage;
        this.values = List.copyOf(values);
    }

    /** Refuses any other number of arguments. */
    public void requireCount(int count) {
        if (values.size() != count) {
            throw new SpecException("'" + kind + "' takes " + count + (count == 1 ? " argument" : " arguments")
                    + ", found " + values.size() + "; usage: " + usage);
        }
    }

    /** Number of arguments. */
    public int count() {
        return values.size();
    }

    /** Bit/s, see {@link Units#parseBandwidth}. */
    public long bandwidth(int index) {
        return Units.parseBandwidth(values.get(index));
    }

    /** Nanoseconds, see {@link Units#parseTime}. */
    public long timeNanos(int index) {
        return Units.parseTime(values.get(index));
    }

    /** Bytes, see {@link Units#parseBytes}. */
    public long bytes(int index) {
        return Units.parseBytes(values.get(index));
    }

    /** A whole number in {@code min..max}. */
    public long count(int index, long min, long max) {
        return Units.parseCount(values.get(index), min, max);
    }

    /** 0 to 1, see {@link Units#parseProbability}. */
    public double probability(int index) {
        return Units.parseProbability(values.get(index));
    }
}
