package io.tlem.report;

import io.tlem.report.Facts.DirectionFacts;
import io.tlem.stats.ReceivedTraffic;
import io.tlem.stats.SentTraffic;
import io.tlem.stats.StreamTraffic;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.Traffic;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Every number of generated and of received traffic by its name: the only list of them. */
public final class TrafficNumbers {
    /** What there are numbers of. */
    public enum Kind {
        /** Of the link alone. */
        NONE,
        /** Of what was sent. */
        SENT,
        /** Of what was received. */
        RECEIVED;

        List<String> subjects() {
            return switch (this) {
                case NONE -> List.of();
                case SENT -> List.of("sent");
                case RECEIVED -> List.of("received");
            };
        }

        boolean isSubject(String name) {
            return subjects().contains(name);
        }
    }

    /**
     * A number.
     *
     * @param name of it
     * @param quantity that it is
     * @param value it has; empty where nothing was measured
     */
    record Measure(String name, Quantity quantity, Function<Traffic, OptionalDouble> value) {}

    private record Single<T>(String name, Quantity quantity, ToDoubleFunction<T> value) {}

    private record Spread<T>(String name, Quantity quantity, Function<T, TimeDistribution> values) {}

    private static final List<Single<SentTraffic>> SENT = List.of(
            new Single<>("packets", Quantity.PACKETS, SentTraffic::packets),
            new Single<>("bytes", Quantity.BYTES, SentTraffic::bytes),
            new Single<>("refused", Quantity.PACKETS, SentTraffic::refused),
            new Single<>("seconds", Quantity.COUNT, SentTraffic::seconds),
            new Single<>("pps", Quantity.COUNT, SentTraffic::packetsPerSecond),
            new Single<>("rate", Quantity.RATE, SentTraffic::bitsPerSecond));
    private static final List<Spread<SentTraffic>> SENT_SPREADS = List.of(
            new Spread<>("lateness", Quantity.TIME, SentTraffic::lateness),
            new Spread<>("spacing-error", Quantity.TIME, SentTraffic::spacingError));

    private static final List<Single<StreamTraffic>> STREAM = List.of(
            new Single<>("packets", Quantity.PACKETS, StreamTraffic::packets),
            new Single<>("bytes", Quantity.BYTES, StreamTraffic::bytes),
            new Single<>("seconds", Quantity.COUNT, StreamTraffic::seconds),
            new Single<>("pps", Quantity.COUNT, StreamTraffic::packetsPerSecond),
            new Single<>("rate", Quantity.RATE, StreamTraffic::bitsPerSecond),
            new Single<>("missing", Quantity.PACKETS, StreamTraffic::missing),
            new Single<>("loss", Quantity.SHARE, StreamTraffic::loss),
            new Single<>("duplicates", Quantity.PACKETS, StreamTraffic::duplicates),
            new Single<>("out-of-order", Quantity.PACKETS, StreamTraffic::outOfOrder),
            new Single<>("reordering", Quantity.SHARE, StreamTraffic::reordering),
            new Single<>("jitter", Quantity.TIME, StreamTraffic::jitterNanos),
            new Single<>("restarts", Quantity.COUNT, StreamTraffic::restarts),
            new Single<>("before-sent", Quantity.PACKETS, StreamTraffic::beforeSent));
    private static final List<Spread<StreamTraffic>> STREAM_SPREADS = List.of(
            new Spread<>("delay", Quantity.TIME, StreamTraffic::delay),
            new Spread<>("variation", Quantity.TIME, StreamTraffic::variation),
            new Spread<>("extent", Quantity.COUNT, StreamTraffic::extents));
    private static final List<Single<ReceivedTraffic>> RECEIVED = List.of(
            new Single<>("foreign", Quantity.PACKETS, ReceivedTraffic::foreign),
            new Single<>("damaged", Quantity.PACKETS, ReceivedTraffic::damaged));

    private TrafficNumbers() {}

    /**
     * A number of what was sent or received, or of a stream of the latter: {@code loss}, {@code 3.loss}.
     *
     * @throws IllegalArgumentException when there is none of that name
     */
    static Measure of(String subject, String name) {
        if (subject.equals("sent")) {
            return find(SENT, SENT_SPREADS, name, Traffic::sent).orElseThrow(() -> unknown(subject, name));
        }
        int point = name.indexOf('.');
        String first = point < 0 ? name : name.substring(0, point);
        if (first.matches("[0-9]{1,5}")) {
            int stream = Integer.parseInt(first);
            String rest = point < 0 ? "" : name.substring(point + 1);
            return find(
                            STREAM,
                            STREAM_SPREADS,
                            rest,
                            traffic ->
                                    traffic.received().map(all -> all.streams().get(stream)))
                    .orElseThrow(() -> unknown(subject, rest));
        }
        return find(STREAM, STREAM_SPREADS, name, traffic -> traffic.received().map(ReceivedTraffic::all))
                .or(() -> find(RECEIVED, List.of(), name, Traffic::received))
                .orElseThrow(() -> unknown(subject, name));
    }

    private static <T> Optional<Measure> find(
            List<Single<T>> singles, List<Spread<T>> spreads, String name, Function<Traffic, Optional<T>> of) {
        Optional<Measure> single = singles.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .map(one -> new Measure(
                        name,
                        one.quantity(),
                        traffic -> of.apply(traffic)
                                .map(measured -> OptionalDouble.of(one.value().applyAsDouble(measured)))
                                .orElse(OptionalDouble.empty())));
        int point = name.indexOf('.');
        String family = point < 0 ? name : name.substring(0, point);
        return single.or(() -> spreads.stream()
                .filter(one -> one.name().equals(family))
                .findFirst()
                .flatMap(one -> Numbers.Spread.statistic(point < 0 ? "" : name.substring(point + 1))
                        .map(statistic -> new Measure(
                                name,
                                one.quantity(),
                                traffic -> of.apply(traffic)
                                        .flatMap(measured ->
                                                DirectionFacts.some(one.values().apply(measured)))
                                        .map(values -> OptionalDouble.of(statistic.applyAsDouble(values)))
                                        .orElse(OptionalDouble.empty())))));
    }

    private static List<String> names(String subject) {
        Stream<String> names = subject.equals("sent")
                ? names(SENT, SENT_SPREADS)
                : Stream.concat(names(STREAM, STREAM_SPREADS), RECEIVED.stream().map(Single::name));
        return names.toList();
    }

    private static <T> Stream<String> names(List<Single<T>> singles, List<Spread<T>> spreads) {
        return Stream.concat(
                singles.stream().map(Single::name),
                spreads.stream()
                        .flatMap(one -> Stream.concat(
                                        Stream.of("count", "min", "mean", "max"), Numbers.PERCENTILES.stream())
                                .map(statistic -> one.name() + "." + statistic)));
    }

    private static IllegalArgumentException unknown(String subject, String name) {
        String similar = Nearest.similar(name, names(subject));
        return new IllegalArgumentException(Shown.quoted(name) + " is no number of what was " + subject
                + (similar.isEmpty() ? "; such are " + String.join(", ", names(subject)) : similar));
    }

    /** All numbers that were measured, by their paths. */
    static Map<String, OptionalDouble> all(Traffic traffic) {
        Map<String, OptionalDouble> all = new TreeMap<>();
        traffic.sent().ifPresent(sent -> names("sent").forEach(name -> put(all, "sent", name, traffic)));
        traffic.received().ifPresent(received -> {
            names("received").forEach(name -> put(all, "received", name, traffic));
            received.streams()
                    .keySet()
                    .forEach(stream -> names(STREAM, STREAM_SPREADS)
                            .forEach(name -> put(all, "received", stream + "." + name, traffic)));
        });
        return all;
    }

    private static void put(Map<String, OptionalDouble> all, String subject, String name, Traffic traffic) {
        all.put(subject + "." + name, of(subject, name).value().apply(traffic));
    }
}
