package io.tlem.spec;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.text.Escapes;
import io.tlem.text.Shown;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where a ledger is written, and how.
 *
 * @param file its name
 * @param format of the file
 * @param every packets whose number is a multiple of that are in it; 1 for all
 * @param snapBytes that a capture has of a packet, 64 to 65535
 */
public record LedgerFile(Path file, Format format, long every, int snapBytes) {
    /** What may be said, for people. */
    public static final String USAGE = "FILE[,every=N][,format=F][,snap=BYTES]";

    private static final int LEAST_SNAP = 64;
    private static final int MOST_SNAP = 65535;
    private static final long MOST_EVERY = 1_000_000_000_000L;

    /** Formats, with the endings of names that stand for them. */
    public enum Format {
        /** A compact one of its own, which {@code tlem ledger} reads. */
        BINARY(""),
        /** Comma-separated values. */
        CSV(".csv"),
        /** A capture of both ends. */
        PCAPNG(".pcapng"),
        /** What mm-link logs. */
        MAHIMAHI(".log");

        private final String ending;

        Format(String ending) {
            this.ending = ending;
        }

        /** Its word on the command line. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Format parse(String text) {
            return Arrays.stream(values())
                    .filter(format -> format.label().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new SpecException("format " + Shown.quoted(text) + " is none of "
                            + Arrays.stream(values()).map(Format::label).collect(Collectors.joining(", "))));
        }

        private static Format of(String name) {
            return Arrays.stream(values())
                    .filter(format -> !format.ending.isEmpty() && name.endsWith(format.ending))
                    .findFirst()
                    .orElse(BINARY);
        }
    }

    /** The same, of a file whose name counts from a folder. */
    LedgerFile within(Path folder) {
        return new LedgerFile(folder.resolve(file).normalize(), format, every, snapBytes);
    }

    /** As it is written on a command line. */
    @Override
    public String toString() {
        return Escapes.part(file.toString())
                + (every == 1 ? "" : ",every=" + every)
                + ",format=" + format.label()
                + (snapBytes == LEAST_SNAP ? "" : ",snap=" + snapBytes);
    }

    /** @throws SpecException when it is not acceptable */
    static LedgerFile parse(String text) {
        List<String> parts = Escapes.split(text, ',');
        String name = Escapes.plain(parts.getFirst());
        if (name.isBlank()) {
            throw new SpecException("names no file; usage: " + USAGE);
        }
        Format format = Format.of(name);
        long every = 1;
        int snap = LEAST_SNAP;
        boolean snaps = false;
        for (String part : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            String value = part.substring(equals + 1);
            switch (part.substring(0, Math.max(equals, 0))) {
                case "every" -> every = Units.parseCount(value, 1, MOST_EVERY);
                case "format" -> format = Format.parse(value);
                case "snap" -> {
                    snap = (int) Units.parseCount(value, LEAST_SNAP, MOST_SNAP);
                    snaps = true;
                }
                default ->
                    throw new SpecException(Shown.quoted(part)
                            + " is none of every=N, format=F and snap=BYTES; a comma in" + " a name is written \\,");
            }
        }
        if (snaps && format != Format.PCAPNG) {
            throw new SpecException("snap is for captures (pcapng): no other ledger has packets' bytes");
        }
        if (every > 1 && format == Format.MAHIMAHI) {
            throw new SpecException("every=" + every + " would make Mahimahi's graphs show a part of the traffic as the"
                    + " whole; its log has all packets");
        }
        return new LedgerFile(Path.of(name), format, every, snap);
    }
}
