package io.tlem.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What Linux says about a process, in {@code /proc}. */
record ProcessStatus(Path folder) {
    static ProcessStatus of(Process process) {
        return new ProcessStatus(Path.of("/proc", Long.toString(process.pid())));
    }

    static ProcessStatus ofSelf() {
        return new ProcessStatus(Path.of("/proc/self"));
    }

    /** Resident memory, that on reserved huge pages included, which the kernel counts apart. */
    long residentBytes() throws IOException {
        long kib = 0;
        for (String line : Files.readAllLines(folder.resolve("status"))) {
            if (line.startsWith("VmRSS:") || line.startsWith("HugetlbPages:")) {
                kib += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return kib * 1024;
    }

    /** CPU time of the emulator's threads so far, ns, by the names that Linux has cut to 15 characters. */
    Map<String, Long> stageCpuNanos() throws IOException {
        Map<String, Long> times = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(folder.resolve("task"))) {
            tasks.forEach(task -> {
                try {
                    String name = Files.readString(task.resolve("comm")).strip();
                    if (name.startsWith("tlem ")) {
                        String time =
                                Files.readString(task.resolve("schedstat")).split(" ", 2)[0];
                        times.put(
                                name.contains(" in") ? "input" : name.contains(" ou") ? "output" : "annotator",
                                Long.parseLong(time));
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return times;
    }
}
