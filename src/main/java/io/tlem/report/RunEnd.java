package io.tlem.report;

import io.tlem.stats.Measured;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run that has ended.
 *
 * @param time of its end
 * @param run what ran, at its end
 * @param last what it did
 * @param startNanos when the link was started, of its clock
 * @param configuration that it was started with, in YAML
 * @param measured by ports that measure, by their names, {@code a} or {@code b}
 * @param expectations of a scenario
 * @param traffic that was generated or received
 */
public record RunEnd(
        Instant time,
        RunDescription run,
        Sample last,
        long startNanos,
        String configuration,
        Map<String, Measured> measured,
        List<Expected> expectations,
        Traffic traffic) {
    /**
     * What a scenario expected.
     *
     * @param text of it
     * @param failure what is not so, empty when it is
     */
    public record Expected(String text, Optional<String> failure) {}
}
