package io.tlem.spec;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.text.Escapes;
import io.tlem.text.Shown;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a running link is recorded.
 *
 * @param file its name
 * @param snapBytes that are kept of a packet, 64 to 262144
 */
public record RecordFile(Path file, int snapBytes) {
    /** What may be said, for people. */
    public static final String USAGE = "FILE[,snap=BYTES]";

    private static final int LEAST_SNAP = 64;
    private static final int MOST_SNAP = 262_144;

    /** The same, of a file whose name counts from a folder. */
    RecordFile within(Path folder) {
        return new RecordFile(folder.resolve(file).normalize(), snapBytes);
    }

    /** As it is written on a command line. */
    @Override
    public String toString() {
        return Escapes.part(file.toString()) + (snapBytes == MOST_SNAP ? "" : ",snap=" + snapBytes);
    }

    /** @throws SpecException when it is not acceptable */
    static RecordFile parse(String text) {
        List<String> parts = Escapes.split(text, ',');
        String name = Escapes.plain(parts.getFirst());
        if (name.isBlank()) {
            throw new SpecException("names no file; usage: " + USAGE);
        }
        int snap = MOST_SNAP;
        for (String part : parts.subList(1, parts.size())) {
            if (!part.startsWith("snap=")) {
                throw new SpecException(Shown.quoted(part) + " is not snap=BYTES; a comma in a name is written \\,");
            }
            snap = (int) Units.parseCount(part.substring("snap=".length()), LEAST_SNAP, MOST_SNAP);
        }
        return new RecordFile(Path.of(name), snap);
    }
}
