package io.tlem.cli;

import io.tlem.port.PortAddress;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.RecordFile;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.text.FileUses;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** The files that a command reads and writes because of a link's settings and ports. */
final class SpecFiles {
    private static final String STANDARD_INPUT = "-";
    private static final String CAPTURE = "pcap";

    private SpecFiles() {}

    /**
     * Refuses a link that would write a file over one that it reads, or over another that it writes.
     *
     * @param ports besides those of the settings
     */
    static void check(CommandSpec command, LinkSpec spec, String... ports) {
        FileUses uses = new FileUses();
        read(uses, command, spec);
        List<PortAddress> all = Stream.concat(
                        spec.all(Setting.PORTS).stream().map(Value::value),
                        Arrays.stream(ports).map(PortAddress::parse))
                .filter(port -> port.kind().equals(CAPTURE))
                .toList();
        all.stream().map(PortAddress::name).filter(name -> !name.isEmpty()).forEach(name -> capture(uses, name));
        all.forEach(port -> Optional.ofNullable(port.options().get("write"))
                .ifPresent(name -> uses.writes("port " + port, Path.of(name))));
        written(uses, spec);
    }

    /** A capture that is read. */
    static void capture(FileUses uses, String name) {
        if (name.equals(STANDARD_INPUT)) {
            uses.reads("the standard input", Path.of("/dev/stdin"));
        } else {
            uses.reads(name, Path.of(name));
        }
    }

    /** What is read of a link's settings. */
    static void read(FileUses uses, CommandSpec command, LinkSpec spec) {
        SpecOptions.configuration(command).ifPresent(file -> uses.reads("--config " + file, file));
        for (Setting<Path> setting : List.of(Setting.SCENARIO, Setting.HTTP_TOKEN_FILE)) {
            spec.find(setting).ifPresent(file -> uses.reads(setting.option() + " " + file, file));
        }
    }

    /** What is written because of them. */
    static void written(FileUses uses, LinkSpec spec) {
        written(uses, spec, Setting.RECORD, RecordFile::file);
        written(uses, spec, Setting.LEDGER, LedgerFile::file);
        for (Setting<Path> setting : List.of(Setting.JOURNAL, Setting.HISTOGRAM_LOG, Setting.REPORT, Setting.JUNIT)) {
            written(uses, spec, setting, Function.identity());
        }
    }

    private static <T> void written(FileUses uses, LinkSpec spec, Setting<T> setting, Function<T, Path> file) {
        for (Value<T> value : spec.all(setting)) {
            Path path = file.apply(value.value());
            uses.writes(setting.option() + " " + path, path);
        }
    }
}
