package io.tlem.report;

import io.tlem.report.Facts.DirectionFacts;
import io.tlem.report.Finding.Verdict;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.LinkTimes;
import io.tlem.stats.StageTimes;
import io.tlem.stats.TimeDistribution;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Every number of a report by its name: the only list of them, from which data and assertions follow. */
final class Numbers {
    /** Percentiles that data has; assertions may name any. */
    static final List<String> PERCENTILES = List.of("p1", "p5", "p50", "p90", "p99", "p99.9", "p99.99");

    private static final Pattern PERCENTILE = Pattern.compile("p([0-9]{1,2}(?:\\.[0-9]{1,4})?|100)");

    /**
     * A number of a direction, or a family of them.
     *
     * @param name of it
     * @param quantity that it is
     * @param meaning for people
     * @param value it has; empty where nothing was measured
     */
    record Measure(String name, Quantity quantity, String meaning, Function<DirectionFacts, OptionalDouble> value) {}

    /**
     * Values of which {@code min}, {@code mean}, percentiles and {@code max} are numbers.
     *
     * @param name before the point
     * @param quantity that they are
     * @param meaning for people
     * @param values empty where there are none
     */
    record Spread(
            String name,
            Quantity quantity,
            String meaning,
            Function<DirectionFacts, Optional<TimeDistribution>> values) {
        /** One of its numbers; empty where there is none of that name. */
        Optional<Measure> find(String statistic) {
            Optional<ToDoubleFunction<TimeDistribution>> of = statistic(statistic);
            return of.map(value -> new Measure(
                    name + "." + statistic,
                    quantity,
                    meaning,
                    facts -> values.apply(facts)
                            .map(all -> OptionalDouble.of(value.applyAsDouble(all)))
                            .orElse(OptionalDouble.empty())));
        }

        static Optional<ToDoubleFunction<TimeDistribution>> statistic(String name) {
            Matcher percentile = PERCENTILE.matcher(name);
            if (percentile.matches()) {
                double which = Double.parseDouble(percentile.group(1));
                return Optional.of(values -> values.getValueAtPercentile(which));
            }
            return switch (name) {
                case "min" -> Optional.of(TimeDistribution::getMinValue);
                case "mean" -> Optional.of(TimeDistribution::getMean);
                case "max" -> Optional.of(TimeDistribution::getMaxValue);
                case "count" -> Optional.of(TimeDistribution::getTotalCount);
                default -> Optional.empty();
            };
        }

        /** Its numbers in data. */
        Stream<Measure> listed() {
            return Stream.concat(Stream.of("count", "min", "mean", "max"), PERCENTILES.stream())
                    .map(statistic -> find(statistic).orElseThrow());
        }
    }

    private Numbers() {}

    private static final List<Measure> SINGLE = single();

    private static final List<Spread> SPREADS = List.of(
            new Spread(
                    "lateness",
                    Quantity.TIME,
                    "when a packet was handed to the port, minus when it was due",
                    facts -> DirectionFacts.some(facts.total().lateness())),
            new Spread(
                    "time",
                    Quantity.TIME,
                    "in the emulator: when a packet was handed to the port, minus when it arrived",
                    facts -> DirectionFacts.some(facts.total().timeInside())),
            new Spread(
                    "gap",
                    Quantity.TIME,
                    "from one packet that leaves to the next",
                    facts -> DirectionFacts.some(TimeDistribution.of(facts.departures().gaps))),
            new Spread(
                    "rate-1ms",
                    Quantity.RATE,
                    "at which packets left, in windows of 1 ms",
                    facts -> DirectionFacts.some(
                            facts.departures().perMillisecond.rates())),
            new Spread(
                    "rate-10ms",
                    Quantity.RATE,
                    "the same in windows of 10 ms",
                    facts -> DirectionFacts.some(
                            facts.departures().per10Milliseconds.rates())),
            new Spread(
                    "rate-1s",
                    Quantity.RATE,
                    "the same in windows of 1 s",
                    facts -> DirectionFacts.some(facts.departures().perSecond.rates())),
            new Spread(
                    "hiccup",
                    Quantity.TIME,
                    "how late the machine woke up a thread that only slept",
                    facts -> DirectionFacts.some(facts.hiccups())));

    private static List<Measure> single() {
        List<Measure> all = new ArrayList<>();
        all.add(number("seconds", Quantity.COUNT, "for which the link ran", DirectionFacts::seconds));
        for (Counter counter : Counter.values()) {
            all.add(number(
                    name(counter),
                    quantity(counter),
                    meaning(counter),
                    facts -> facts.total().total().get(counter)));
        }
        all.add(number(
                "dropped.packets",
                Quantity.PACKETS,
                "that did not leave, for whatever reason",
                facts -> facts.total().total().droppedPackets()));
        for (DropReason reason : DropReason.values()) {
            all.add(number(
                    "dropped." + reason.label(),
                    Quantity.PACKETS,
                    "that did not leave for that reason",
                    facts -> facts.total().total().dropped(reason).packets()));
        }
        all.add(new Measure(
                "loss",
                Quantity.SHARE,
                "of the packets that came, those that did not leave",
                facts -> share(
                        facts.total().total().droppedPackets(), facts.total().total())));
        all.add(number(
                "missed.packets",
                Quantity.PACKETS,
                "that the port lost before the emulator received them",
                facts -> facts.total().total().missedPackets()));
        all.add(new Measure(
                "unaccounted.packets",
                Quantity.PACKETS,
                "of which nobody knows what became of them",
                facts -> facts.total().stillInside() < 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of((double)
                                facts.total().total().unaccounted(facts.total().stillInside()))));
        all.add(new Measure(
                "loss-run.mean",
                Quantity.COUNT,
                "packets that the loss model took in a row, on average",
                facts -> facts.losses().runs() == 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(facts.losses().meanLength())));
        all.add(number(
                "loss-run.max",
                Quantity.COUNT,
                "the most in a row",
                facts -> facts.losses().longest()));
        all.add(number(
                "out-of-order.packets",
                Quantity.PACKETS,
                "that left behind one that had come later",
                facts -> facts.departures().outOfOrder));
        for (Verdict verdict : Verdict.values()) {
            all.add(number(
                    "models."
                            + verdict.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    Quantity.COUNT,
                    "requested properties of which the report says so",
                    facts -> facts.findings().stream()
                            .filter(finding -> finding.verdict() == verdict)
                            .count()));
        }
        all.add(number(
                "received.rate",
                Quantity.RATE,
                "on average",
                facts -> facts.total().total().get(Counter.RECEIVED_BYTES) * 8 / facts.seconds()));
        all.add(number(
                "transmitted.rate",
                Quantity.RATE,
                "on average",
                facts -> facts.total().total().get(Counter.TRANSMITTED_BYTES) * 8 / facts.seconds()));
        part(
                all,
                "queue",
                "from a packet's arrival until its first bit entered the link",
                LinkTimes::meanQueueNanos,
                LinkTimes::longestQueueNanos);
        part(
                all,
                "serialisation",
                "from then until its last bit left the link",
                LinkTimes::meanSerialisationNanos,
                LinkTimes::longestSerialisationNanos);
        part(all, "delay", "from then until it was due", LinkTimes::meanDelayNanos, LinkTimes::longestDelayNanos);
        all.add(new Measure(
                "stall.max",
                Quantity.TIME,
                "longest time for which a thread of the link was held up",
                facts -> stages(facts, StageTimes::longestStallNanos).max()));
        all.add(number(
                "stall.count",
                Quantity.COUNT,
                "how often one was, for a millisecond or more",
                facts -> stages(facts, StageTimes::stalls).sum()));
        return List.copyOf(all);
    }

    private static java.util.stream.DoubleStream stages(DirectionFacts facts, ToDoubleFunction<StageTimes> of) {
        return facts.total().stages().stream().mapToDouble(of);
    }

    private static void part(
            List<Measure> all,
            String name,
            String meaning,
            ToDoubleFunction<LinkTimes> mean,
            ToDoubleFunction<LinkTimes> longest) {
        all.add(new Measure(name + ".mean", Quantity.TIME, meaning, facts -> of(facts, mean)));
        all.add(new Measure(name + ".max", Quantity.TIME, meaning, facts -> of(facts, longest)));
    }

    private static OptionalDouble of(DirectionFacts facts, ToDoubleFunction<LinkTimes> value) {
        LinkTimes times = facts.total().linkTimes();
        return times.packets() == 0 ? OptionalDouble.empty() : OptionalDouble.of(value.applyAsDouble(times));
    }

    private static OptionalDouble share(long packets, DirectionSnapshot total) {
        long received = total.get(Counter.RECEIVED_PACKETS);
        return received == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) packets / received);
    }

    private static Measure number(
            String name, Quantity quantity, String meaning, ToDoubleFunction<DirectionFacts> value) {
        return new Measure(name, quantity, meaning, facts -> OptionalDouble.of(value.applyAsDouble(facts)));
    }

    private static String name(Counter counter) {
        return counter.label() + "."
                + (counter.unit() == Counter.Unit.NANOS
                        ? "time"
                        : quantity(counter).label());
    }

    private static Quantity quantity(Counter counter) {
        return switch (counter.unit()) {
            case PACKETS -> Quantity.PACKETS;
            case BYTES -> Quantity.BYTES;
            case NANOS -> Quantity.TIME;
        };
    }

    private static String meaning(Counter counter) {
        return counter.isSum() ? "as the text report counts them" : "at the end, or at most";
    }

    /** Every number that data has, by name. */
    static List<Measure> listed() {
        return Stream.concat(SINGLE.stream(), SPREADS.stream().flatMap(Spread::listed))
                .toList();
    }

    /** For people: the names that there are, families as {@code lateness.pN}, with what they mean. */
    static Map<String, String> described() {
        Map<String, String> all = new LinkedHashMap<>();
        SINGLE.forEach(one -> all.put(one.name(), one.meaning()));
        SPREADS.forEach(one -> all.put(one.name(), one.meaning()));
        return all;
    }

    /**
     * A number of a direction.
     *
     * @throws IllegalArgumentException when there is none of that name, with the one most like it
     */
    static Measure of(String name) {
        Optional<Measure> single =
                SINGLE.stream().filter(one -> one.name().equals(name)).findFirst();
        int point = name.indexOf('.');
        String family = point < 0 ? name : name.substring(0, point);
        Optional<Spread> spread =
                SPREADS.stream().filter(one -> one.name().equals(family)).findFirst();
        return single.or(() -> spread.flatMap(one -> one.find(point < 0 ? "" : name.substring(point + 1))))
                .orElseThrow(() -> unknown(name, family, spread.isPresent()));
    }

    private static IllegalArgumentException unknown(String name, String family, boolean spread) {
        if (spread) {
            return new IllegalArgumentException(Shown.quoted(name) + " is no number of a report; of " + family
                    + " there are min, mean, max, count and percentiles such as " + family + ".p99 and " + family
                    + ".p99.9");
        }
        List<String> names = listed().stream().map(Measure::name).toList();
        String similar = Nearest.similar(name, names);
        return new IllegalArgumentException(Shown.quoted(name) + " is no number of a report"
                + (similar.isEmpty()
                        ? "; such are " + String.join(", ", described().keySet())
                        : similar));
    }
}
