package io.tlem.cli;

import io.tlem.impair.ModelProvider;
import io.tlem.impair.Models;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tlem models}. */
@Command(
        name = "models",
        description = "Lists the models of bandwidth, queue, loss and delay with their arguments and units.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        Models.providers().forEach((role, providers) -> {
            System.out.println("--" + role);
            for (ModelProvider<?> provider : providers) {
                System.out.printf("  %-18s %s%n", provider.usage(), provider.summary());
            }
        });
        return 0;
    }
}
