package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.LinkName;
import io.tlem.control.Message;
import io.tlem.control.RefusedException;
import io.tlem.control.ShownLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlem list}. */
@Command(
        name = "list",
        description =
                "Lists the links of this user that run, with the names by which tlem show, set and others find them.",
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    private static final String ROW = "%-16s %8s %10s %8s  %s";

    @Option(names = "--json", description = "Print what tlem show --json prints, a line for each link.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String name : LinkName.all()) {
            try (ControlClient link = ControlClient.connect(name)) {
                Message shown = link.ask("show", Map.of());
                rows.add(json ? link.lastLine() : row(shown));
            } catch (RefusedException e) {
                // It has ended in this moment, or was killed.
            } catch (IOException e) {
                Output.warn(e.getMessage());
            }
        }
        if (json) {
            rows.forEach(System.out::println);
        } else if (rows.isEmpty()) {
            Output.warn("no link of this user's runs");
        } else {
            Output.text(String.format(Locale.ROOT, ROW, "name", "process", "runs for", "version", "ports"));
            rows.forEach(Output::text);
        }
        return 0;
    }

    private static String row(Message shown) {
        ShownLink link = new ShownLink(shown);
        return String.format(
                Locale.ROOT, ROW, shown.text("name"), link.process(), link.runsFor(), link.version(), link.ports());
    }
}
