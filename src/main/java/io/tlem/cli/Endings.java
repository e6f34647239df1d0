package io.tlem.cli;

import io.tlem.report.RunEnd;
import io.tlem.report.RunReport;
import io.tlem.scenario.Scenario;
import io.tlem.stats.Measured;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What every command does when its link has ended. */
final class Endings {
    private Endings() {}

    /**
     * Writes the reports that are asked for, says what has not come true.
     *
     * @param startNanos of the link, on its clock
     * @param configuration in YAML
     * @param measured by port
     * @param expected by a scenario
     * @param traffic that was generated or received
     * @return whether all has come true that was to
     */
    static boolean report(
            RunReport report,
            RunDescription run,
            Sample last,
            long startNanos,
            String configuration,
            Map<String, Measured> measured,
            List<Scenario.Expected> expected,
            Traffic traffic) {
        List<RunEnd.Expected> expectations = expected.stream()
                .map(one -> new RunEnd.Expected(one.text(), one.failure()))
                .toList();
        List<String> failures = report.finish(
                new RunEnd(Instant.now(), run, last, startNanos, configuration, measured, expectations, traffic),
                Output::warn);
        failures.forEach(Output::warn);
        List<String> unmet =
                expected.stream().flatMap(one -> one.failure().stream()).toList();
        unmet.forEach(Output::warn);
        return failures.isEmpty() && unmet.isEmpty();
    }
}
