package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tools/tlem} in a checkout whose folder has a blank and a letter that is not ASCII, in every locale. */
class ScriptTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> LOCALES =
            List.of("LC_ALL=C", "LANG=", "LC_ALL=xx_XX.UTF-8", "LC_CTYPE=C", "LC_ALL=C.UTF-8");

    @TempDir
    static Path folder;

    private static Path checkout;
    private static Path tlem;

    @BeforeAll
    static void makeCheckout() throws IOException {
        if (!"UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
            Privileged.missing("Java cannot name such files here: tools/test runs it in a locale in which it can");
        }
        checkout = Files.createDirectories(folder.resolve("Prüf ung"));
        Path tools = Files.createDirectories(checkout.resolve("tools"));
        Path own = Files.exists(Path.of("tools/tlem")) ? Path.of("tools") : Path.of("../tools");
        for (String tool : List.of("tlem", "find-java", "start", "utf-8")) {
            Files.copy(own.resolve(tool), tools.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
        }
        tlem = tools.resolve("tlem");
        Path target = Files.createDirectories(checkout.resolve("src/target"));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "io.tlem.cli.Launcher");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        manifest.getMainAttributes().putValue("Enable-Native-Access", "ALL-UNNAMED");
        try (OutputStream file = Files.newOutputStream(target.resolve("tlem.jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.flush();
        }
        Files.createFile(target.resolve("tlem.built"));
        Path inside = Files.createDirectories(checkout.resolve("Übung"));
        Files.writeString(inside.resolve("spür.trace"), "0 250us\n");
        Files.writeString(inside.resolve("link.yaml"), "both: {delay: 'trace,spür.trace'}\n");
    }

    private static Program.Result run(String environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "-u",
                "LC_ALL",
                "-u",
                "LC_CTYPE",
                "-u",
                "LANG",
                "JAVA_HOME=" + System.getProperty("java.home"),
                environment,
                tlem.toString()));
        command.addAll(List.of(arguments));
        return Program.run(LIMIT, command);
    }

    /** SIGQUIT has Java list its threads, which is nothing that a reader of JSON expects. */
    @Test
    void whatJavaSaysIsNotBetweenTheLinesOfAReport() {
        List<String> command = List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                tlem.toString(),
                "run",
                "-i",
                "generator:",
                "-i",
                "sink:",
                "--json");
        try (Program emulator = Program.start(command)) {
            emulator.awaitOutput("\"interval\"", LIMIT);
            Program.output("kill", "-QUIT", Long.toString(emulator.pid()));
            String dump = "Full thread dump";
            Await.until(
                    "Java's threads are listed",
                    LIMIT,
                    () -> emulator.toString().contains(dump));
            Program.output("kill", "-TERM", Long.toString(emulator.pid()));
            Program.Result result = emulator.await(LIMIT);
            assertTrue(result.out().lines().allMatch(line -> line.startsWith("{")), result.out());
            assertTrue(result.err().contains(dump), result.err());
        }
    }

    static Stream<String> locales() {
        return LOCALES.stream();
    }

    @ParameterizedTest
    @MethodSource("locales")
    void filesAreFoundInEveryLocale(String locale) throws IOException {
        Path config = checkout.resolve("Übung/link.yaml");
        String printed = run(locale, "config", "--config", config.toString()).succeeded();
        Path again = Files.writeString(folder.resolve("again.yaml"), printed);
        assertEquals(
                printed, run(locale, "config", "--config", again.toString()).succeeded());
        boolean unicode = locale.contains("UTF-8");
        assertEquals(unicode, printed.contains("spür.trace"), printed);
        String ran = run(
                        locale,
                        "run",
                        "-i",
                        "generator:pps=1000,count=20",
                        "-i",
                        "sink:",
                        "--config",
                        config.toString(),
                        "--sleep",
                        "50us",
                        "-v")
                .err();
        assertTrue(ran.contains("sleep 50.0 " + (unicode ? "µs" : "us")), ran);
        assertFalse(ran.contains("?"), ran);
        if (locale.startsWith("LC_ALL=xx")) {
            return; // the same as another
        }
        String refused =
                run(locale, "run", "-i", "packet:büro\u202e", "-i", "sink:").err();
        assertTrue(refused.contains(unicode ? "büro\\u202e" : "b\\xfcro\\u202e"), refused);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xmx40m", "-Xms300m", "-XX:MaxHeapSize=100m", "-Xmx1g", ""})
    void sizesOfTheHeapThatAreGivenStand(String options) {
        run("TLEM_JAVA_OPTS=" + options, "run", "-i", "generator:count=5", "-i", "sink:", "-qq")
                .succeeded();
    }

    @Test
    void aHeapThatIsTooSmallIsRefusedInOneLine() {
        Program.Result result = run("TLEM_JAVA_OPTS=-Xmx4m", "run", "-i", "generator:count=5", "-i", "sink:", "-qq");
        assertFalse(result.status() == 0 && !result.err().isEmpty(), result.toString());
        assertTrue(result.err().lines().count() <= 1, result.toString());
        assertFalse(result.err().contains("larger value than the maximum"), result.toString());
    }

    @Test
    void anInterfaceMayHaveAnyName() {
        EmulatedNetwork.require();
        String namespace = "tlem-script-" + ProcessHandle.current().pid();
        Program.output("ip", "netns", "add", namespace);
        try {
            Program.output("ip", "-n", namespace, "link", "add", "büro0", "type", "veth", "peer", "name", "ve=1,x");
            for (String locale : LOCALES) {
                String listed = Program.output(
                        "ip",
                        "netns",
                        "exec",
                        namespace,
                        "env",
                        "-u",
                        "LC_CTYPE",
                        "-u",
                        "LANG",
                        locale,
                        tlem.toString(),
                        "ports");
                assertTrue(listed.contains(locale.contains("UTF-8") ? "packet:büro0 " : "packet:b\\xfcro0 "), listed);
                assertTrue(listed.contains("packet:ve\\=1\\,x "), listed);
            }
            List<String> run = List.of(
                    "ip",
                    "netns",
                    "exec",
                    namespace,
                    "env",
                    "LC_ALL=C",
                    tlem.toString(),
                    "run",
                    "-q",
                    "--duration",
                    "100ms");
            List<String> both = new ArrayList<>(run);
            both.addAll(List.of("-i", "packet:büro0", "-i", "packet:ve\\=1\\,x"));
            Program.run(LIMIT, both).succeeded();
        } finally {
            Program.output("ip", "netns", "del", namespace);
        }
    }
}
