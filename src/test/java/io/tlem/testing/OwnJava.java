package io.tlem.testing;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * This Java as another process, with the classes of this one. They come from jars and an archive of Java's (class data sharing), as
 * those of an installed emulator do: a start takes a quarter less than with folders of classes. Jars and archive are made once for
 * all tests between two compilations.
 */
public final class OwnJava {
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final String ARCHIVE = "classes.jsa";
    private static final int PATIENCE_SECONDS = 60;

    private OwnJava() {}

    /** Made when the first process is started. */
    private static final class Made {
        static final List<String> OPTIONS = make();

        private static List<String> make() {
            try {
                return archived();
            } catch (IOException e) {
                return plain(); // as where the folder cannot be written
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return plain();
            }
        }
    }

    /** The program. */
    public static String launcher() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Options that give it this process's classes; the last two are {@code -cp} and the class path. Only beside {@code
     * --enable-native-access=ALL-UNNAMED}, with which the archive is made.
     */
    public static List<String> classes() {
        return Made.OPTIONS;
    }

    private static List<String> plain() {
        return List.of("-cp", CLASS_PATH);
    }

    private static List<String> archived() throws IOException, InterruptedException {
        List<Path> entries = Stream.of(CLASS_PATH.split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of)
                .toList();
        List<Path> folders = entries.stream().filter(Files::isDirectory).toList();
        if (folders.isEmpty()) {
            return plain();
        }
        String state = Long.toHexString(state(folders) * 31L + CLASS_PATH.hashCode());
        Path all = folders.getFirst().toAbsolutePath().resolveSibling("own-java");
        Path folder = all.resolve(state);
        List<String> path = new ArrayList<>();
        for (Path entry : entries) {
            path.add(
                    (folders.contains(entry) ? folder.resolve(folders.indexOf(entry) + ".jar") : entry.toAbsolutePath())
                            .toString());
        }
        List<String> options = List.of(
                "-XX:SharedArchiveFile=" + folder.resolve(ARCHIVE),
                "-Xlog:cds*=off", // that Java's own archive below it was made without that option
                "-cp",
                String.join(File.pathSeparator, path));
        if (!Files.exists(folder.resolve(ARCHIVE))) {
            delete(all);
            Files.createDirectories(all);
            try {
                Files.createDirectory(folder);
            } catch (FileAlreadyExistsException e) {
                return plain(); // somebody else is about it
            }
            for (Path made : folders) {
                pack(made, folder.resolve(folders.indexOf(made) + ".jar"));
            }
            if (!dump(folder, options.getLast())) {
                return plain();
            }
        }
        return options;
    }

    /** Another one after each compilation. */
    private static long state(List<Path> folders) throws IOException {
        long state = 0;
        for (Path folder : folders) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.toList()) {
                    state = state * 31 + Files.getLastModifiedTime(file).toMillis();
                }
            }
        }
        return state;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void pack(Path folder, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream out = new ZipOutputStream(file);
                Stream<Path> files = Files.walk(folder)) {
            out.setLevel(1);
            files.filter(Files::isRegularFile).sorted().forEach(one -> {
                try {
                    out.putNextEntry(
                            new ZipEntry(folder.relativize(one).toString().replace(File.separatorChar, '/')));
                    Files.copy(one, out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** Has a link write down what it has loaded. */
    private static boolean dump(Path folder, String path) throws IOException, InterruptedException {
        Path making = folder.resolve("making.jsa");
        Process process = new ProcessBuilder(
                        launcher(),
                        "-XX:+UseSerialGC",
                        "-XX:ArchiveClassesAtExit=" + making,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        path,
                        "io.tlem.cli.Main",
                        "run",
                        "-qq",
                        "--no-control",
                        "--keep-privileges", // else it may not write the archive at its end
                        "--cpus",
                        "none",
                        "-i",
                        "generator:count=100",
                        "-i",
                        "sink:",
                        "-D",
                        "1ms")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        if (process.exitValue() != 0 || !Files.exists(making)) {
            return false;
        }
        Files.move(making, folder.resolve(ARCHIVE), StandardCopyOption.ATOMIC_MOVE);
        return true;
    }
}
