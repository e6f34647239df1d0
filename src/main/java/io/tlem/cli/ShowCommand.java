package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.stats.Format;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem show}. */
@Command(
        name = "show",
        description = "Shows what a running link is at the moment, and what it has done so far.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;

    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (ControlClient link = ControlClient.connect(name)) {
            Message shown = link.ask("show", json ? Map.of() : Map.of("format", "text"));
            if (json) {
                System.out.println(link.lastLine());
            } else {
                Output.text(name + ": " + ports(shown));
                Output.text("process " + shown.inner("start").text("process") + ", runs for " + runsFor(shown)
                        + ", version " + shown.text("version"));
                inForce(shown);
                scenario(shown).ifPresent(Output::text);
                shown.texts("text").forEach(Output::text);
            }
            return 0;
        }
    }

    /** The parameters of each direction, a line each. */
    static void inForce(Message answer) {
        Message directions = answer.inner("in_force");
        for (String direction : directions.keys()) {
            Message values = directions.inner(direction);
            String all = values.keys().stream()
                    .map(key -> key + " " + values.text(key))
                    .collect(Collectors.joining(", "));
            Output.text("  " + direction + "  " + (all.isEmpty() ? "no impairment" : all));
        }
    }

    /** Where the scenario is. */
    static Optional<String> scenario(Message answer) {
        if (!answer.keys().contains("scenario")) {
            return Optional.empty();
        }
        Message scenario = answer.inner("scenario");
        OptionalLong length = scenario.number("length_ns");
        return Optional.of("the scenario is at "
                + Format.nanos(scenario.number("position_ns").orElse(0))
                + (length.isPresent() ? " of " + Format.nanos(length.getAsLong()) : "") + ", "
                + scenario.text("state"));
    }

    static String ports(Message shown) {
        Message ports = shown.inner("start").inner("ports");
        return ports.inner("a").text("address") + ", " + ports.inner("b").text("address");
    }

    /** {@code 1h02m03s}. */
    static String runsFor(Message shown) {
        long seconds = shown.number("elapsed_ns").orElse(0) / SECOND;
        return seconds < MINUTE
                ? seconds + "s"
                : seconds < HOUR
                        ? String.format(Locale.ROOT, "%dm%02ds", seconds / MINUTE, seconds % MINUTE)
                        : String.format(
                                Locale.ROOT,
                                "%dh%02dm%02ds",
                                seconds / HOUR,
                                seconds % HOUR / MINUTE,
                                seconds % MINUTE);
    }
}
