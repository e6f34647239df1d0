package io.tlem.cli;

import io.tlem.control.ControlClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem watch}. */
@Command(
        name = "watch",
        description =
                "Prints what a running link does, a line for each direction each second, until it ends or Ctrl-C.",
        mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Option(names = "--json", description = "Print one JSON object a second, as tlem run --json does.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (ControlClient link = ControlClient.connect(name)) {
            WatchedLines.print(link, json);
            return 0;
        }
    }
}
