package io.tlem.cli;

import io.tlem.link.DirectionModels;
import io.tlem.thread.CpuClaims;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** All that {@code tlem run} can be told. Each option here and in what it mixes in is also a key of configuration files. */
final class RunOptions {
    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-i", "--port"},
            paramLabel = "PORT",
            description = "The two ports, A and B: an interface name, or kind:name[,option=value...]; tlem ports lists"
                    + " them. Exactly two.")
    List<String> ports = new ArrayList<>();

    @Option(
            names = ConfigFile.OPTION,
            paramLabel = "FILE",
            description = "YAML file with options under their long names, and those with a value for each direction"
                    + " below both:, a-to-b: and b-to-a:. Options of the command line win. tlem config prints one.")
    Path config;

    @Option(
            names = {"-w", "--wait-link"},
            paramLabel = "SECONDS",
            description = "Wait this long after opening the ports before the emulation starts, for links to come up; 0"
                    + " to 100. Default: ${DEFAULT-VALUE}.",
            defaultValue = "0")
    String waitLink;

    @Option(
            names = "--netmap-library",
            paramLabel = "FILE",
            description =
                    "Shared library that provides netmap's calls (open, ioctl, mmap, munmap, poll, close) in place"
                            + " of the system's, for the netmap and vale ports that have no option library=FILE.")
    Path netmapLibrary;

    @Mixin
    RouteOptions routing;

    @Mixin
    LinkOptions link;

    private Optional<ConfigFile> file = Optional.empty();

    /** Takes from the configuration file, if there is one, what the command line does not say. */
    void readConfig() {
        if (link.modelPath != null) {
            ModelPath.load(link.modelPath);
        }
        if (config != null) {
            file = Optional.of(ConfigFile.read(config));
            file.get().applyTo(command);
        }
    }

    /** The same mistake, with its place when the option is the configuration file's. */
    RuntimeException located(RuntimeException mistake) {
        return file.map(read -> read.located(mistake)).orElse(mistake);
    }

    /** @throws UsageException when there are more or fewer */
    void requireTwoPorts() {
        if (ports.size() != 2) {
            throw new UsageException(
                    "two ports are needed, each with -i PORT; found " + ports.size() + " (tlem ports lists them)");
        }
    }

    /** Checks every value that can be checked without the ports. */
    void check() {
        List<DirectionModels> models = link.models(0);
        waitSeconds();
        link.checkBuffers();
        link.checkedConfig(models.size(), 0, CpuClaims.alone());
        link.durationNanos();
        link.drainNanos(models);
    }

    long waitSeconds() {
        return LinkOptions.count("-w", waitLink, 0, 100);
    }

    CommandSpec command() {
        return command;
    }
}
