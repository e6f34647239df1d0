package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.text.Shown;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What commands that change a running link have in common. */
final class ChangeOptions {
    private static final int NANO_DIGITS = 9;

    @Parameters(index = "0", paramLabel = "NAME", description = "The link's name, as tlem list shows it.")
    String name;

    @Option(
            names = "--if-version",
            paramLabel = "N",
            description =
                    "Change it only if it has this version still, as tlem show has told: else the exit status is 3.")
    private String onlyVersion;

    @Option(names = "--json", description = "Print the answer as one JSON object instead of text.")
    private boolean json;

    /** Has the link change, and says from where on it has. */
    int change(ControlClient link, String request, Map<String, ?> more) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(more);
        if (onlyVersion != null) {
            if (!onlyVersion.matches("[0-9]{1,18}")) {
                throw new UsageException(
                        "--if-version " + Shown.text(onlyVersion) + ": a version is a whole number, such as 4");
            }
            all.put("if_version", Long.parseLong(onlyVersion));
        }
        Message answer = link.ask(request, all);
        if (json) {
            System.out.println(link.lastLine());
            return 0;
        }
        Message from = answer.inner("from");
        for (String direction : from.keys()) {
            Message since = from.inner(direction);
            Output.text(direction + " from packet " + since.text("packet") + " on, "
                    + BigDecimal.valueOf(since.number("elapsed_ns").orElse(0), NANO_DIGITS)
                            .toPlainString() + " s after the start");
        }
        Output.text((from.keys().isEmpty() ? "nothing is different; version " : "version ") + answer.text("version")
                + " is in force:");
        ShowCommand.inForce(answer);
        ShowCommand.scenario(answer).ifPresent(Output::text);
        return 0;
    }
}
