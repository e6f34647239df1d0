package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tlem.impair.FileLimits;
import io.tlem.impair.Models;
import io.tlem.impair.RandomStreams;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecWriter;
import io.tlem.spec.YamlFile;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The files that users name, whatever they are called and whatever is in them. */
@Isolated // takes the process's standard error
class InputFilesTest {
    private static final String MARK = "\ufeff";

    @TempDir
    static Path folder;

    private static String refusal(String... arguments) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            assertEquals(2, Main.execute(arguments));
        } finally {
            System.setErr(standardError);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Test
    void nobodyWaitsForAPipeThatNobodyWritesTo() throws Exception {
        Path pipe = folder.resolve("pipe");
        Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assertTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertEquals("tlem: " + pipe + ": is not a regular file\n", refusal("config", "--config", pipe.toString()));
            assertEquals(
                    "tlem: -D samples," + pipe + ": " + pipe + ": is not a regular file\n",
                    refusal("config", "-D", "samples," + pipe));
        });
    }

    @Test
    void aFileThatMayNotBeReadIsSaidToBeOne() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "10ms\n");
        Files.setPosixFilePermissions(secret, Set.of());
        assumeFalse(Files.isReadable(secret), "root reads everything");
        assertTrue(refusal("config", "-D", "samples," + secret).contains("may not be read by this user"));
    }

    @Test
    void anEmptyNameIsNotTheCurrentFolder() {
        assertTrue(refusal("config", "--config=").contains("the name of the configuration file is empty"));
        assertTrue(
                refusal("config", "-D", "1ms", "--compare=").contains("the name of the configuration file is empty"));
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheText() throws IOException {
        Path samples = Files.writeString(folder.resolve("samples"), MARK + "10ms\n20ms\n");
        Models.delay("samples," + samples, new RandomStreams(1, 0));
        Path recorded = Files.writeString(folder.resolve("recorded"), MARK + "0101\n");
        Models.loss("bits," + recorded, new RandomStreams(1, 0));
        Path steps = Files.writeString(folder.resolve("steps"), MARK + "0 1M\n");
        Models.bandwidth("steps," + steps, new RandomStreams(1, 0));
        Path yaml = Files.writeString(folder.resolve("marked.yaml"), MARK + "seed: 1\n");
        assertEquals(1, YamlFile.read(yaml).entries().size());
        Path wide = Files.write(folder.resolve("wide"), "10ms\n".getBytes(StandardCharsets.UTF_16));
        assertTrue(refusal("config", "-D", "samples," + wide).contains("it is in UTF-16; save it as UTF-8"));
    }

    @Test
    void anyNameOfAFileCanBeWrittenAndIsPrintedAsItCanBeRead() throws IOException {
        for (String name : List.of("a,b.trace", "a=b,c", "back\\slash", "wrap,file=x", " blank ")) {
            Path trace = Files.writeString(folder.resolve(name), "0 10ms\n");
            String escaped = name.replaceAll("[\\\\,=]", "\\\\$0").replaceAll("^ | $", "\\\\ ");
            LinkSpec direct = Configured.of("-D", "trace," + folder + "/" + escaped);
            Path again = Files.writeString(folder.resolve("again.yaml"), SpecWriter.yaml(direct));
            LinkSpec read = Configured.of("--config", again.toString());
            assertEquals(SpecWriter.yaml(direct), SpecWriter.yaml(read));
            if (name.strip().equals(name)) { // a value of YAML is stripped
                Path mapping = Files.writeString(
                        folder.resolve("mapping.yaml"), "both: {delay: {kind: trace, file: '" + name + "'}}\n");
                LinkSpec ignored = Configured.of("--config", mapping.toString());
            }
            assertTrue(Files.exists(trace));
        }
    }

    @Test
    void theReferenceHasTheLimitsOfTheCode() throws IOException {
        String text = Reference.page("models").replaceAll("\\s+", " ");
        for (int limit : new int[] {FileLimits.LINES, FileLimits.OPPORTUNITIES, FileLimits.PACKETS}) {
            assertTrue(text.contains(String.format(Locale.ROOT, "%,d", limit)), "the reference should say " + limit);
        }
    }

    private static Path lines(String name, LongFunction<String> line) throws IOException {
        Path file = folder.resolve(name);
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (long i = 0; i < FileLimits.LINES; i++) {
                out.write(line.apply(i));
                out.write('\n');
            }
        }
        return file;
    }

    /** In the heap that Java is given, in both directions. */
    @Test
    void filesWithAsManyLinesAsAreAllowedFit() throws Exception {
        Path delays = lines("delays", i -> i + "us 1ms");
        Path rates = lines("rates", i -> i + "us 1G");
        Path losses = lines("losses", i -> i + "us 0");
        Path errors = folder.resolve("errors");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.tlem.cli.Main",
                        "run",
                        "-i",
                        "generator:count=10",
                        "-i",
                        "sink:",
                        "-D",
                        "trace," + delays,
                        "-B",
                        "steps," + rates,
                        "-L",
                        "trace," + losses,
                        "-qq")
                .redirectError(errors.toFile())
                .start();
        assertTrue(process.waitFor(180, TimeUnit.SECONDS), "still running");
        assertEquals(0, process.exitValue(), Files.readString(errors));
    }
}
