package io.tlem.cli;

import io.tlem.impair.SpecException;
import io.tlem.spec.Preset;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tlem presets}. */
@Command(
        name = "presets",
        description =
                "Lists the links that --preset knows, what they are and where their values are from; or prints one as"
                        + " a configuration file.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  tlem presets",
            "  tlem presets starlink >link.yaml",
            "  tlem run -i eth1 -i eth2 --preset starlink --loss 1%%"
        })
final class PresetsCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            description = "The preset to print, with the source of each value. Default: list all of them.")
    private String wanted;

    @Override
    public Integer call() {
        if (wanted != null) {
            System.out.print(preset().text());
            return 0;
        }
        List<Preset> presets = Preset.all();
        int width = presets.stream().mapToInt(one -> one.name().length()).max().orElse(0) + 2;
        for (Preset one : presets) {
            Output.text(one.name() + " ".repeat(width - one.name().length()) + one.summary());
            one.sources().forEach(source -> Output.text(" ".repeat(width) + "Source: " + source));
        }
        return 0;
    }

    private Preset preset() {
        try {
            return Preset.named(wanted);
        } catch (SpecException e) {
            throw new UsageException(e.getMessage());
        }
    }
}
