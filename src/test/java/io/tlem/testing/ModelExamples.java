package io.tlem.testing;

import io.tlem.impair.ModelKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** The examples that model kinds give of themselves, with the files that they name. */
public final class ModelExamples {
    /** Files that examples name, by their names, and what is in them. */
    public static final Map<String, String> FILES = Map.of(
            "normal.dist", "-8192 0 4096 8192\n",
            "delays.txt", "0 10ms\n1s 20ms\n2s 5ms\n",
            "samples.txt", "10ms\n20ms\n30ms\n",
            "losses.txt", "0001000000\n",
            "loss-rates.txt", "0 0.001\n1s 5%\n2s 0\n",
            "rates.txt", "0 10M\n1s 1G\n2s 100M\n",
            "lte.trace", "1\n1\n2\n3\n",
            "wifi.profile", "name test\nsamples 100\nbw 100M\ndelay prob\n1 0\n2 0.9\n5 1\n");

    private ModelExamples() {}

    /** The kind's example; its files are written into a folder. */
    public static String specification(ModelKind kind, Path folder) {
        return Arrays.stream(kind.example().split(",", -1))
                .map(word -> FILES.containsKey(word) ? write(folder, word) : word)
                .collect(Collectors.joining(","));
    }

    private static String write(Path folder, String name) {
        try {
            return Files.writeString(folder.resolve(name), FILES.get(name)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
