package io.tlem.cli;

import io.tlem.link.LinkConfig;
import io.tlem.spec.Doubts;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecReader;
import io.tlem.spec.SpecWriter;
import io.tlem.thread.CpuClaims;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
            "  tlem config --config link.yaml --seed 7",
            "  tlem config --config new.yaml --compare link.yaml"
        })
final class ConfigCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "What is printed: yaml, or json of the same structure. Default: yaml.")
    private String format = "yaml";

    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "Print in which options the link differs from that of FILE instead, a line each; nothing when"
                    + " they mean the same.")
    private Path compared;

    @Override
    public Integer call() {
        if (!format.equals("yaml") && !format.equals("json")) {
            throw new UsageException("--format " + format + ": it is yaml or json");
        }
        LinkSpec spec = SpecOptions.read(command).conclude();
        LinkConfig ignored = LinkConfig.of(spec, 2, 0, CpuClaims.alone());
        Doubts.of(spec).forEach(doubt -> Output.warn("warning: " + doubt));
        if (compared != null) {
            LinkSpec.Builder other = new LinkSpec.Builder();
            SpecReader.read(compared, other);
            other.conclude().difference(spec).forEach(Output::text);
        } else {
            System.out.print(format.equals("json") ? SpecWriter.json(spec) : SpecWriter.yaml(spec));
        }
        return 0;
    }
}
