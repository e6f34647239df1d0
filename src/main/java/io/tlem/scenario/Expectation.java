package io.tlem.scenario;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.spec.Place;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.Format;
import io.tlem.text.Shown;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is to be true of a direction when the link has ended.
 *
 * @param directions that it is said of
 * @param name of what is measured
 * @param measure of it
 * @param sign how it is compared
 * @param limit with what
 * @param text that limit, for people
 * @param shown makes a measured value one for people
 * @param place where it was written
 */
record Expectation(
        List<Integer> directions,
        String name,
        ToDoubleFunction<DirectionSample> measure,
        String sign,
        double limit,
        String text,
        DoubleFunction<String> shown,
        Place place) {
    private static final Pattern LIMIT = Pattern.compile("(<=|>=|<|>)\\s*(.+)");
    private static final Pattern PERCENTILE = Pattern.compile("(time|lateness)-p([0-9]{1,2}(?:\\.[0-9]{1,3})?)");
    private static final List<String> COUNTS = List.of("received", "transmitted", "duplicated");

    /** What can be measured, for messages. */
    static final String NAMES = "loss, received, transmitted, duplicated, time-pN and lateness-pN, such as time-p99";

    /**
     * Makes one of a key and its value.
     *
     * @throws SpecException when it is not acceptable
     */
    static Expectation of(List<Integer> directions, String name, String value, Place place) {
        Matcher limit = LIMIT.matcher(value.strip());
        if (!limit.matches()) {
            throw new SpecException(Shown.quoted(value) + " is no limit, such as '<2%'");
        }
        String text = limit.group(2);
        Matcher percentile = PERCENTILE.matcher(name);
        if (name.equals("loss")) {
            return new Expectation(
                    directions,
                    name,
                    Expectation::loss,
                    limit.group(1),
                    Units.parseProbability(text),
                    text,
                    share -> String.format(Locale.ROOT, "%.4g %%", share * 100),
                    place);
        }
        if (COUNTS.contains(name)) {
            return new Expectation(
                    directions,
                    name,
                    sample -> count(name, sample.total()),
                    limit.group(1),
                    Units.parseCount(text, 0, Long.MAX_VALUE),
                    text,
                    count -> Format.count((long) count),
                    place);
        }
        if (percentile.matches()) {
            double which = Double.parseDouble(percentile.group(2));
            boolean lateness = percentile.group(1).equals("lateness");
            return new Expectation(
                    directions,
                    name,
                    sample -> (lateness ? sample.lateness() : sample.timeInside()).getValueAtPercentile(which),
                    limit.group(1),
                    Units.parseTime(text),
                    text,
                    nanos -> Format.nanos(Math.round(nanos)),
                    place);
        }
        throw new SpecException("is not measured; possible are " + NAMES);
    }

    /** Of packets that came, those that did not leave. */
    private static double loss(DirectionSample sample) {
        long received = sample.total().get(Counter.RECEIVED_PACKETS);
        return received == 0 ? 0 : (double) sample.total().droppedPackets() / received;
    }

    private static double count(String name, DirectionSnapshot total) {
        return switch (name) {
            case "received" -> total.get(Counter.RECEIVED_PACKETS);
            case "transmitted" -> total.transmittedPackets();
            default -> total.get(Counter.DUPLICATED_PACKETS);
        };
    }

    /** What is not as it was to be, in a line; empty when it is. */
    Optional<String> failure(DirectionSample sample) {
        double value = measure.applyAsDouble(sample);
        boolean holds = switch (sign) {
            case "<" -> value < limit;
            case "<=" -> value <= limit;
            case ">" -> value > limit;
            default -> value >= limit;
        };
        return holds
                ? Optional.empty()
                : Optional.of(place + ": expected " + name + " " + sign + text + " of "
                        + sample.total().name() + ", found " + shown.apply(value));
    }
}
