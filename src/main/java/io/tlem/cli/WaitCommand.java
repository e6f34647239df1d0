package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.stats.Format;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem wait}. */
@Command(
        name = "wait",
        description = "Waits until the scenario of a running link has come to one of its points, or past it.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The scenario has come to the point.",
            "1:The link has ended before.",
            "2:There is no such link or point.",
            "3:The time is over."
        })
final class WaitCommand implements Callable<Integer> {
    /** Less than a link lets one wait at once. */
    private static final long ONCE_NANOS = 4_000_000_000L;

    private static final int TIME_IS_OVER = 3;

    @Parameters(index = "0", paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Parameters(index = "1", paramLabel = "POINT", description = "A point of its scenario.")
    private String point;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Wait no longer than TIME, such as 10s. Default: until the link ends.")
    private String timeout;

    @Option(names = "--json", description = "Print where the scenario is then, as one JSON object, instead of text.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        long most = timeout == null ? Long.MAX_VALUE : time(timeout);
        long start = System.nanoTime();
        try (ControlClient link = ControlClient.connect(name)) {
            while (true) {
                long left = Math.clamp(most - (System.nanoTime() - start), 0, ONCE_NANOS);
                Message answer = link.ask("wait", Map.of("point", point, "timeout_ns", left), left);
                String position = Format.nanos(
                        answer.inner("scenario").number("position_ns").orElse(0));
                if (answer.text("passed").equals("true")) {
                    if (json) {
                        System.out.println(link.lastLine());
                    } else {
                        Output.text(point + ": the scenario is at " + position);
                    }
                    return 0;
                }
                if (System.nanoTime() - start >= most) {
                    Output.warn(name + ": the scenario has not come to the point " + point + " within " + timeout
                            + "; it is at " + position);
                    return TIME_IS_OVER;
                }
            }
        }
    }

    private static long time(String text) {
        try {
            return Units.parseMoment(text);
        } catch (SpecException e) {
            throw new UsageException("--timeout " + e.getMessage());
        }
    }
}
