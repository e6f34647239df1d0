package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.SystemThreads;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code tools/dist} makes of the packaged emulator runs where there is no Java and no other program: with an empty PATH
 * but for a shell. It is run after Maven has packaged, which the property {@code tlem.packaged} tells.
 */
class DistIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    static Path folder;

    private static Path unpacked;

    @BeforeAll
    static void make() throws IOException {
        if (System.getProperty("tlem.packaged") == null) {
            Privileged.missing("nothing is packaged yet: tools/test without -Dtest runs this afterwards");
        }
        if (!Files.isExecutable(Path.of(System.getProperty("java.home"), "bin", "jlink"))) {
            Privileged.missing("no jlink in " + System.getProperty("java.home"));
        }
        Privileged.tool("tar", "gzip");
        Path tools = Files.exists(Path.of("tools/dist")) ? Path.of("tools") : Path.of("../tools");
        Path output = folder.resolve("made");
        Program.run(
                        LIMIT,
                        List.of(
                                "env",
                                "JAVA_HOME=" + System.getProperty("java.home"),
                                tools.resolve("dist").toString(),
                                "--no-build",
                                "--output",
                                output.toString()))
                .succeeded();
        // Somewhere else than it was made, so that nothing is found at the old place.
        Path elsewhere = Files.createDirectories(folder.resolve("an other place"));
        Program.output(
                "tar",
                "-C",
                elsewhere.toString(),
                "-xzf",
                only(output, ".tar.gz").toString());
        unpacked = only(elsewhere, "");
        try (Stream<Path> all = Files.walk(output.resolve(unpacked.getFileName()))) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Path only(Path parent, String end) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            List<Path> found = files.filter(
                            file -> file.getFileName().toString().endsWith(end))
                    .toList();
            assertEquals(1, found.size(), found.toString());
            return found.getFirst();
        }
    }

    /** Runs the launcher by a shell's full name, with no program on the PATH and nothing else in the environment. */
    private static Program.Result tlem(String... arguments) throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/env",
                "-i",
                "PATH=" + empty,
                "/bin/sh",
                unpacked.resolve("bin/tlem").toString()));
        command.addAll(List.of(arguments));
        return Program.run(LIMIT, command);
    }

    @Test
    void runsWithAnEmptyPath() throws IOException {
        String version = tlem("--version").succeeded();
        assertTrue(version.matches("tlem \\d+\\.\\d+.*\\n"), version);
        List<Integer> cpus = SystemThreads.allowedCpus().stream().sorted().toList();
        String pinned = cpus.getFirst() + "," + cpus.getLast(); // by a library with native code
        Program.Result ran = tlem(
                "run",
                "-v",
                "--json",
                "-i",
                "generator:pps=1000,count=200",
                "-i",
                "sink:check=on",
                "-D",
                "normal,2ms,100us",
                "-C",
                pinned + "," + pinned,
                "--seed",
                "1");
        assertTrue(ran.succeeded().contains("\"transmitted_packets\":200"), ran.toString());
        boolean compiled = Files.exists(unpacked.resolve("lib/tlem/native/libtlem_kernel.so"));
        assertEquals(compiled, Files.exists(Path.of("target/native/libtlem_kernel.so")));
        assertTrue(ran.out().contains("\"copying_in\":\"" + (compiled ? "C" : "Java") + "\""), ran.toString());
        // A name that is not ASCII is read in the environment without a locale, too.
        assertEquals(2, tlem("config", "--config", "Übung.yaml").status());
        assertTrue(tlem("config", "--config", "Übung.yaml").err().contains("bung.yaml"), ran.toString());
        assertFalse(tlem("config", "--config", "Übung.yaml").err().contains("in this locale"), ran.toString());
    }

    @Test
    void aSymbolicLinkOnThePathLeadsToIt() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("tlem"), unpacked.resolve("bin/tlem"));
        Program.Result listed = Program.run(
                LIMIT, List.of("env", "PATH=" + bin + ":" + System.getenv("PATH"), "tlem", "models", "delay"));
        assertTrue(listed.succeeded().startsWith("--delay\n"), listed.toString());
    }

    /** Java reads its prepared classes only while the jars are what they were; it would say nothing and start more slowly. */
    @Test
    void preparedClassesFitWhatWasUnpacked() throws IOException {
        Path home = unpacked.resolve("lib/tlem");
        Program.Result result = Program.run(
                LIMIT,
                List.of(
                        home.resolve("runtime/bin/java").toString(),
                        "-XX:SharedArchiveFile=" + home.resolve("tlem.jsa"),
                        "-Xshare:on",
                        "-XX:+UseSerialGC",
                        "-Xlog:cds=warning",
                        "-Xlog:class+load",
                        "-jar",
                        home.resolve("tlem.jar").toString(),
                        "--version"));
        assertTrue(
                result.succeeded().contains("io.tlem.cli.Main source: shared objects file (top)"), result.toString());
    }

    @Test
    void everyLibraryHasItsLicenceAndEveryCommandItsPage() throws IOException {
        Path documents = unpacked.resolve("share/doc/tlem");
        try (Stream<Path> jars = Files.list(unpacked.resolve("lib/tlem/lib"))) {
            for (Path jar : jars.toList()) {
                String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
                if (!name.startsWith("tlem-")) {
                    try (Stream<Path> texts =
                            Files.walk(documents.resolve("licences").resolve(name))) {
                        assertTrue(
                                texts.anyMatch(
                                        text -> text.getFileName().toString().matches(".*(LICENSE|AL2).*")),
                                name);
                    }
                }
            }
        }
        assertTrue(Files.exists(unpacked.resolve("lib/tlem/runtime/legal/java.base/LICENSE")));
        assertTrue(Files.readString(documents.resolve("copyright")).contains("BSD 2-Clause"));
        assertTrue(Files.exists(documents.resolve("src/site/markdown/models.md")));
        for (String page : List.of("tlem", "tlem-run", "tlem-import-dnctl")) {
            assertTrue(Files.exists(unpacked.resolve("share/man/man1/" + page + ".1")), page);
        }
        Path completion = unpacked.resolve("share/bash-completion/completions/tlem");
        assertTrue(Files.readString(completion).contains("--bandwidth"));
        assertTrue(Files.getPosixFilePermissions(completion).contains(PosixFilePermission.OTHERS_READ));
    }

    @Test
    void theDebianPackageHasTheSame() throws IOException {
        Privileged.tool("dpkg-deb");
        String file = only(folder.resolve("made"), ".deb").toString();
        String content = Program.output("dpkg-deb", "-c", file);
        assertFalse(content.lines().anyMatch(line -> !line.contains(" root/root ")), content);
        String control = Program.output("dpkg-deb", "-f", file);
        assertTrue(control.contains("Package: tlem\n") && control.contains("Depends: libc6 (>= 2."), control);
        Path root = folder.resolve("root");
        Program.run(LIMIT, List.of("dpkg-deb", "-x", file, root.toString())).succeeded();
        Path usr = root.resolve("usr");
        try (Stream<Path> all = Files.walk(unpacked)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                String name = unpacked.relativize(path).toString();
                if (!name.startsWith("share/man/")) {
                    assertEquals(-1, Files.mismatch(path, usr.resolve(name)), name);
                }
            }
        }
        assertTrue(Files.exists(usr.resolve("share/man/man1/tlem-run.1.gz")));
        Program.run(LIMIT, List.of(usr.resolve("bin/tlem").toString(), "ports")).succeeded();
    }
}
