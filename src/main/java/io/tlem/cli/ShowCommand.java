package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.control.ShownLink;
import io.tlem.stats.Format;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem show}. */
@Command(
        name = "show",
        description = "Shows what a running link is at the moment, and what it has done so far.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (ControlClient client = ControlClient.connect(name)) {
            Message shown = client.ask("show", json ? Map.of() : Map.of("format", "text"));
            if (json) {
                System.out.println(client.lastLine());
            } else {
                ShownLink link = new ShownLink(shown);
                Output.text(name + ": " + link.ports());
                Output.text(
                        "process " + link.process() + ", runs for " + link.runsFor() + ", version " + link.version());
                inForce(shown);
                scenario(shown).ifPresent(Output::text);
                shown.texts("text").forEach(Output::text);
            }
            return 0;
        }
    }

    /** The parameters of each direction, a line each. */
    static void inForce(Message answer) {
        ShownLink.inForce(answer).forEach((direction, all) -> Output.text("  " + direction + "  " + all));
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
}
