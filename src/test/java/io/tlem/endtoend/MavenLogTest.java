package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code tools/test} writes into a file. */
class MavenLogTest {
    @Test
    void hasNoEscapeCodes() {
        Privileged.tool("mvn");
        Path script = Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                .map(path -> path.resolve("tools").resolve("test"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
        // Maven says its version and does nothing else.
        String out = Program.run(Duration.ofSeconds(60), List.of(script.toString(), "--version"))
                .succeeded();
        assertTrue(out.contains("Apache Maven"), out);
        assertEquals(-1, out.indexOf('\u001b'), out);
    }
}
