package io.tlem.report;

import java.util.List;
import java.util.Locale;

/** Assertions and what a scenario expected as results of tests, in the form that JUnit's readers know. */
final class JUnitFile {
    private JUnitFile() {}

    /** The whole file. */
    static String of(RunEnd end, List<Assertion.Outcome> outcomes) {
        StringBuilder cases = new StringBuilder();
        long failures = 0;
        for (Assertion.Outcome outcome : outcomes) {
            add(cases, "tlem.assert", outcome.assertion().text(), outcome.holds() ? "" : outcome.line());
            failures += outcome.holds() ? 0 : 1;
        }
        for (RunEnd.Expected expected : end.expectations()) {
            add(cases, "tlem.scenario", expected.text(), expected.failure().orElse(""));
            failures += expected.failure().isPresent() ? 1 : 0;
        }
        return String.format(
                Locale.ROOT,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>%n<testsuite name=\"tlem\" tests=\"%d\" failures=\"%d\""
                        + " errors=\"0\" skipped=\"0\" time=\"%.3f\" timestamp=\"%s\">%n%s</testsuite>%n",
                outcomes.size() + end.expectations().size(),
                failures,
                end.last().elapsedSeconds(),
                end.time().toString().replaceFirst("\\..*|Z$", ""),
                cases);
    }

    private static void add(StringBuilder cases, String group, String name, String failure) {
        cases.append("  <testcase classname=\"")
                .append(group)
                .append("\" name=\"")
                .append(Markup.escaped(name))
                .append("\" time=\"0\"");
        if (failure.isEmpty()) {
            cases.append("/>\n");
        } else {
            cases.append(">\n    <failure message=\"")
                    .append(Markup.escaped(failure))
                    .append("\"/>\n  </testcase>\n");
        }
    }
}
