package io.tlem.cli;

import io.tlem.control.ControlClient;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tlem reset}. */
@Command(
        name = "reset",
        description = "Makes a running link again what it was when it was started.",
        mixinStandardHelpOptions = true)
final class ResetCommand implements Callable<Integer> {
    @Mixin
    private ChangeOptions change;

    @Override
    public Integer call() throws IOException {
        try (ControlClient link = ControlClient.connect(change.name)) {
            return change.change(link, "reset", Map.of());
        }
    }
}
