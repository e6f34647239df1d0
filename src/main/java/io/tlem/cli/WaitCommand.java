package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.control.RefusedException;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.stats.Format;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem wait}. */
@Command(
        name = "wait",
        description = "Waits until a link runs, or until its scenario has come to one of its points, or past it.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The link runs, or the scenario has come to the point.",
            "1:The link has ended before.",
            "2:There is no such link or point.",
            "3:The time is over."
        })
final class WaitCommand implements Callable<Integer> {
    /** Less than a link lets one wait at once. */
    private static final long ONCE_NANOS = 4_000_000_000L;

    private static final long LOOK_NANOS = 20_000_000;
    private static final int TIME_IS_OVER = 3;

    @Parameters(index = "0", paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    private String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "POINT",
            defaultValue = "",
            description = "A point of its scenario. Default: wait until the link runs, so that packets pass.")
    private String point;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description =
                    "Wait no longer than TIME, such as 10s, also for a link that has not been started yet. Default: until"
                            + " the link ends, which must be there.")
    private String timeout;

    @Option(names = "--json", description = "Print where the scenario is then, as one JSON object, instead of text.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        long most = timeout == null ? 0 : time(timeout);
        long start = System.nanoTime();
        Optional<ControlClient> found = connect(start, most);
        if (found.isEmpty()) {
            return TIME_IS_OVER;
        }
        try (ControlClient link = found.get()) {
            while (true) {
                boolean over = timeout != null && System.nanoTime() - start >= most;
                long left =
                        timeout == null ? ONCE_NANOS : Math.clamp(most - (System.nanoTime() - start), 0, ONCE_NANOS);
                Message answer = link.ask("wait", Map.of("point", point, "timeout_ns", left), left);
                if (answer.text("passed").equals("true")) {
                    if (json) {
                        System.out.println(link.lastLine());
                    } else {
                        Output.text(
                                point.isEmpty() ? name + ": runs" : point + ": the scenario is at " + position(answer));
                    }
                    return 0;
                }
                if (over) {
                    Output.warn(name
                            + (point.isEmpty()
                                    ? ": the link does not run within " + timeout
                                    : ": the scenario has not come to the point " + point + " within " + timeout
                                            + "; it is at " + position(answer)));
                    return TIME_IS_OVER;
                }
            }
        }
    }

    /** One that has not been started yet is waited for, where there is a limit to it. */
    private Optional<ControlClient> connect(long start, long most) throws IOException {
        while (true) {
            try {
                return Optional.of(ControlClient.connect(name));
            } catch (RefusedException | IOException e) { // the latter of one that ends in this moment
                if (timeout == null) {
                    throw e;
                }
                if (System.nanoTime() - start >= most) {
                    Output.warn(e.getMessage() + "; none has come within " + timeout);
                    return Optional.empty();
                }
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static String position(Message answer) {
        return Format.nanos(answer.inner("scenario").number("position_ns").orElse(0));
    }

    private static long time(String text) {
        try {
            return Units.parseMoment(text);
        } catch (SpecException e) {
            throw new UsageException("--timeout " + e.getMessage());
        }
    }
}
