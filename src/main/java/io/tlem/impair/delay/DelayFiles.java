package io.tlem.impair.delay;

import io.tlem.impair.SpecLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads the files that delay models take. Every mistake is a {@link SpecException} that names file and line. */
final class DelayFiles {
    private static final int MAX_VALUES = 1 << 20;

    private DelayFiles() {}

    /** Delays, one a line as on the command line; # begins a comment. Sorted, ns. */
    static long[] readSamples(Path file) {
        List<Long> values = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, MAX_VALUES)) {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                values.add(lines.time(content));
            }
            if (values.isEmpty()) {
                throw lines.fileError("there is no value in it");
            }
        }
        long[] samples = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(samples);
        return samples;
    }
}
