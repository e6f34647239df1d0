package io.tlem.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tlem config}. */
@Command(
        name = "config",
        description =
                "Prints the options of run as a configuration file, those of --config included; run --config reads"
                        + " it. Files are named from the root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem config -i eth1 -i eth2 -B 100M -D 10ms -L 0.01 -L 0 >link.yaml",
            "  tlem config --config link.yaml --seed 7"
        })
final class ConfigCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options;

    @Override
    public Integer call() {
        options.readConfig();
        try {
            if (!options.ports.isEmpty()) {
                options.requireTwoPorts();
            }
            options.check();
            options.link.doubts().forEach(doubt -> Output.warn("warning: " + doubt));
            System.out.print(ConfigText.of(options.command(), options.link));
        } catch (UsageException | IllegalArgumentException e) {
            throw options.located(e);
        }
        return 0;
    }
}
