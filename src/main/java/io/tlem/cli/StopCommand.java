package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem stop}. */
@Command(
        name = "stop",
        description = "Ends a running link as Ctrl-C in its terminal does, and waits until it has ended.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The link has ended. Whether it has kept what was asserted is the exit status of run.",
            "1:It has not ended in time, or cannot be reached.",
            "2:There is no such link."
        })
final class StopCommand implements Callable<Integer> {
    /** For what is besides sending the rest: reports, closing ports. */
    private static final long PATIENCE_NANOS = 15_000_000_000L;

    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Option(
            names = "--drain",
            description = "Send what is under way first, for at most as long as --drain of run says. So"
                    + " it is without an option.")
    private boolean drain;

    @Option(names = "--now", description = "Send nothing more.")
    private boolean now;

    @Override
    public Integer call() throws IOException {
        if (drain && now) {
            throw new UsageException("stop: --drain and --now exclude each other");
        }
        return stop(name, now) ? 0 : 1;
    }

    /** Ends a link and waits until it has ended. */
    static boolean stop(String name, boolean now) throws IOException {
        try (ControlClient link = ControlClient.connect(name)) {
            Message answer = link.ask("stop", Map.of("how", now ? "now" : "drain"));
            Optional<Message> end = link.next(answer.number("drain_ns").orElse(0) + PATIENCE_NANOS);
            return end.isEmpty();
        }
    }
}
