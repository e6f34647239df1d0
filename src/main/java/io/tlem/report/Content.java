package io.tlem.report;

import java.util.List;
import java.util.Map;

/**
 * All that a report may say.
 *
 * @param end of the run
 * @param facts of it
 * @param outcomes of assertions
 * @param machine what is known of it, by name
 */
record Content(RunEnd end, Facts facts, List<Assertion.Outcome> outcomes, Map<String, String> machine) {
    /** Whether all came true that was to. */
    boolean passed() {
        return outcomes.stream().allMatch(Assertion.Outcome::holds)
                && end.expectations().stream().allMatch(one -> one.failure().isEmpty());
    }
}
