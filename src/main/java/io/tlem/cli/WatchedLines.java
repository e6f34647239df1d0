package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.os.Terminal;
import io.tlem.stats.TextReport;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A running link as lines, one for each direction each second, until it ends or nobody reads them. */
final class WatchedLines {
    private static final int LINES_A_HEADER = 20;

    private WatchedLines() {}

    /**
     * Prints them.
     *
     * @param json objects instead of lines for people
     * @throws IOException when the link is lost
     */
    static void print(ControlClient link, boolean json) throws IOException {
        int columns = Terminal.columns().orElse(TextReport.ANY_LENGTH);
        Message ignored =
                link.ask("watch", json ? Map.of("format", "json") : Map.of("format", "text", "columns", columns));
        int samples = 0;
        Optional<Message> next = link.nextWatched();
        while (next.isPresent() && !Output.isClosedByReader()) {
            if (json) {
                System.out.println(link.lastLine());
            } else {
                if (samples++ % LINES_A_HEADER == 0) {
                    Output.text(TextReport.liveHeader());
                }
                next.get().texts("text").forEach(Output::text);
            }
            next = link.nextWatched();
        }
        if (next.isEmpty()) {
            Output.warn(link.name() + " has ended");
        }
    }
}
