package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.screen.LinkScreen;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tlem top}. */
@Command(
        name = "top",
        description = {
            "Shows a running link on the whole terminal until it ends: rates, queue, drops and lateness over the last"
                    + " minutes, and what is in force. Keys: q quits, p pauses, r sets how many seconds a point spans, ?"
                    + " explains.",
            "Where standard input or output is no terminal it prints lines, as tlem watch does. NO_COLOR in the"
                    + " environment leaves colours out."
        },
        mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Override
    public Integer call() throws IOException {
        String noColour = System.getenv("NO_COLOR");
        boolean ended;
        try (LinkScreen screen = LinkScreen.open(System.out.charset(), noColour == null || noColour.isEmpty())) {
            if (screen == null) {
                try (ControlClient link = ControlClient.connect(name)) {
                    WatchedLines.print(link, false);
                    return 0;
                }
            }
            Shutdown.listen();
            ended = screen.show(name, Shutdown::requested);
        }
        if (ended) {
            Output.warn(name + " has ended");
        }
        return 0;
    }
}
