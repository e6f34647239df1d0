package io.tlem.cli;

import io.tlem.control.ControlClient;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tlem undo}. */
@Command(
        name = "undo",
        description =
                "Takes the last change of a running link back, then the one before, and so on. Steps of a scenario are"
                        + " not taken back, and what they have made different since stays.",
        mixinStandardHelpOptions = true)
final class UndoCommand implements Callable<Integer> {
    @Mixin
    private ChangeOptions change;

    @Override
    public Integer call() throws IOException {
        try (ControlClient link = ControlClient.connect(change.name)) {
            return change.change(link, "undo", Map.of());
        }
    }
}
