package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code tools/netmap-guest} refuses before it needs anything of the machine. */
class NetmapGuestTest {
    @TempDir
    private Path folder;

    @Test
    void withoutAModuleItSaysWhatIsNeeded() {
        Program.Result result = guest();
        assertEquals(2, result.status());
        assertTrue(result.err().startsWith("tools/netmap-guest: --module FILE is missing\n"), result.err());
        assertTrue(result.err().contains("linux-headers-VERSION"), result.err());
        assertTrue(result.err().contains("linux-image-VERSION"), result.err());
    }

    @Test
    void whatCannotBeDoneIsRefusedInOneLine() throws IOException {
        Path text = Files.writeString(folder.resolve("netmap.ko"), "no module\n");
        Path module = Files.writeString(folder.resolve("other.ko"), "\0vermagic=0.0.0-none SMP \0depends=\0");
        refused("there is no such file", "--module", folder + "/nosuch.ko");
        refused("there is no such file", "--module", folder.toString());
        refused("not a kernel module", "--module", text.toString());
        refused("needs a value", "--module");
        refused("unknown option '--colour'", "--colour");
        refused("not a number of seconds", "--module", module.toString(), "--timeout", "soon");
        refused("not a size", "--module", module.toString(), "--memory", "much");
    }

    private static void refused(String part, String... arguments) {
        Program.Result result = guest(arguments);
        assertEquals(2, result.status(), result.toString());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().startsWith("tools/netmap-guest: "), result.err());
        assertTrue(result.err().contains(part), result.err());
    }

    private static Program.Result guest(String... arguments) {
        String tool = Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                .map(path -> path.resolve("tools/netmap-guest"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow()
                .toString();
        List<String> command = new ArrayList<>(List.of(tool));
        command.addAll(List.of(arguments));
        return Program.run(Duration.ofSeconds(20), command);
    }
}
