package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.os.Terminal;
import io.tlem.stats.TextReport;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
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
    private static final int LINES_A_HEADER = 20;

    /** A link that starts or ends may be silent for long. */
    private static final long PATIENCE_NANOS = 2 * 3600 * 1_000_000_000L;

    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Option(names = "--json", description = "Print one JSON object a second, as tlem run --json does.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (ControlClient link = ControlClient.connect(name)) {
            int columns = Terminal.columns().orElse(TextReport.ANY_LENGTH);
            Message ignored =
                    link.ask("watch", json ? Map.of("format", "json") : Map.of("format", "text", "columns", columns));
            int samples = 0;
            Optional<Message> next = link.next(PATIENCE_NANOS);
            while (next.isPresent() && !Output.isClosedByReader()) {
                if (json) {
                    System.out.println(link.lastLine());
                } else {
                    if (samples++ % LINES_A_HEADER == 0) {
                        Output.text(TextReport.liveHeader());
                    }
                    next.get().texts("text").forEach(Output::text);
                }
                next = link.next(PATIENCE_NANOS);
            }
            if (next.isEmpty()) {
                Output.warn(name + " has ended");
            }
            return 0;
        }
    }
}
