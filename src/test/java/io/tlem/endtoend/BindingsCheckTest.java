package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.NativeBuild;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tools/regenerate-bindings --check} in a copy of the bindings, with a program in the place of jextract. */
class BindingsCheckTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Writes what was committed when the test began, wherever it is asked to. */
    private static final String JEXTRACT = """
            #!/bin/sh
            while [ $# -gt 0 ]; do
                case $1 in
                --target-package) folder=$(echo "$2" | tr . /) ;;
                --output) output=$2 ;;
                esac
                shift
            done
            mkdir -p "$output/$folder" && cp "COMMITTED/$folder"/* "$output/$folder/"
            """;

    @TempDir
    static Path checkout;

    @BeforeAll
    static void copy() throws IOException {
        Privileged.tool("diff");
        if (!System.getProperty("os.name").equals("Linux")) {
            Privileged.missing("the bindings are made on Linux");
        }
        Path root = Files.exists(Path.of("tools/test")) ? Path.of("") : Path.of("..");
        Path script = Path.of("tools", "regenerate-bindings");
        Files.createDirectories(checkout.resolve("tools"));
        Files.copy(root.resolve(script), checkout.resolve(script), StandardCopyOption.COPY_ATTRIBUTES);
        Path bindings = Path.of("bindings", "src", "main", "java");
        for (String place : List.of("", "before")) {
            copy(root.resolve(bindings), checkout.resolve(place).resolve(bindings));
        }
        Path jextract =
                Files.createDirectories(checkout.resolve("jextract/bin")).resolve("jextract");
        Files.writeString(
                jextract,
                JEXTRACT.replace(
                        "COMMITTED",
                        checkout.resolve("before").resolve(bindings).toString()));
        assertTrue(jextract.toFile().setExecutable(true));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path copied = to.resolve(from.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copied);
                } else {
                    Files.copy(path, copied);
                }
            }
        }
    }

    private static Program.Result check(String path, String jextractHome) {
        return Program.run(
                LIMIT,
                List.of(
                        "/usr/bin/env",
                        "PATH=" + path,
                        "JEXTRACT_HOME=" + jextractHome,
                        checkout.resolve("tools/regenerate-bindings").toString(),
                        "--check"));
    }

    @Test
    void aDifferenceFails() throws IOException {
        String jextract = checkout.resolve("jextract").toString();
        Program.Result same = check(System.getenv("PATH"), jextract);
        assertEquals(0, same.status(), same.toString());
        Path changed = checkout.resolve("bindings/src/main/java/io/tlem/bindings/linux/Linux.java");
        String text = Files.readString(changed);
        Files.writeString(changed, text + "// edited by hand\n");
        Program.Result differs = check(System.getenv("PATH"), jextract);
        assertEquals(1, differs.status(), differs.toString());
        assertTrue(differs.out().contains("-// edited by hand"), differs.toString());
        Files.writeString(changed, text);
    }

    @Test
    void withoutJextractItSaysThatNothingWasCompared() throws IOException {
        Path few = Files.createDirectory(checkout.resolve("few")); // programs, and no jextract of this machine
        Files.createSymbolicLink(few.resolve("dirname"), NativeBuild.onPath("dirname"));
        Program.Result result = check(few.toString(), "");
        assertEquals(3, result.status(), result.toString());
        assertTrue(result.err().contains("NOT COMPARED"), result.toString());
    }
}
