package io.tlem.report;

import io.tlem.stats.DirectionSample;
import io.tlem.stats.Format;
import java.util.Optional;

/** Whether packets left late enough to spoil what was asked for. */
public final class Lateness {
    /** Packets below which nothing is said. */
    private static final long FEWEST = 100;

    /** Part of the delay: above it the delay is another one, for one packet in a hundred. */
    static final double DOUBTFUL = 0.05;

    /** Part of the delay above which a run says nothing of a link with that delay. */
    static final double WORTHLESS = 0.25;

    private Lateness() {}

    /** How much of the delay behind the link its 99th percentile is; 0 without a delay, or with too few packets. */
    static double partOfDelay(DirectionSample total) {
        double delay = total.linkTimes().meanDelayNanos();
        return total.lateness().getTotalCount() < FEWEST || delay < 1
                ? 0
                : total.lateness().getValueAtPercentile(99) / delay;
    }

    /** A line on a direction whose run is worth nothing; empty when it is worth something. */
    public static Optional<String> verdict(DirectionSample total) {
        return partOfDelay(total) > WORTHLESS
                ? Optional.of(
                        total.total().name() + ": lateness makes this run worthless: one packet in a hundred left "
                                + Format.nanos(total.lateness().getValueAtPercentile(99))
                                + " or more after its time, and the mean delay is "
                                + Format.nanos(Math.round(total.linkTimes().meanDelayNanos())))
                : Optional.empty();
    }
}
