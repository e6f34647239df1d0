package io.tlem.fit;

import io.tlem.impair.Role;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.spec.Section;
import io.tlem.text.Escapes;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ObjDoubleConsumer;
import java.util.stream.Stream;

/**
 * A link of captures at both of its ends: one direction, or both where captures have them. At most so many packets are kept as
 * were asked for, at about 30 bytes each, and {@link CaptureMatch#WINDOW} digests of packets.
 */
public final class CaptureFit {
    /** Most packets that can be looked at. */
    public static final int MOST_PACKETS = 1 << 24;

    static final String SAMPLES = ".delays.txt";
    static final String DIST = ".dist";

    /** A direction: what was found of it. */
    private static final class Way {
        final Section section;
        final CaptureMatch.Result match;
        Passage passage;
        LinkFit fit;
        FitCheck check;

        Way(Section section, CaptureMatch.Result match) {
            this.section = section;
            this.match = match;
            this.passage = match.passage();
        }
    }

    private static final double UNKNOWN = -1;
    private static final int BLOCK = 4096; // packets

    private final List<String> captures;
    private final ObjDoubleConsumer<String> progress;
    private final List<Way> ways = new ArrayList<>();
    private final List<String> assumptions = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * Reads the captures and finds the link.
     *
     * @param before the capture where packets enter
     * @param after the capture where they leave
     * @param clients tells whose packets enter there (direction 0); empty where all packets go the same way
     * @param most packets of each direction that are looked at, 2 to {@link #MOST_PACKETS}
     * @param baseDelay the least delay of the link, where it is known, ns; by it the offset of the clocks is found
     * @param clockOffset by how much the clock of {@code after} is ahead of that of {@code before}, where that is known, ns
     * @param progress told now and then what is done, and how much of that has been, 0 to 1; negative where that is not known
     * @throws IllegalArgumentException with one line, when there is no link to be found in them
     */
    public CaptureFit(
            String before,
            String after,
            Optional<CaptureReader.Splitter> clients,
            int most,
            Optional<Long> baseDelay,
            Optional<Long> clockOffset,
            ObjDoubleConsumer<String> progress)
            throws IOException {
        captures = List.of(before, after);
        this.progress = progress;
        if (clients.isPresent()) {
            matchBothWays(before, after, clients.get(), most);
        } else {
            CaptureReader.Splitter all = (from, type, memory, packet, captured, original) -> 0;
            ways.add(new Way(Section.A_TO_B, CaptureMatch.of(before, after, most, all, all, this::matched)));
        }
        if (clockOffset.isPresent()) {
            remove(clockOffset.get(), "as was given");
        } else if (ways.size() == 2 && baseDelay.isEmpty()) {
            removeSameLeastDelay();
        }
        for (Way way : ways) {
            progress.accept("finding models", UNKNOWN);
            try {
                way.fit = new LinkFit(way.passage, baseDelay);
            } catch (IllegalArgumentException e) {
                throw ways.size() == 1 ? e : ofWay(way.section, e);
            }
        }
    }

    private void matchBothWays(String before, String after, CaptureReader.Splitter clients, int most)
            throws IOException {
        if (!hasAny(after, clients)) {
            throw new IllegalArgumentException(after + ": has no packet that goes from BEFORE to AFTER, by --client or"
                    + " --client-filter; where addresses are translated on the way, name those there as well");
        }
        long[] unknown = new long[1];
        CaptureReader.Splitter there = (from, type, memory, packet, captured, original) -> {
            unknown[0] += clients.knows(type, memory, packet, captured) ? 0 : 1;
            return clients.direction(from, type, memory, packet, captured, original);
        };
        CaptureReader.Splitter back =
                (from, type, memory, packet, captured, original) -> clients.knows(type, memory, packet, captured)
                        ? 1 - clients.direction(from, type, memory, packet, captured, original)
                        : 1;
        matchWay(Section.A_TO_B, before, after, most, there, clients);
        if (unknown[0] > 0) {
            remarks.add(unknown[0] + " packets of " + before
                    + " have no address by which --client tells where they go, such as"
                    + " those of other protocols, and are left out");
        }
        matchWay(Section.B_TO_A, after, before, most, back, back);
    }

    private void matchWay(
            Section section,
            String from,
            String to,
            int most,
            CaptureReader.Splitter splitter,
            CaptureReader.Splitter others)
            throws IOException {
        int done = ways.size();
        try {
            ways.add(new Way(
                    section,
                    CaptureMatch.of(
                            from,
                            to,
                            most,
                            splitter,
                            others,
                            share -> matched(share < 0 ? share : (done + share) / 2))));
        } catch (IllegalArgumentException e) {
            throw ofWay(section, e);
        }
    }

    private static IllegalArgumentException ofWay(Section section, IllegalArgumentException e) {
        return new IllegalArgumentException(section.key() + ": " + e.getMessage(), e);
    }

    private static boolean hasAny(String capture, CaptureReader.Splitter clients) throws IOException {
        try (CaptureReader reader = new CaptureReader(capture, clients)) {
            while (reader.load(BLOCK) != Long.MAX_VALUE) {
                for (long packet = reader.first(); packet < reader.end(); packet++) {
                    if (reader.direction(packet) == 0) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private void matched(double share) {
        progress.accept("matching packets", share);
    }

    /** With both directions the clocks' offset is half of the difference of the least times, if those are the same. */
    private void removeSameLeastDelay() {
        long there = least(ways.get(0).passage);
        long back = least(ways.get(1).passage);
        if (there + back < 0) {
            throw new IllegalArgumentException(
                    "there and back packets take less than no time: the captures are swapped,"
                            + " or --client or --client-filter tells of those at the other end");
        }
        remove((there - back) / 2, "removed: the least times there and back are taken to be the same");
    }

    /** @param why for people, with what became of it */
    private void remove(long offset, String why) {
        for (Way way : ways) {
            way.passage = shifted(way.passage, way.section == Section.A_TO_B ? -offset : offset);
        }
        assumptions.add("clocks       offset " + Digits.shown(Estimate.Unit.NANOS, (double) offset) + ", " + why);
    }

    private static long least(Passage passage) {
        return Arrays.stream(FitCheck.delays(passage)).min().orElse(0);
    }

    private static Passage shifted(Passage passage, long by) {
        return passage.withOut(
                Arrays.stream(passage.out())
                        .map(t -> t == Passage.LOST ? t : t + by)
                        .toArray(),
                Arrays.stream(passage.again())
                        .map(t -> t == Passage.LOST ? t : t + by)
                        .toArray());
    }

    /**
     * Writes the configuration, its tables, and the report.
     *
     * @param file of the configuration
     * @param report a page to be written
     * @return the files that were written
     */
    public List<Path> write(Path file, Optional<Path> report) throws IOException {
        List<Path> written = new ArrayList<>(List.of(file));
        Map<Section, List<LinkFile.Model>> sections = new EnumMap<>(Section.class);
        for (Way way : ways) {
            Path samples = Beside.file(file, middle(way) + SAMPLES);
            Path dist = Beside.file(file, middle(way) + DIST);
            Map<Role, LinkFile.Model> models = way.fit.models("samples," + Beside.quoted(samples));
            Optional<DelayTable> table = way.fit.table();
            if (table.isPresent()) {
                table.get().writeSamples(samples);
                table.get().writeDist(dist, Beside.stem(dist));
                written.addAll(List.of(samples, dist));
            }
            Map<Role, String> found = new EnumMap<>(Role.class);
            way.fit
                    .models("samples," + Escapes.part(samples.toAbsolutePath().toString()))
                    .forEach((role, model) -> found.put(role, model.specification()));
            progress.accept("simulating", UNKNOWN);
            way.check = FitCheck.of(way.fit.passage(), found);
            sections.put(way.section, List.copyOf(models.values()));
        }
        OutputFile.write(
                file,
                LinkFile.yaml(
                        List.of("Found by tlem fit of " + captures.get(0) + " and " + captures.get(1) + "."),
                        sections));
        if (report.isPresent()) {
            OutputFile.write(report.get(), page(file));
            written.add(report.get());
        }
        return written;
    }

    /**
     * The files that may be written, the configuration first.
     *
     * @param file of the configuration
     * @param bothWays whether the captures have both directions
     */
    public static List<Path> files(Path file, boolean bothWays) {
        List<Path> files = new ArrayList<>(List.of(file));
        for (String middle : bothWays ? List.of("." + Section.A_TO_B.key(), "." + Section.B_TO_A.key()) : List.of("")) {
            files.add(Beside.file(file, middle + SAMPLES));
            files.add(Beside.file(file, middle + DIST));
        }
        return files;
    }

    private String middle(Way way) {
        return ways.size() == 1 ? "" : "." + way.section.key();
    }

    private String page(Path file) throws IOException {
        FitPage page = new FitPage(captures, assumptions);
        for (Way way : ways) {
            page.direction(way.section.key(), way.fit, way.check, way.match.remarks());
        }
        return page.text(Files.readString(file));
    }

    /** For people, after the configuration was written. */
    public List<String> summary() {
        List<String> lines = new ArrayList<>(assumptions);
        for (Way way : ways) {
            if (ways.size() > 1) {
                lines.add(way.section.key() + ":");
            }
            lines.addAll(way.fit.summary());
            if (way.check != null) {
                lines.addAll(way.check.summary());
            }
        }
        return lines;
    }

    /** What about the captures is not as one would expect, a line each. */
    public List<String> remarks() {
        return Stream.concat(remarks.stream(), ways.stream().flatMap(way -> way.match.remarks().stream()))
                .distinct()
                .toList();
    }
}
