package io.tlem.ledger;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.text.Shown;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which rows of a ledger somebody wants. Immutable. */
public final class RowFilter {
    /** What can be said of them. */
    public static final List<String> KEYS = List.of("from", "until", "fate", "flow", "number", "way", "epoch");

    private static final Pattern NUMBERS = Pattern.compile("([0-9]{1,18})(-([0-9]{1,18})?)?");
    private static final List<String> WAYS = List.of("a-to-b", "b-to-a");

    private final Function<String, Optional<String>> given;
    private final String mark;
    private final long fromNanos;
    private final long untilNanos;
    private final LongPredicate numbers;
    private final Optional<String> fate;
    private final Optional<String> flow;
    private final Optional<Integer> direction;
    private final Optional<Long> epoch;

    /**
     * Takes what is said.
     *
     * @param given the value of a key
     * @param mark that stands before the keys, for messages
     * @throws IllegalArgumentException with one line, when a value is not acceptable
     */
    public RowFilter(Function<String, Optional<String>> given, String mark) {
        this.given = given;
        this.mark = mark;
        this.fromNanos = time("from").orElse(Long.MIN_VALUE);
        this.untilNanos = time("until").orElse(Long.MAX_VALUE);
        if (untilNanos < fromNanos) {
            throw wrong("until", given.apply("until").orElseThrow(), "is before " + mark + "from");
        }
        this.numbers = numbers();
        this.fate = given.apply("fate");
        if (fate.isPresent() && !Row.fates().contains(fate.get())) {
            throw wrong("fate", fate.get(), "is none of " + String.join(", ", Row.fates()));
        }
        this.flow = given.apply("flow");
        Optional<String> way = given.apply("way");
        if (way.isPresent() && !WAYS.contains(way.get())) {
            throw wrong("way", way.get(), "is no direction; it is a-to-b or b-to-a");
        }
        this.direction = way.map(WAYS::indexOf);
        this.epoch = given.apply("epoch").map(this::epoch);
    }

    private IllegalArgumentException wrong(String key, String found, String what) {
        return new IllegalArgumentException(mark + key + " " + Shown.quoted(found) + " " + what);
    }

    private Optional<Long> time(String key) {
        try {
            return given.apply(key).map(Units::parseMoment);
        } catch (SpecException e) {
            throw new IllegalArgumentException(mark + key + " " + e.getMessage(), e);
        }
    }

    private long epoch(String text) {
        try {
            return Units.parseCount(text, 0, Integer.MAX_VALUE);
        } catch (SpecException e) {
            throw new IllegalArgumentException(mark + "epoch " + e.getMessage(), e);
        }
    }

    private LongPredicate numbers() {
        Optional<String> text = given.apply("number");
        if (text.isEmpty()) {
            return number -> true;
        }
        Matcher matcher = NUMBERS.matcher(text.get());
        if (!matcher.matches()) {
            throw wrong("number", text.get(), "is no number of a packet, N-M or N-");
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2) == null
                ? first
                : matcher.group(3) == null ? Long.MAX_VALUE : Long.parseLong(matcher.group(3));
        if (last < first) {
            throw wrong("number", text.get(), "ends before it begins");
        }
        return number -> number >= first && number <= last;
    }

    /** Packets arrive then or later, ns since the ledger's beginning. */
    public long fromNanos() {
        return fromNanos;
    }

    /** Packets arrive before. */
    public long untilNanos() {
        return untilNanos;
    }

    /** Whether a row is one of them. */
    public boolean has(Row row) {
        return row.arrivalNanos() >= fromNanos
                && row.arrivalNanos() < untilNanos
                && numbers.test(row.number())
                && (direction.isEmpty() || row.direction() == direction.get())
                && (epoch.isEmpty() || row.epoch() == epoch.get())
                && (fate.isEmpty()
                        || row.fate().label().equals(fate.get())
                        || row.reason().equals(fate.get()))
                && (flow.isEmpty() || row.flow().contains(flow.get()));
    }
}
