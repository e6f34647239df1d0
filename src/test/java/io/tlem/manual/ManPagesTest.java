package io.tlem.manual;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.cli.Main;
import io.tlem.testing.NativeBuild;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Every command has a manual page with all that its help says, and roff has nothing to say about it. */
class ManPagesTest {
    @TempDir
    static Path folder;

    private static final Map<String, CommandSpec> COMMANDS = new TreeMap<>();

    @BeforeAll
    static void write() throws IOException {
        collect(Main.commandLine());
        ManPages.write(folder);
    }

    private static void collect(CommandLine command) {
        COMMANDS.put(command.getCommandSpec().qualifiedName("-") + ".1", command.getCommandSpec());
        command.getSubcommands().values().forEach(ManPagesTest::collect);
    }

    /** A page as words between single blanks, without roff's escapes. */
    private static String words(String name) throws IOException {
        return Files.readString(folder.resolve(name))
                .replaceAll("(?m)^\\.(TP|PP|nf|fi|sp)$", "")
                .replaceAll("\\\\f[BIR]|\\\\&", "")
                .replace("\\-", "-")
                .replace("\\(dq", "\"")
                .replace("\\(aq", "'")
                .replace("\\(ga", "`")
                .replace("\\(ha", "^")
                .replace("\\(ti", "~")
                .replace("\\e", "\\")
                .replaceAll("\\s+", " ");
    }

    private static String words(String... description) {
        String text = Ansi.OFF.string(String.join(" ", description));
        return text.replace("%%", "%").strip().replaceAll("\\s+", " ");
    }

    @Test
    void everyCommandHasAPage() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    COMMANDS.keySet(),
                    new TreeSet<>(
                            files.map(file -> file.getFileName().toString()).toList()));
        }
        assertTrue(COMMANDS.keySet().containsAll(List.of("tlem.1", "tlem-run.1", "tlem-import-tc.1")));
    }

    @Test
    void everyOptionAndArgumentIsInIt() throws IOException {
        int options = 0;
        for (Map.Entry<String, CommandSpec> command : COMMANDS.entrySet()) {
            String page = words(command.getKey());
            CommandSpec spec = command.getValue();
            assertTrue(page.contains(words(spec.usageMessage().description())), command.getKey());
            assertTrue(page.contains(words(spec.usageMessage().footer())), command.getKey());
            for (OptionSpec option : spec.options()) {
                String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
                String entry = String.join(", ", option.names()) + value + " " + words(option.description());
                assertTrue(page.contains(entry), command.getKey() + " lacks: " + entry + "\n" + page);
                options++;
            }
            for (PositionalParamSpec argument : spec.positionalParameters()) {
                String entry = argument.paramLabel() + " " + words(argument.description());
                assertTrue(page.contains(entry), command.getKey() + " lacks: " + entry + "\n" + page);
            }
            for (String child : spec.subcommands().keySet()) {
                assertTrue(page.contains(spec.qualifiedName("-") + "-" + child + "(1)"), command.getKey());
            }
        }
        assertTrue(options > 100, options + " options");
        assertTrue(words("tlem.1").contains("2 The command line is invalid or cannot be carried out."));
    }

    @Test
    void roffHasNothingToSayAboutThem() throws Exception {
        Privileged.tool("groff");
        for (String name : COMMANDS.keySet()) {
            List<String> command = new ArrayList<>(List.of("groff", "-man", "-ww", "-Tutf8", "-z"));
            command.add(folder.resolve(name).toString());
            NativeBuild.Result result = NativeBuild.run(folder.getParent(), command, Map.of());
            assertEquals("", result.output(), name);
            assertEquals(0, result.status(), name);
        }
    }

    /** What users copy out of a terminal of 80 columns is one line. */
    @Test
    void examplesFitOnALine() {
        COMMANDS.forEach((page, spec) -> {
            for (String line : spec.usageMessage().footer()) {
                String shown = line.replace("%%", "%");
                assertTrue(!shown.startsWith("  ") || shown.length() <= 80, page + ": " + shown);
            }
        });
    }
}
