package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model as the reference tells a user to write it: compiled against the emulator, put into a jar, named on the command line. */
class ModelPathTest {
    /** As the reference shows it. */
    private static final String SOURCE = reference();

    private static String reference() {
        try {
            String text = Reference.page("embedding");
            int start = text.indexOf("```java\n") + 8;
            return text.substring(start, text.indexOf("```", start));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TempDir
    static Path folder;

    private record Result(int status, String out, String err) {}

    private static Result run(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(OwnJava.launcher(), "--enable-native-access=ALL-UNNAMED"));
        command.addAll(OwnJava.classes());
        command.add("io.tlem.cli.Main");
        command.addAll(List.of(args));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static void makeJar(Path models) throws IOException {
        makeJar(models, SOURCE);
    }

    private static void makeJar(Path models, String text) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        SimpleJavaFileObject source =
                new SimpleJavaFileObject(
                        URI.create("string:///example/MyModels.java"), SimpleJavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return text;
                    }
                };
        List<String> options = List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        assertTrue(compiler.getTask(null, null, null, options, null, List.of(source))
                .call());
        try (OutputStream file = Files.newOutputStream(models.resolve("my-models.jar"));
                ZipOutputStream jar = new ZipOutputStream(file)) {
            for (String name : List.of("MyModels", "MyModels$Sawtooth")) {
                jar.putNextEntry(new ZipEntry("example/" + name + ".class"));
                Files.copy(classes.resolve("example/" + name + ".class"), jar);
            }
            jar.putNextEntry(new ZipEntry("META-INF/services/io.tlem.impair.ModelLibrary"));
            jar.write("example.MyModels\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void aUsersModelIsANameLikeTheOthers() throws Exception {
        Path models = Files.createDirectories(folder.resolve("models"));
        makeJar(models);
        Result list = run("models", "--model-path", models.toString());
        assertEquals(0, list.status, list.err);
        assertTrue(list.out.contains("  sawtooth,MAX\n"), list.out);
        assertTrue(list.out.contains("max: time; top of the teeth"), list.out);
        Result ran = run(
                "run",
                "-i",
                "generator:pps=10000,count=3000",
                "-i",
                "sink:",
                "-D",
                "sawtooth,2ms",
                "--model-path",
                models.toString(),
                "--json",
                "-C",
                "none");
        assertEquals(0, ran.status, ran.err);
        assertTrue(ran.out.contains("\"transmitted_packets\":3000"), ran.out);
        Result bad =
                run("run", "-i", "generator:", "-i", "sink:", "-D", "sawtooth,2x", "--model-path", models.toString());
        assertEquals(2, bad.status);
        assertEquals(1, bad.err.lines().count(), bad.err);
        assertTrue(bad.err.contains("-D sawtooth,2x: '2x' is not a time"), bad.err);
    }

    @Test
    void aConfigurationFileNamesModelsOfAFolderBesideIt() throws Exception {
        Path models = Files.createDirectories(folder.resolve("beside"));
        makeJar(models);
        Path file = Files.writeString(
                folder.resolve("link.yaml"), "both: {delay: {kind: sawtooth, max: 2ms}}\nmodel-path: beside\n");
        Result printed = run("config", "--config", file.toString());
        assertEquals(0, printed.status, printed.err);
        assertTrue(printed.out.contains("  delay: sawtooth,max=2ms\n"), printed.out);
        assertTrue(printed.out.contains("model-path: " + models + "\n"), printed.out);
        Files.writeString(file, "both: {delay: {kind: sawtooth, mx: 2ms}}\nmodel-path: beside\n");
        Result bad = run("config", "--config", file.toString());
        assertEquals(2, bad.status);
        assertEquals("tlem: " + file + ":1:32: 'mx' is not an argument of sawtooth; did you mean 'max'?\n", bad.err);
    }

    /** What lies beside the jars, as the sweep's own files do, makes no difference. */
    @Test
    void aSweepSimulatesAgainWhenAModelHasChanged() throws Exception {
        Path models = Files.createDirectories(folder.resolve("sweep"));
        Captures.write(models.resolve("in.pcap"), Captures.random(1000, 1));
        Path sweep = Files.writeString(models.resolve("s.yaml"), """
                captures: [in.pcap]
                link: {model-path: ., both: {delay: "sawtooth,2ms"}}
                """);
        makeJar(models);
        assertEquals(0, run("sweep", sweep.toString()).status);
        String before = Files.readString(models.resolve("s.csv"));
        Result same = run("sweep", sweep.toString());
        assertTrue(same.out.contains("1 of 1 runs were done before"), same.out + same.err);
        makeJar(models, SOURCE.replace("next + 1000", "next + 3000"));
        Result other = run("sweep", sweep.toString());
        assertEquals(0, other.status, other.err);
        assertFalse(other.out.contains("done before"), other.out);
        assertNotEquals(before, Files.readString(models.resolve("s.csv")));
    }

    /** Models that fail as they are made or as they run, and libraries that cannot be loaded. */
    @Test
    void whatFailsInAUsersCodeIsOneLine() throws Exception {
        Path models = Files.createDirectories(folder.resolve("failing"));
        makeJar(
                models,
                SOURCE.replace("new Sawtooth(arguments.timeNanos(\"max\"))", "fail(arguments.timeNanos(\"max\"))")
                        .replace("private static final class", """
                                private static DelayModel fail(long max) {
                                    if (max == 1) {
                                        throw new IllegalStateException("no teeth");
                                    }
                                    if (max == 2) {
                                        throw new StackOverflowError("deep");
                                    }
                                    return max == 3 ? null : new Sawtooth(max);
                                }

                                private static final class""")
                        .replace(
                                "next = next >=",
                                "if (max == 4) throw new IllegalArgumentException(\"blunt\");\nnext = next >="));
        assertFails(
                2,
                models,
                "1ns",
                "-D sawtooth,1ns: the delay model 'sawtooth' failed: IllegalStateException: no teeth");
        assertFails(2, models, "2ns", "failed: StackOverflowError: deep");
        assertFails(2, models, "3ns", "'sawtooth' failed: it made nothing");
        assertFails(
                1, models, "4ns", "the model class example.MyModels$Sawtooth failed: IllegalArgumentException: blunt");

        byte[] jar = Files.readAllBytes(models.resolve("my-models.jar"));
        Path cutJar = Files.createDirectories(folder.resolve("cut-jar"));
        Files.write(cutJar.resolve("my-models.jar"), Arrays.copyOf(jar, jar.length / 2));
        assertFails(2, cutJar, "5ms", "my-models.jar: is no jar, or is broken");
        Path cutClass = Files.createDirectories(folder.resolve("cut-class/META-INF/services"))
                .getParent()
                .getParent();
        Files.writeString(cutClass.resolve("META-INF/services/io.tlem.impair.ModelLibrary"), "example.MyModels\n");
        byte[] whole = Files.readAllBytes(folder.resolve("classes/example/MyModels.class"));
        Files.createDirectories(cutClass.resolve("example"));
        Files.write(cutClass.resolve("example/MyModels.class"), Arrays.copyOf(whole, whole.length / 2));
        assertFails(2, cutClass, "5ms", "the library of models cannot be used: a class is broken");
        whole[7] = 99; // the version of the class file
        Files.write(cutClass.resolve("example/MyModels.class"), whole);
        assertFails(2, cutClass, "5ms", "was compiled for a newer Java");
    }

    private static void assertFails(int status, Path models, String max, String reason) throws Exception {
        Result bad = run(
                "run",
                "-i",
                "generator:count=10",
                "-i",
                "sink:",
                "-qq",
                "-D",
                "sawtooth," + max,
                "--model-path",
                models.toString());
        assertEquals(status, bad.status, bad.err);
        assertEquals(1, bad.err.lines().count(), bad.err);
        assertTrue(bad.err.contains(reason), bad.err);
    }

    @Test
    void aFolderWithoutModelsIsRefused() throws Exception {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Result none = run("run", "-i", "generator:", "-i", "sink:", "--model-path", empty.toString());
        assertEquals(2, none.status);
        assertTrue(none.err.contains("no model there"), none.err);
        Result missing = run("models", "--model-path", empty.resolve("nosuch").toString());
        assertEquals(2, missing.status);
        assertTrue(missing.err.contains("there is no such folder"), missing.err);
        Path broken = Files.createDirectories(folder.resolve("broken/META-INF/services"))
                .getParent()
                .getParent();
        Files.writeString(broken.resolve("META-INF/services/io.tlem.impair.ModelLibrary"), "no.such.Class\n");
        Result wrong = run("models", "--model-path", broken.toString());
        assertEquals(2, wrong.status);
        assertEquals(1, wrong.err.lines().count(), wrong.err);
    }
}
