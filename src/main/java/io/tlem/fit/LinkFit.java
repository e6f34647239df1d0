package io.tlem.fit;

import io.tlem.impair.Role;
import io.tlem.stats.Format;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a link does to packets, found of packets that went through it. Immutable. */
final class LinkFit {
    private static final long LARGEST_DELAY_NANOS = 3_600_000_000_000L;
    private static final int TABLE_ENTRIES = 4096;
    private static final long LEAST_QUEUE_BYTES = 50_000;

    private final Passage passage; // by the first capture's clock
    private final ClockLine clock;
    private final long offsetNanos;
    private final RateFit rate;
    private final Optional<QueueFit> queue;
    private final LossSequence sequence = new LossSequence();
    private final List<LossFit> losses;
    private final OrderFit order;
    private final DelayFit delay;
    private final Estimate duplicates;
    private final long behindNanos;

    /**
     * Finds it.
     *
     * @param raw as captured
     * @param baseDelay the least delay behind the bottleneck, where that is known, ns
     * @throws IllegalArgumentException with one line, when packets left before they entered
     */
    LinkFit(Passage raw, Optional<Long> baseDelay) {
        clock = ClockLine.of(raw);
        Passage steady = clock.correct(raw, 0);
        int[] survivors = steady.survivors();
        rate = RateFit.of(steady);
        double[] rest = new double[survivors.length];
        RateFit.behind(steady, survivors, rate.bitsPerSecond(), rate.overheadBytes(), rest);
        double least = Arrays.stream(rest).min().orElse(0);
        offsetNanos = baseDelay.map(base -> Math.round(least) - base).orElse(0L);
        passage = clock.correct(raw, offsetNanos);
        long[] out = new long[survivors.length];
        long earliest = Long.MAX_VALUE;
        long latest = Long.MIN_VALUE;
        for (int i = 0; i < survivors.length; i++) {
            rest[i] -= offsetNanos;
            out[i] = passage.out()[survivors[i]];
            long time = out[i] - passage.in()[survivors[i]];
            earliest = Math.min(earliest, time);
            latest = Math.max(latest, time);
        }
        if (earliest < 0) {
            throw new IllegalArgumentException("packets leave up to " + Format.nanos(-earliest) + " before they enter"
                    + (latest > 0
                            ? ", and others up to " + Format.nanos(latest)
                                    + " after: the captures have both directions, which --client WHO tells apart, or"
                            : ": the captures are swapped, or")
                    + " their clocks differ by more than the delay (--clock-offset and --base-delay remove an offset)");
        }
        if (earliest <= LARGEST_DELAY_NANOS && latest > LARGEST_DELAY_NANOS) {
            throw new IllegalArgumentException("packets leave up to " + Format.nanos(latest) + " after they enter, and"
                    + " others " + Format.nanos(earliest) + " after: more than an hour is no delay, a clock was set"
                    + " meanwhile");
        }
        if (earliest > LARGEST_DELAY_NANOS) {
            throw new IllegalArgumentException("packets leave more than an hour after they enter: the clocks of the"
                    + " captures differ (--clock-offset and --base-delay remove an offset)");
        }
        queue = rate.isLimited() ? Optional.of(QueueFit.of(passage, rate)) : Optional.empty();
        for (int i = 0; i < passage.count(); i++) {
            boolean refused = queue.isPresent() && queue.get().refused()[i];
            sequence.add(
                    refused
                            ? LossSequence.Fate.UNKNOWN
                            : passage.isLost(i) ? LossSequence.Fate.LOST : LossSequence.Fate.KEPT);
        }
        losses = LossFit.of(sequence);
        order = OrderFit.of(rest, out, passage.tickNanos());
        delay = delay(rest).blurred(rate.blur(passage));
        int copies = 0;
        long[] behind = new long[passage.count()];
        for (int i = 0; i < passage.count(); i++) {
            if (passage.again()[i] != Passage.LOST && !passage.isLost(i)) {
                behind[copies++] = passage.again()[i] - passage.out()[i];
            }
        }
        duplicates = Estimate.ofShare("duplicate p", copies, survivors.length);
        Arrays.sort(behind, 0, copies);
        behindNanos = copies == 0 ? 0 : behind[copies / 2];
    }

    private DelayFit delay(double[] rest) {
        double[] delays = new double[rest.length];
        boolean[] waited = new boolean[rest.length];
        int count = 0;
        boolean keeps = order.kind() == OrderFit.Kind.KEPT || order.kind() == OrderFit.Kind.HELD;
        long together = passage.togetherNanos();
        int[] survivors = passage.survivors();
        int ahead = -1;
        for (int i = 0; i < rest.length; i++) {
            if (!order.apart()[i]) {
                waited[count] = keeps && ahead >= 0 && passage.leftTogether(survivors[ahead], survivors[i], together);
                delays[count++] = Math.max(0, rest[i]);
                ahead = i;
            }
        }
        return DelayFit.of(Arrays.copyOf(delays, count), Arrays.copyOf(waited, count), passage.tickNanos());
    }

    Passage passage() {
        return passage;
    }

    DelayFit delay() {
        return delay;
    }

    OrderFit order() {
        return order;
    }

    LossSequence sequence() {
        return sequence;
    }

    List<LossFit> losses() {
        return losses;
    }

    ClockLine clock() {
        return clock;
    }

    /** The distribution of delays as a table, where it is not constant. */
    Optional<DelayTable> table() {
        return delay.constant().isPresent()
                ? Optional.empty()
                : Optional.of(DelayTable.ofSorted(delay.curve().sample(TABLE_ENTRIES)));
    }

    /** All that was estimated. */
    List<Estimate> estimates() {
        List<Estimate> all = new ArrayList<>();
        if (rate.isLimited()) {
            all.add(rate.estimate());
            queue.flatMap(QueueFit::limit).ifPresent(all::add);
        }
        if (!losses.isEmpty()) {
            losses.getFirst().estimates().forEach(all::add);
        }
        all.addAll(delay.estimates());
        all.addAll(order.estimates());
        if (duplicates.value() > 0) {
            all.add(duplicates);
        }
        return all;
    }

    /**
     * The models.
     *
     * @param samples the table of delays, as the model takes it, where no other model fits them
     */
    Map<Role, LinkFile.Model> models(String samples) {
        Map<Role, LinkFile.Model> models = new EnumMap<>(Role.class);
        if (!losses.isEmpty()) {
            LossFit best = losses.getFirst();
            put(models, Role.LOSS, best.specification(), best.estimates());
        }
        if (rate.isLimited()) {
            queue(models, queue.orElseThrow());
            String text = rate.estimate().parameter();
            put(models, Role.BANDWIDTH, rate.overheadBytes() > 0 ? "ether," + text : text, List.of(rate.estimate()));
        }
        delayModel(models, samples);
        if (order.kind() == OrderFit.Kind.FREE) {
            models.put(Role.REORDER, new LinkFile.Model(Role.REORDER, "jitter", List.of()));
        } else if (order.kind() != OrderFit.Kind.KEPT) {
            String kind = order.kind() == OrderFit.Kind.HELD ? "constant," : "gap,";
            put(
                    models,
                    Role.REORDER,
                    kind + order.estimates().get(0).parameter() + ","
                            + order.estimates().get(1).parameter(),
                    order.estimates());
        }
        if (duplicates.value() > 0) {
            String behind = behindNanos > passage.tickNanos() ? ",behind=" + behindNanos + "ns" : "";
            put(models, Role.DUPLICATE, duplicates.parameter() + behind, List.of(duplicates));
        }
        models.values().forEach(model -> {
            if (!model.specification().startsWith("samples,")) {
                LinkFile.checked(model);
            }
        });
        return models;
    }

    private static void put(Map<Role, LinkFile.Model> models, Role role, String text, List<Estimate> estimates) {
        models.put(
                role,
                new LinkFile.Model(
                        role,
                        text,
                        estimates.stream()
                                .map(estimate -> estimate.name() + " " + estimate.shown())
                                .toList()));
    }

    private static void queue(Map<Role, LinkFile.Model> models, QueueFit found) {
        if (found.limit().isPresent()) {
            Estimate limit = found.limit().get();
            String kind = limit.unit() == Estimate.Unit.PACKETS ? "packets," : "";
            put(models, Role.QUEUE, kind + limit.parameter(), List.of(limit));
            return;
        }
        models.put(
                Role.QUEUE,
                new LinkFile.Model(
                        Role.QUEUE,
                        Long.toString(Math.max(LEAST_QUEUE_BYTES, 2 * found.mostBytes())),
                        List.of("no packet was refused; the largest backlog was " + Format.count(found.mostBytes())
                                + " bytes, and this is larger")));
    }

    private void delayModel(Map<Role, LinkFile.Model> models, String samples) {
        if (delay.constant().isPresent()) {
            Estimate constant = delay.constant().get();
            put(models, Role.DELAY, constant.parameter(), List.of(constant));
            return;
        }
        String correlation = !delay.correlated()
                ? ""
                : (delay.family().isPresent() ? ",correlation=" : ",")
                        + Digits.rounded(
                                Math.clamp(delay.correlation().value(), 0, 0.999999),
                                delay.correlation().high() - delay.correlation().low());
        if (delay.family().isPresent()) {
            DelayFamily.Fit fit = delay.family().get();
            put(models, Role.DELAY, fit.family().specification(fit) + correlation, delay.estimates());
        } else {
            put(models, Role.DELAY, samples + correlation, delay.estimates());
        }
    }

    /** For people: what was found, a line each. */
    List<String> summary() {
        List<String> lines = new ArrayList<>();
        int lost = passage.count() - passage.received();
        lines.add("packets      " + Format.count(passage.count()) + " entered, " + Format.count(passage.received())
                + " left, " + Format.count(lost) + " were lost");
        lines.add("clocks       drift " + String.format(Locale.ROOT, "%.3f", clock.drift() * 1e6) + " ppm +- "
                + String.format(Locale.ROOT, "%.3f", Estimate.DEVIATIONS * clock.error() * 1e6)
                + (clock.removed() ? ", removed" : ", not removed")
                + (offsetNanos == 0
                        ? "; offset taken as 0"
                        : "; offset " + Digits.shown(Estimate.Unit.NANOS, (double) offsetNanos) + ", removed"));
        if (rate.isLimited()) {
            lines.add(
                    "rate         " + rate.estimate().shown() + (rate.overheadBytes() > 0 ? ", framing counted" : ""));
            lines.add("queue        "
                    + queue.flatMap(QueueFit::limit)
                            .map(Estimate::shown)
                            .orElse("no packet was refused; largest backlog "
                                    + Format.count(queue.orElseThrow().mostBytes()) + " bytes"));
        } else {
            lines.add("rate         no limit to be seen");
        }
        lines.add("loss         " + sequence.rate("loss").shown()
                + (queue.isPresent()
                        ? ", besides " + Format.count(sequence.count(LossSequence.Fate.UNKNOWN)) + " at the queue"
                        : ""));
        if (!losses.isEmpty()) {
            lines.add("loss model   " + losses.getFirst().specification() + " ("
                    + named(losses.getFirst().estimates()) + ")");
        }
        if (delay.constant().isPresent()) {
            lines.add("delay        " + delay.constant().get().shown());
        } else {
            DelayCurve curve = delay.curve();
            lines.add("delay        least " + Digits.shown(Estimate.Unit.NANOS, curve.least()) + ", median "
                    + Digits.shown(Estimate.Unit.NANOS, curve.quantile(0.5)) + ", mean "
                    + Digits.shown(Estimate.Unit.NANOS, curve.mean()) + ", 99 % "
                    + Digits.shown(Estimate.Unit.NANOS, curve.quantile(0.99)) + ", most "
                    + Digits.shown(Estimate.Unit.NANOS, curve.most()));
            lines.add("delay model  "
                    + delay.family()
                            .map(fit ->
                                    fit.family().specification(fit) + " (" + named(fit.estimates()) + "), KS distance "
                                            + String.format(Locale.ROOT, "%.4f", delay.distance()) + " of "
                                            + String.format(Locale.ROOT, "%.4f", delay.largestDistance()))
                            .orElse("none fits: the table of what was measured"));
            lines.add("correlation  " + delay.correlation().shown() + " from one packet to the next");
            if (delay.waited() > 0) {
                lines.add("waited       " + Digits.percent(delay.waited())
                        + " of the packets left with the one ahead; of their delays only the most is known");
            }
        }
        lines.add("reordering   "
                + switch (order.kind()) {
                    case KEPT -> "none";
                    case HELD ->
                        Format.count(order.reordered()) + " packets; some are held: " + named(order.estimates());
                    case EARLY ->
                        Format.count(order.reordered()) + " packets; some are sent early: " + named(order.estimates());
                    case FREE -> Format.count(order.reordered()) + " packets; each has its own delay";
                }
                + (order.kind() == OrderFit.Kind.KEPT ? "" : "; extent up to " + Format.count(order.extent())));
        lines.add("duplicates   " + duplicates.shown());
        return lines;
    }

    private static String named(List<Estimate> estimates) {
        return String.join(
                ", ",
                estimates.stream()
                        .map(estimate -> estimate.name() + " " + estimate.shown())
                        .toList());
    }
}
