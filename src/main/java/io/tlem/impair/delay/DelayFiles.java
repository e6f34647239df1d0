package io.tlem.impair.delay;

import io.tlem.impair.FileLimits;
import io.tlem.impair.LongList;
import io.tlem.impair.ReadFiles;
import io.tlem.impair.SpecLines;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads the files that delay models take. Every mistake is a {@link io.tlem.impair.SpecException} that names file and line. */
final class DelayFiles {
    private DelayFiles() {}

    /** Delays, one a line as on the command line; # begins a comment. Sorted, ns; for reading only. */
    static long[] readSamples(Path file) {
        return ReadFiles.of(file, long[].class, "sorted", () -> readSamplesNow(file));
    }

    private static long[] readSamplesNow(Path file) {
        LongList values = new LongList();
        try (SpecLines lines = new SpecLines(file, FileLimits.LINES)) {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                values.add(lines.time(content));
            }
            if (values.size() == 0) {
                throw lines.fileError("there is no value in it");
            }
        }
        long[] samples = values.toArray();
        Arrays.sort(samples);
        return samples;
    }
}
