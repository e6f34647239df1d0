package io.tlem.report;

import io.tlem.impair.DelayModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.report.Finding.Verdict;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.Format;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Holds what was asked of a direction against what became of it. */
final class Judge {
    /** Of fewer packets nothing is said, whatever the property is. */
    private static final int FEWEST = 100;

    /** With fewer steps a ramp is shown step by step. */
    private static final int FEWEST_STEPS = 3;

    /** Part of the packets that may wait for those ahead before a delay's distribution is another one. */
    private static final double DISPLACED = 0.002;

    private final String direction;
    private final DirectionSample total;
    private final Departures departures;
    private int fewest = FEWEST; // packets that a verdict needs

    /**
     * @param direction {@code a-b}
     * @param total what it did
     * @param departures how packets left
     */
    Judge(String direction, DirectionSample total, Departures departures) {
        this.direction = direction;
        this.total = total;
        this.departures = departures;
    }

    /**
     * What was asked of each role, in the order in which a packet meets them.
     *
     * @param sets of models that were in force
     * @param startNanos when the link was started
     */
    List<Finding> findings(List<Decisions> sets, long startNanos) {
        List<Finding> findings = new ArrayList<>();
        for (Role role : Role.values()) {
            Map<String, Decisions> bySpecification = new LinkedHashMap<>();
            for (Decisions set : sets) {
                String specification = set.models.getOrDefault(role, "");
                if (set.single && !specification.isEmpty()) {
                    bySpecification
                            .computeIfAbsent(specification, text -> new Decisions(set.models, true))
                            .add(set);
                }
            }
            boolean always = bySpecification.size() == 1
                    && sets.stream().allMatch(set -> bySpecification.containsKey(set.models.getOrDefault(role, "")));
            for (List<String> group : Phrasing.ramps(role, List.copyOf(bySpecification.keySet()))) {
                Decisions all = new Decisions(Map.of(), true);
                group.forEach(specification -> all.add(bySpecification.get(specification)));
                Finding finding = group.size() < FEWEST_STEPS
                        ? null
                        : ramp(
                                role,
                                group,
                                group.stream().map(bySpecification::get).toList(),
                                all);
                if (finding == null) {
                    for (String specification : group) {
                        Decisions set = bySpecification.get(specification);
                        Finding one = judge(role, specification, set);
                        findings.add(always || set.met == 0 ? one : one.during(span(set, startNanos)));
                    }
                } else {
                    findings.add(all.met == 0 ? finding : finding.during(span(all, startNanos)));
                }
            }
        }
        if (sets.stream().anyMatch(set -> !set.single && set.met > 0)) {
            findings.add(unjudged("models", "later ones", "the models changed too often to tell them apart"));
        }
        return findings;
    }

    /**
     * One finding of all steps of a ramp. Shares are those of all packets together; of other properties each step is judged,
     * however few packets it has, and so many may fail as do by chance.
     */
    private Finding ramp(Role role, List<String> specifications, List<Decisions> steps, Decisions all) {
        List<Finding> each = new ArrayList<>();
        fewest = 1;
        for (int i = 0; i < steps.size(); i++) {
            each.add(judge(role, specifications.get(i), steps.get(i)));
        }
        fewest = FEWEST;
        String request = Phrasing.of(role, specifications.getFirst()) + " to "
                + Phrasing.of(role, specifications.getLast()) + " in " + specifications.size() + " steps";
        List<Finding> judged =
                each.stream().filter(one -> one.verdict() != Verdict.NOT_JUDGED).toList();
        long packets = judged.stream().mapToLong(Finding::packets).sum();
        if (judged.isEmpty()) {
            return unjudged(role.label(), request, each.getFirst().reason());
        }
        Quantity quantity = judged.getFirst().quantity();
        if (quantity == Quantity.SHARE) {
            double expected = 0;
            double share = 0;
            for (Finding one : judged) {
                expected += one.requested().orElse(0) * one.packets() / packets;
                share += one.realised().orElse(0) * one.packets() / packets;
            }
            Runs runs = role == Role.LOSS_AFTER ? all.lossAfter : role == Role.OUTAGE ? all.outage : all.loss;
            double worth = packets / Math.max(1, runs.taken() == 0 ? 1 : runs.inflation(share));
            return share(role, request, expected, share, packets, worth, "of all steps together", true);
        }
        long failed =
                judged.stream().filter(one -> one.verdict() == Verdict.NOT_HELD).count();
        long most = exact(judged) ? 0 : (long) Math.ceil(0.01 * judged.size() + 2.6 * Math.sqrt(0.01 * judged.size()));
        return finding(
                role.label(),
                request,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                quantity,
                packets,
                judged.size() - failed + " of " + judged.size() + " steps held"
                        + (judged.size() < each.size() ? "; the others had no packet" : "")
                        + (all.heldBehind == 0 ? "" : "; " + held(all)),
                failed <= most ? Verdict.HELD : Verdict.NOT_HELD,
                failed <= most
                        ? ""
                        : judged.stream()
                                .filter(one -> one.verdict() == Verdict.NOT_HELD)
                                .findFirst()
                                .map(one -> "the first that did not: " + Phrasing.of(role, one.request()) + " was "
                                        + one.shown())
                                .orElse(""));
    }

    /** Whether chance has no part in it: a constant delay, say, is each packet's. */
    private static boolean exact(List<Finding> judged) {
        return judged.stream().noneMatch(one -> one.fit().startsWith("Kolmogorov"));
    }

    private static String span(Decisions set, long startNanos) {
        return String.format(
                Locale.ROOT, "%.2f to %.2f s", (set.firstNanos - startNanos) / 1e9, (set.lastNanos - startNanos) / 1e9);
    }

    private Finding judge(Role role, String specification, Decisions set) {
        Asked asked = new Asked(role, specification);
        return switch (role) {
            case OUTAGE -> outage(specification, asked, set);
            case LOSS -> loss(role, specification, asked, set.loss, set.met - set.outage.taken(), set);
            case LOSS_AFTER -> loss(role, specification, asked, set.lossAfter, set.left + set.lossAfter.taken(), set);
            case QUEUE -> queue(specification, asked, set);
            case BANDWIDTH -> bandwidth(specification, asked, set);
            case DELAY -> delay(specification, set);
            case DELAY_OFFSET -> unjudged(role.label(), specification, "it is part of the delay");
            case ORDER -> order(specification, asked);
            case REORDER -> reorder(specification, asked, set);
            case DUPLICATE -> chance(role, specification, asked, "p", set.twice, set.left);
            case CORRUPT -> edit(role, specification, asked, set.changed, set);
            case MARK ->
                realised(
                        role,
                        specification,
                        set.changed,
                        set.left,
                        "only packets of senders that take part are marked");
            case TRUNCATE -> truncate(role, specification, asked, set);
        };
    }

    private Finding unjudged(String property, String request, String reason) {
        return finding(
                property,
                request,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                Quantity.SHARE,
                0,
                "",
                Verdict.NOT_JUDGED,
                reason);
    }

    private Finding finding(
            String property,
            String request,
            OptionalDouble requested,
            OptionalDouble realised,
            Optional<Interval> interval,
            Quantity quantity,
            long packets,
            String fit,
            Verdict verdict,
            String reason) {
        boolean few = packets < fewest && verdict != Verdict.NOT_JUDGED;
        return new Finding(
                direction,
                property,
                request,
                "",
                requested,
                packets == 0 ? OptionalDouble.empty() : realised,
                few ? Optional.empty() : interval,
                quantity,
                packets,
                fit,
                few ? Verdict.NOT_JUDGED : verdict,
                few ? packets == 0 ? "there was no packet" : "there were too few packets" : reason);
    }

    /** A property of which the packets say nothing sure; the last word is why. */
    private Finding notJudged(
            Role role,
            String request,
            OptionalDouble requested,
            OptionalDouble realised,
            Quantity quantity,
            long packets,
            String fit,
            String reason) {
        return finding(
                role.label(),
                request,
                requested,
                realised,
                Optional.empty(),
                quantity,
                packets,
                fit,
                Verdict.NOT_JUDGED,
                reason);
    }

    /** A share of which nothing follows from the specification. */
    private Finding realised(Role role, String request, long happened, long trials, String reason) {
        OptionalDouble share = trials == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) happened / trials);
        return notJudged(role, request, OptionalDouble.empty(), share, Quantity.SHARE, trials, "", reason);
    }

    /** A probability. */
    private Finding share(
            Role role,
            String request,
            double expected,
            double share,
            long trials,
            double worth,
            String fit,
            boolean fits) {
        Interval interval = Interval.ofShare(share, Math.max(1, worth));
        boolean holds = interval.contains(expected);
        String reason = holds
                ? fits ? "" : "the share is right, but not how losses follow each other"
                : "requested are " + Quantity.SHARE.show(expected);
        return finding(
                role.label(),
                request,
                OptionalDouble.of(expected),
                OptionalDouble.of(share),
                Optional.of(interval),
                Quantity.SHARE,
                trials,
                fit,
                holds && fits ? Verdict.HELD : Verdict.NOT_HELD,
                reason);
    }

    /** An independent probability of each packet. */
    private Finding chance(Role role, String request, Asked asked, String name, long happened, long trials) {
        boolean known = role == Role.DUPLICATE ? asked.kind().equals("random") : asked.has(name);
        if (!known) {
            return realised(role, request, happened, trials, "nothing is known of such models");
        }
        if (asked.has("correlation") && asked.probability("correlation") > 0) {
            return realised(role, request, happened, trials, "netem's correlation changes the probability");
        }
        return share(role, request, asked.probability(name), part(happened, trials), trials, (double) trials, "", true);
    }

    private static double part(long happened, long trials) {
        return trials == 0 ? 0 : (double) happened / trials;
    }

    private Finding outage(String request, Asked asked, Decisions set) {
        if (!asked.kind().equals("down")) {
            return realised(
                    Role.OUTAGE,
                    request,
                    set.outage.taken(),
                    set.met,
                    "how long the link was down does not follow from the packets lost");
        }
        boolean held = set.outage.taken() == set.met;
        return finding(
                Role.OUTAGE.label(),
                request,
                OptionalDouble.of(1),
                OptionalDouble.of(part(set.outage.taken(), set.met)),
                Optional.empty(),
                Quantity.SHARE,
                set.met,
                "",
                held ? Verdict.HELD : Verdict.NOT_HELD,
                "");
    }

    private Finding loss(Role role, String request, Asked asked, Runs runs, long trials, Decisions set) {
        if (asked.has("ecn") && asked.word("ecn").equals("on")) {
            return realised(role, request, runs.taken(), trials, "some packets are marked instead");
        }
        double run = Double.NaN; // mean length, where it is known
        double expected;
        boolean independent = false;
        switch (asked.kind()) {
            case "plr" -> {
                expected = asked.probability("p");
                run = 1 / (1 - expected);
                independent = true;
            }
            case "random" -> {
                if (asked.probability("correlation") > 0) {
                    return realised(role, request, runs.taken(), trials, "netem's correlation changes the probability");
                }
                expected = asked.probability("p");
                run = 1 / (1 - expected);
                independent = true;
            }
            case "gilbert" -> {
                double p = asked.probability("p");
                double r = asked.probability("r");
                expected = p + r == 0 ? 0 : p / (p + r);
                run = 1 / r;
            }
            case "gemodel", "dummynet" -> {
                double p = asked.probability("p");
                double r = asked.has("r") ? asked.probability("r") : 1 - p;
                double good = asked.probability("good-loss");
                expected = p + r == 0 ? good : (p * asked.probability("bad-loss") + r * good) / (p + r);
            }
            case "burst" -> {
                double p = asked.probability("p");
                double mean = (asked.count("min") + asked.count("max")) / 2.0;
                expected = p * mean / (p * mean + 1 - p);
                run = mean / (1 - p); // one burst may follow another at once
            }
            case "state" -> expected = fourStates(asked);
            case "ber" -> {
                if (set.lengths[Decisions.LONGEST + 1] > 0 || role == Role.LOSS_AFTER) {
                    return realised(role, request, runs.taken(), trials, "it depends on the packets' lengths");
                }
                expected = byLength(asked.probability("p"), set.lengths);
                independent = true;
            }
            case "every" -> {
                return every(role, request, asked, runs, trials);
            }
            default -> {
                return realised(role, request, runs.taken(), trials, "no one probability follows from it");
            }
        }
        double share = part(runs.taken(), trials);
        double worth = independent ? trials : trials / Math.max(1, runs.inflation(share));
        String fit = "";
        boolean fits = true;
        if (runs.runs() > 1 && trials >= fewest) {
            Interval lengths = Interval.around(runs.meanLength(), runs.meanLengthError());
            fit = String.format(
                    Locale.ROOT,
                    "%s runs of losses, %.3f packets on average (%.3f to %.3f), %s at most",
                    Format.count(runs.runs()),
                    runs.meanLength(),
                    Math.max(1, lengths.low()),
                    lengths.high(),
                    Format.count(runs.longest()));
            if (Double.isFinite(run)) {
                fit += String.format(Locale.ROOT, "; the model has %.3f", run);
                // What a geometric length varies by, and a little for how few runs may be longer than one packet.
                double error = Math.max(runs.meanLengthError(), Math.sqrt(run * (run - 1) / runs.runs()));
                Interval chance = Interval.around(runs.meanLength(), error).widened(3.0 / runs.runs());
                fits = runs.runs() < FEWEST || chance.contains(run);
            }
        }
        return share(role, request, expected, share, trials, worth, fit, fits);
    }

    private static double byLength(double bitError, long[] lengths) {
        double sum = 0;
        long all = 0;
        for (int length = 0; length < lengths.length; length++) {
            sum += lengths[length] * -Math.expm1(8.0 * length * Math.log1p(-bitError));
            all += lengths[length];
        }
        return all == 0 ? 0 : sum / all;
    }

    /** Part of the packets at which the chain of netem's loss state is in a state of loss. */
    private static double fourStates(Asked asked) {
        double p13 = asked.probability("p13");
        double p31 = asked.has("p31") ? asked.probability("p31") : 1 - p13;
        double p32 = asked.probability("p32");
        double p23 = asked.probability("p23");
        double p14 = asked.probability("p14");
        if (p13 == 0) {
            return p14 / (1 + p14);
        }
        double gap = p31 / p13; // each against the burst's loss
        double isolated = p14 * gap;
        double burst = p32 == 0 ? 0 : p32 / p23;
        return (1 + isolated) / (1 + gap + isolated + burst);
    }

    private Finding every(Role role, String request, Asked asked, Runs runs, long trials) {
        double expected = 1.0 / asked.count("n");
        double share = part(runs.taken(), trials);
        Interval interval = trials == 0 ? new Interval(0, 1) : new Interval(share - 1.0 / trials, share + 1.0 / trials);
        boolean held = interval.contains(expected) || asked.has("first");
        return finding(
                role.label(),
                request,
                OptionalDouble.of(expected),
                OptionalDouble.of(share),
                Optional.of(interval),
                Quantity.SHARE,
                trials,
                "",
                held ? Verdict.HELD : Verdict.NOT_HELD,
                "");
    }

    private Finding queue(String request, Asked asked, Decisions set) {
        long bytes = total.total().get(Counter.QUEUE_HIGH_WATER_BYTES);
        long packets = total.total().get(Counter.QUEUE_HIGH_WATER_PACKETS);
        long came = set.met - set.outage.taken() - set.loss.taken();
        String fit = "at most " + Format.count(bytes) + " bytes, " + Format.count(packets) + " packets; "
                + Format.count(
                        set.queueDrops + total.total().dropped(DropReason.AQM).packets()) + " packets dropped";
        boolean inBytes = asked.kind().equals("bytes");
        if (!inBytes && !asked.kind().equals("packets")) {
            return notJudged(
                    Role.QUEUE,
                    request,
                    OptionalDouble.empty(),
                    OptionalDouble.of((double) bytes),
                    Quantity.BYTES,
                    came,
                    fit,
                    "how long it is does not follow from it");
        }
        double limit = inBytes ? asked.bytes("size") : asked.count("n");
        double most = inBytes ? bytes : packets;
        boolean held =
                most <= limit + (inBytes ? longest(set.lengths) : 0); // which is admitted while there is room for a bit
        return finding(
                Role.QUEUE.label(),
                request,
                OptionalDouble.of(limit),
                OptionalDouble.of(most),
                Optional.empty(),
                inBytes ? Quantity.BYTES : Quantity.PACKETS,
                came,
                fit,
                held ? Verdict.HELD : Verdict.NOT_HELD,
                held ? "" : "the queue was longer");
    }

    private static int longest(long[] lengths) {
        for (int length = lengths.length - 1; length >= 0; length--) {
            if (lengths[length] > 0) {
                return length > Decisions.LONGEST ? 65_535 : length;
            }
        }
        return 0;
    }

    private Finding bandwidth(String request, Asked asked, Decisions set) {
        boolean constant = asked.kind().equals("constant") || asked.kind().equals("ether");
        double overhead = asked.kind().equals("ether") ? 24 : 0;
        OptionalDouble realised = set.busyNanos == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((set.busyBytes + overhead * set.busyPackets) * 8e9 / set.busyNanos);
        String fit = set.busyNanos == 0
                ? ""
                : "busy for " + Format.nanos(set.busyNanos) + ", " + Format.count(set.busyPackets) + " packets";
        if (!constant) {
            return notJudged(
                    Role.BANDWIDTH,
                    request,
                    OptionalDouble.empty(),
                    realised,
                    Quantity.RATE,
                    set.busyPackets,
                    fit,
                    "it is not one rate");
        }
        long rate = asked.bitsPerSecond();
        if (rate == 0) {
            return notJudged(
                    Role.BANDWIDTH,
                    request,
                    OptionalDouble.empty(),
                    realised,
                    Quantity.RATE,
                    set.busyPackets,
                    fit,
                    "it is no limit");
        }
        if (realised.isEmpty()) {
            return notJudged(
                    Role.BANDWIDTH,
                    request,
                    OptionalDouble.of((double) rate),
                    realised,
                    Quantity.RATE,
                    0,
                    fit,
                    "the link was never busy");
        }
        double shortfall = shortfall((double) rate);
        double unsure = realised.getAsDouble() * (set.busyRuns + 1) * 2 / set.busyNanos; // times are whole ns
        Interval interval = new Interval(realised.getAsDouble() - unsure, realised.getAsDouble() + unsure);
        boolean held = interval.contains((double) rate);
        String less =
                String.format(Locale.ROOT, "while it was always busy %.2f %% less left than was due", shortfall * 100);
        if (held && shortfall > SHORTFALL) {
            return finding(
                    Role.BANDWIDTH.label(),
                    request,
                    OptionalDouble.of((double) rate),
                    OptionalDouble.of(rate * (1 - shortfall)),
                    Optional.empty(),
                    Quantity.RATE,
                    set.busyPackets,
                    fit,
                    Verdict.NOT_HELD,
                    "the link's own rate was right, but packets left late: " + less);
        }
        if (shortfall > 0.0005) {
            fit += "; " + less;
        }
        return finding(
                Role.BANDWIDTH.label(),
                request,
                OptionalDouble.of((double) rate),
                realised,
                Optional.of(interval),
                Quantity.RATE,
                set.busyPackets,
                fit,
                held ? Verdict.HELD : Verdict.NOT_HELD,
                "");
    }

    /** Part of a busy link's bits that may leave later than in the time in which they are due. */
    static final double SHORTFALL = 0.01;

    /** Which part of what was due while the link was always busy did not leave then. */
    double shortfall(double bitsPerSecond) {
        double due = 0;
        double sent = 0;
        double slot = bitsPerSecond * departures.slotNanos / 1e9;
        for (int i = 1; i < departures.slots() - 1; i++) {
            if (departures.dueBits[i] > 0.95 * slot) {
                due += departures.dueBits[i];
                sent += departures.sentBits[i];
            }
        }
        return due == 0 ? 0 : Math.max(0, 1 - sent / due);
    }

    private Finding delay(String request, Decisions set) {
        String offset = set.models.getOrDefault(Role.DELAY_OFFSET, "");
        String order = set.models.getOrDefault(Role.ORDER, "");
        String reorder = set.models.getOrDefault(Role.REORDER, "");
        long[] delays = set.delays.kept();
        if (delays.length == 0) {
            return unjudged(Role.DELAY.label(), request, set.heldBehind > 0 ? held(set) : "no packet was delayed");
        }
        double worth = Interval.worth(delays);
        Arrays.sort(delays);
        OptionalDouble median = OptionalDouble.of((double) delays[delays.length / 2]);
        DelayModel model = Models.delay(request, new RandomStreams(0, 0));
        long shift = 0;
        if (!offset.isEmpty()) {
            DelayModel less = Models.delay(offset, new RandomStreams(0, 0));
            if (less.minNanos() != less.maxNanos()) {
                return distribution(
                        request,
                        OptionalDouble.empty(),
                        median,
                        Optional.empty(),
                        set,
                        "",
                        Verdict.NOT_JUDGED,
                        "what is subtracted from it varies");
            }
            shift = less.minNanos();
        }
        if (model.quantileNanos(0.5) == DelayModel.UNKNOWN) {
            return distribution(
                    request,
                    OptionalDouble.empty(),
                    median,
                    Optional.empty(),
                    set,
                    "",
                    Verdict.NOT_JUDGED,
                    "it does not follow one distribution");
        }
        if (order.equals("delay-first")) {
            return distribution(
                    request,
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    Optional.empty(),
                    set,
                    "",
                    Verdict.NOT_JUDGED,
                    "the link waits for it");
        }
        if (!reorder.isEmpty() && !new Asked(Role.REORDER, reorder).kind().equals("jitter")) {
            return distribution(
                    request,
                    OptionalDouble.empty(),
                    median,
                    Optional.empty(),
                    set,
                    "",
                    Verdict.NOT_JUDGED,
                    "some packets are held back, or sent ahead of others");
        }
        DelayModel shifted = shift == 0 ? model : new Shifted(model, shift);
        OptionalDouble expected = OptionalDouble.of((double) shifted.quantileNanos(0.5));
        if (shifted.quantileNanos(0) == shifted.quantileNanos(1)) {
            boolean held = set.delays.least() == set.delays.most() && median.getAsDouble() == expected.getAsDouble();
            return distribution(
                    request,
                    expected,
                    median,
                    Optional.of(new Interval(set.delays.least(), set.delays.most())),
                    set,
                    held ? "each packet's" : "",
                    held ? Verdict.HELD : Verdict.NOT_HELD,
                    "");
        }
        double distance = Interval.distance(delays, shifted);
        double most = Interval.largestDistance(worth);
        String fit =
                String.format(Locale.ROOT, "Kolmogorov-Smirnov distance %.4f; up to %.4f is chance", distance, most);
        Interval interval = Interval.ofMedian(delays, worth);
        double displaced = part(set.displaced, set.left);
        boolean held = interval.contains(expected.getAsDouble()) && distance <= most;
        return distribution(
                request,
                expected,
                median,
                Optional.of(interval),
                set,
                fit,
                held ? Verdict.HELD : Verdict.NOT_HELD,
                !held && displaced > DISPLACED && order.isEmpty() && reorder.isEmpty()
                        ? String.format(
                                Locale.ROOT,
                                "%.1f %% of the packets waited behind the link for one ahead, for they keep their order"
                                        + " (-R jitter lets them overtake)",
                                displaced * 100)
                        : "");
    }

    private Finding distribution(
            String request,
            OptionalDouble expected,
            OptionalDouble realised,
            Optional<Interval> interval,
            Decisions set,
            String fit,
            Verdict verdict,
            String reason) {
        return finding(
                Role.DELAY.label(),
                request,
                expected,
                realised,
                interval,
                Quantity.TIME,
                set.delays.all(),
                set.heldBehind == 0 ? fit : fit + (fit.isEmpty() ? "" : "; ") + held(set),
                verdict,
                reason);
    }

    /** Of packets that left later than their own delay said, only because others were ahead of them. */
    private static String held(Decisions set) {
        return Format.count(set.heldBehind) + (set.heldBehind == 1 ? " packet is" : " packets are")
                + " left out: to keep the order they waited for packets with the longer delay of before";
    }

    /** A delay from which something is subtracted. */
    private record Shifted(DelayModel model, long less) implements DelayModel {
        @Override
        public long delayNanos(PacketContext packet) {
            return model.delayNanos(packet) - less;
        }

        @Override
        public long maxNanos() {
            return Math.max(0, model.maxNanos() - less);
        }

        @Override
        public long quantileNanos(double part) {
            return Math.max(0, model.quantileNanos(part) - less);
        }
    }

    private Finding order(String request, Asked asked) {
        double outOfOrder = departures.outOfOrder;
        boolean keeps = !asked.kind().equals("drop");
        return finding(
                Role.ORDER.label(),
                request,
                OptionalDouble.of(0),
                OptionalDouble.of(outOfOrder),
                Optional.empty(),
                Quantity.PACKETS,
                departures.sent,
                "packets out of order",
                keeps && outOfOrder > 0 ? Verdict.NOT_JUDGED : Verdict.HELD,
                outOfOrder > 0 ? "other models let packets overtake" : "");
    }

    private Finding reorder(String request, Asked asked, Decisions set) {
        String fit = Format.count(departures.outOfOrder) + " of " + Format.count(departures.sent)
                + " packets left out of order";
        String delay = set.models.getOrDefault(Role.DELAY, "");
        DelayModel model = Models.delay(delay, new RandomStreams(0, 0));
        long[] delays = set.delays.kept();
        if (!asked.kind().equals("constant")
                || model.minNanos() != model.maxNanos()
                || set.models.containsKey(Role.DELAY_OFFSET)
                || asked.nanos("t") == 0) {
            return notJudged(
                    Role.REORDER,
                    request,
                    OptionalDouble.empty(),
                    OptionalDouble.of(part(departures.outOfOrder, departures.sent)),
                    Quantity.SHARE,
                    departures.sent,
                    fit,
                    "how many overtake depends on the packets' times");
        }
        long held = Arrays.stream(delays)
                .filter(one -> one >= model.maxNanos() + asked.nanos("t"))
                .count();
        return share(
                Role.REORDER,
                request,
                asked.probability("p"),
                part(held, delays.length),
                delays.length,
                delays.length,
                fit,
                true);
    }

    private Finding edit(Role role, String request, Asked asked, long changed, Decisions set) {
        boolean others = set.models.containsKey(Role.MARK) || set.models.containsKey(Role.TRUNCATE);
        boolean simple = (asked.kind().equals("bits")
                        && asked.count("n") == 1
                        && asked.word("checksum").equals("keep"))
                || asked.kind().equals("pattern");
        return others || !simple
                ? realised(
                        role,
                        request,
                        changed,
                        set.left,
                        others ? "other models change packets, too" : "not every change shows")
                : chance(role, request, asked, "p", changed, set.left);
    }

    private Finding truncate(Role role, String request, Asked asked, Decisions set) {
        boolean others = set.models.containsKey(Role.LOSS) || set.models.containsKey(Role.LOSS_AFTER);
        long keeps = asked.count("length");
        long longer = 0;
        for (int length = 0; length < set.lengths.length; length++) {
            longer += length > keeps ? set.lengths[length] : 0;
        }
        return others || keeps >= Decisions.LONGEST
                ? realised(role, request, set.shortened, set.left, "how many were long enough is not known")
                : share(
                        role,
                        request,
                        asked.probability("p"),
                        part(set.shortened, longer),
                        longer,
                        (double) longer,
                        "",
                        true);
    }
}
