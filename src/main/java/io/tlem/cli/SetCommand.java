package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem set}. */
@Command(
        name = "set",
        description =
                "Changes a running link: what is not named stays as it is, and packets that are under way keep what was"
                        + " decided about them. All is checked before anything changes. The answer says from which packet on the"
                        + " change holds, and what is in force then.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem set wan both --delay 30ms --loss gilbert,1%%,25%%",
            "  tlem set wan a-to-b --bandwidth 2M --queue packets,20",
            "  tlem set wan both --preset starlink",
            "  tlem set wan both --link down",
            "  tlem set wan b-to-a --loss none --if-version 4"
        })
final class SetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private ChangeOptions change;

    @Parameters(index = "1", paramLabel = "WAY", description = "Which direction: a-to-b, b-to-a or both.")
    private String way;

    @Option(
            names = "--link",
            paramLabel = "down|up",
            description = "Take the link down, so that it loses everything, or up again.")
    private String link;

    /** Adds the options that a running link can take. */
    static void addOptions(CommandSpec set) {
        Setting.all().stream()
                .filter(NamedChange::isFor)
                .forEach(setting -> SpecOptions.add(set, setting, setting.description()));
    }

    @Override
    public Integer call() throws IOException {
        Section section = Arrays.stream(Section.values())
                .filter(possible -> possible.key().equals(way))
                .findFirst()
                .orElseThrow(() -> new UsageException("'" + way + "' is no direction; it is a-to-b, b-to-a or both"));
        try (ControlClient running = ControlClient.connect(change.name)) {
            Map<String, Object> part = NamedChange.part(
                    command, section, NamedChange.hasOwnModels(running), "tlem set " + change.name + " both");
            if (link != null) {
                if (!List.of("down", "up").contains(link)) {
                    throw new UsageException("--link " + link + ": it is down or up");
                }
                NamedChange.in(part, section).put("link", link);
            }
            if (part.isEmpty()) {
                throw new UsageException("set: nothing is to change; say what, such as --delay 30ms");
            }
            return change.change(running, "set", Map.of("change", part));
        }
    }
}
