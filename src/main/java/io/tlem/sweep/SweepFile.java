package io.tlem.sweep;

import io.tlem.simulate.NamedFiles;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import io.tlem.spec.SpecWriter;
import io.tlem.spec.YamlFile;
import io.tlem.text.InputFile;
import io.tlem.text.Nearest;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Reads the file of a sweep: captures, seeds, what is the same in all runs, and the grid or the list of what is not. Used by one
 * thread.
 */
final class SweepFile {
    private static final int MOST_RUNS = 100_000;
    private static final int MOST_BYTES = 1 << 20;
    private static final List<String> KEYS = List.of("captures", "seeds", "link", "grid", "list");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

    private final Path file;
    private final Path folder; // from the root, for files of models and scenarios
    private final Map<String, Node> given = new LinkedHashMap<>();

    /**
     * What is other than in other runs.
     *
     * @param values by parameter, as {@code both.delay}
     */
    private record Point(Map<String, Node.Entry> values) {
        Point with(Point more) {
            Map<String, Node.Entry> all = new LinkedHashMap<>(values);
            all.putAll(more.values);
            return new Point(all);
        }
    }

    private SweepFile(Path file) {
        this.file = file;
        this.folder = file.toAbsolutePath().getParent();
    }

    /**
     * Reads it and checks every run.
     *
     * @throws ConfigException with the place, when something is not acceptable
     */
    static Sweep read(Path file) {
        return new SweepFile(file).sweep();
    }

    private Sweep sweep() {
        Node.Mapping top = YamlFile.read(file, MOST_BYTES);
        for (Node.Entry entry : top.entries()) {
            String key = entry.key().text();
            if (!KEYS.contains(key)) {
                throw entry.key()
                        .place()
                        .wrong(entry.key().description() + " is not a key of a sweep"
                                + Nearest.hint(key, new LinkedHashSet<>(KEYS)));
            }
            given.put(key, entry.value());
        }
        List<Traffic> traffic = captures();
        List<Long> seeds = given.containsKey("seeds") ? seeds(given.get("seeds")) : List.of(1L);
        LinkSpec link = given.containsKey("link")
                ? SpecReader.changed(new LinkSpec.Builder().conclude(), mapping(given.get("link")), folder)
                : new LinkSpec.Builder().conclude();
        refuseOthers(link);
        List<Point> points = points();
        long count = (long) traffic.size() * seeds.size() * points.size();
        if (count > MOST_RUNS) {
            throw new ConfigException(
                    file + ": the sweep has " + count + " runs; at most " + MOST_RUNS + " are possible");
        }
        Set<String> parameters = new LinkedHashSet<>();
        points.forEach(point -> parameters.addAll(point.values().keySet()));
        boolean both = traffic.stream().anyMatch(Traffic::hasBothDirections);
        List<Run> runs = new ArrayList<>();
        NamedFiles named = new NamedFiles();
        for (Point point : points) {
            LinkSpec spec = at(link, point);
            String text = SpecWriter.json(spec);
            List<String> files = files(named, spec);
            List<String> values = parameters.stream()
                    .map(parameter -> point.values().containsKey(parameter)
                            ? written(point.values().get(parameter).value())
                            : "")
                    .toList();
            for (Traffic of : traffic) {
                for (long seed : seeds) {
                    runs.add(new Run(runs.size(), of, seed, values, text, files, both));
                }
            }
        }
        return new Sweep(List.copyOf(parameters), runs, both);
    }

    private List<String> files(NamedFiles named, LinkSpec link) {
        try {
            return named.of(link).stream().map(Path::toString).toList();
        } catch (IOException e) {
            throw new ConfigException(file + ": a folder of models cannot be read: " + InputFile.reason(e));
        }
    }

    private Node.Mapping mapping(Node node) {
        if (node instanceof Node.Mapping mapping) {
            return mapping;
        }
        throw node.place().wrong("keys with values are expected, found " + node.description());
    }

    private Node.Sequence sequence(Node node, String what) {
        if (node instanceof Node.Sequence sequence && !sequence.values().isEmpty()) {
            return sequence;
        }
        throw node.place()
                .wrong(what + " is expected, found "
                        + (node instanceof Node.Sequence ? "an empty one" : node.description()));
    }

    private static String text(Node node, String what) {
        if (node instanceof Node.Scalar scalar
                && !scalar.isNull()
                && !scalar.text().isBlank()) {
            return scalar.text();
        }
        throw node.place().wrong(what + " is expected, found " + node.description());
    }

    private List<Traffic> captures() {
        if (!given.containsKey("captures")) {
            throw new ConfigException(file + ": 'captures' is missing, a list of what is simulated");
        }
        return sequence(given.get("captures"), "a list of captures").values().stream()
                .map(this::capture)
                .toList();
    }

    private Traffic capture(Node node) {
        if (node instanceof Node.Scalar) {
            return new Traffic(List.of(path(node)), List.of(), "");
        }
        Map<String, Node> parts = new LinkedHashMap<>();
        mapping(node).entries().forEach(entry -> parts.put(entry.key().text(), entry.value()));
        if (parts.keySet().equals(Set.of("a-to-b", "b-to-a"))) {
            return new Traffic(List.of(path(parts.get("a-to-b")), path(parts.get("b-to-a"))), List.of(), "");
        }
        if (parts.keySet().equals(Set.of("file", "client"))) {
            List<Node> clients = parts.get("client") instanceof Node.Sequence several
                    ? several.values()
                    : List.of(parts.get("client"));
            List<String> names =
                    clients.stream().map(one -> text(one, "a client")).toList();
            return split(parts.get("client"), new Traffic(List.of(path(parts.get("file"))), names, ""));
        }
        if (parts.keySet().equals(Set.of("file", "client-filter"))) {
            Node filter = parts.get("client-filter");
            String text = text(filter, "an expression of pcap-filter");
            return split(filter, new Traffic(List.of(path(parts.get("file"))), List.of(), text));
        }
        throw node.place()
                .wrong("a capture is a name, or has the keys a-to-b and b-to-a, file and client, or file and"
                        + " client-filter; found "
                        + parts.keySet());
    }

    /** Checks what tells the directions. */
    private static Traffic split(Node said, Traffic traffic) {
        try {
            var ignored = traffic.splitter();
            return traffic;
        } catch (IllegalArgumentException e) {
            throw said.place().wrong(e.getMessage());
        }
    }

    private String path(Node node) {
        try {
            Path capture = Path.of(text(node, "the name of a capture"));
            Path beside = file.getParent() == null ? capture : file.resolveSibling(capture);
            return beside.normalize().toString();
        } catch (InvalidPathException e) {
            throw node.place().wrong(node.description() + " is not the name of a file");
        }
    }

    private List<Long> seeds(Node node) {
        if (node instanceof Node.Sequence) {
            List<Long> all = new ArrayList<>();
            for (Node one : sequence(node, "a list of seeds").values()) {
                all.addAll(seeds(one));
                if (all.size() > MOST_RUNS) {
                    throw one.place().wrong("up to here there are more than " + MOST_RUNS + " seeds");
                }
            }
            return all;
        }
        String text = text(node, "a seed, such as 7, 1-20 or [1, 5]");
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) {
            return List.of(Setting.SEED.value(text).value());
        }
        long first = Long.parseLong(range.group(1));
        long last = Long.parseLong(range.group(2));
        if (last < first || last - first >= MOST_RUNS) {
            throw node.place().wrong(node.description() + " is no range of at most " + MOST_RUNS + " seeds");
        }
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** What a simulation has nothing to do with is not said here. */
    private void refuseOthers(LinkSpec link) {
        List<Setting<?>> possible = List.of(Setting.SCENARIO, Setting.EXEMPT, Setting.MODEL_PATH, Setting.BATCH);
        for (Setting<?> setting : Setting.all()) {
            if (!setting.isEachWay()
                    && !possible.contains(setting)
                    && !link.all(setting).isEmpty()) {
                throw new ConfigException(file + ": '" + setting.key() + "' is not of a sweep's link");
            }
        }
    }

    /** The points of the list, each with all of the grid. */
    private List<Point> points() {
        List<Point> points = new ArrayList<>();
        if (given.containsKey("list")) {
            for (Node one : sequence(given.get("list"), "a list of points").values()) {
                Map<String, Node.Entry> values = new LinkedHashMap<>();
                parameters(mapping(one)).forEach((name, entry) -> values.put(name, entry));
                points.add(new Point(values));
            }
        } else {
            points.add(new Point(Map.of()));
        }
        if (given.containsKey("grid")) {
            for (Map.Entry<String, Node.Entry> parameter :
                    parameters(mapping(given.get("grid"))).entrySet()) {
                List<Node> values = parameter.getValue().value() instanceof Node.Sequence several
                        ? sequence(several, "a list of values").values()
                        : List.of(parameter.getValue().value());
                if ((long) points.size() * values.size() > MOST_RUNS) {
                    throw new ConfigException(file + ": the grid has more than " + MOST_RUNS + " points");
                }
                List<Point> more = new ArrayList<>();
                for (Point point : points) {
                    for (Node value : values) {
                        more.add(point.with(new Point(Map.of(
                                parameter.getKey(),
                                new Node.Entry(parameter.getValue().key(), value)))));
                    }
                }
                points = more;
            }
        }
        return points;
    }

    /** The values of sections by {@code section.key}, and of the whole link by their keys. */
    private Map<String, Node.Entry> parameters(Node.Mapping point) {
        Map<String, Node.Entry> all = new LinkedHashMap<>();
        for (Node.Entry entry : point.entries()) {
            if (section(entry.key().text()) == null) {
                all.put(entry.key().text(), entry);
            } else {
                mapping(entry.value())
                        .entries()
                        .forEach(inner ->
                                all.put(entry.key().text() + "." + inner.key().text(), inner));
            }
        }
        return all;
    }

    private static Section section(String key) {
        return Arrays.stream(Section.values())
                .filter(one -> one.key().equals(key))
                .findFirst()
                .orElse(null);
    }

    /** The link of a point. */
    private LinkSpec at(LinkSpec link, Point point) {
        List<Node.Entry> whole = new ArrayList<>();
        Map<String, List<Node.Entry>> sections = new LinkedHashMap<>();
        point.values().forEach((name, entry) -> {
            String section = name.substring(0, Math.max(0, name.indexOf('.')));
            (section.isEmpty() ? whole : sections.computeIfAbsent(section, its -> new ArrayList<>())).add(entry);
        });
        sections.forEach((section, entries) -> {
            Node.Scalar key = new Node.Scalar(entries.getFirst().key().place(), section, true);
            whole.add(new Node.Entry(key, new Node.Mapping(key.place(), entries)));
        });
        if (whole.isEmpty()) {
            return link;
        }
        LinkSpec made =
                SpecReader.changed(link, new Node.Mapping(whole.getFirst().key().place(), whole), folder);
        refuseOthers(made);
        return made;
    }

    /** A value as people write it in one line. */
    private static String written(Node node) {
        return switch (node) {
            case Node.Scalar scalar -> scalar.text();
            case Node.Sequence several ->
                several.values().stream().map(SweepFile::written).toList().toString();
            case Node.Mapping mapping ->
                mapping.entries().stream()
                        .map(entry -> entry.key().text() + ": " + written(entry.value()))
                        .toList()
                        .toString()
                        .replaceFirst("^\\[", "{")
                        .replaceFirst("]$", "}");
        };
    }
}
