package io.tlem.spec;

import io.tlem.text.InputFile;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a YAML 1.2 file of one document. The tree is made of the parser's events, because only those have the place of
 * everything, and because so nothing is built that exceeds the limits: size, depth and aliases. An alias is the very node of
 * its anchor, so that aliases of aliases take no memory.
 */
public final class YamlFile {
    /** Largest file, bytes. */
    public static final int MAX_BYTES = 64 * 1024;

    /** A configuration needs four. */
    private static final int MAX_DEPTH = 16;

    private static final int MAX_ALIASES = 200;
    private static final List<String> OPEN_FILES = List.of("/dev/stdin", "/dev/fd", "/proc/self/fd");

    private final String name;
    private final Iterator<Event> events;
    private final Map<String, Node> anchors = new HashMap<>();
    private final Set<String> openAnchors = new HashSet<>();
    private int aliases;

    private YamlFile(String name, String text, int maxBytes) {
        this.name = name;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(name)
                .setParseComments(false)
                .setCodePointLimit(maxBytes)
                .build();
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /**
     * Reads a file.
     *
     * @return the mapping that is its document; empty when it has none
     * @throws ConfigException when it cannot be read, or is not such a file
     */
    public static Node.Mapping read(Path file) {
        return read(file, MAX_BYTES);
    }

    /** As {@link #read(Path)}, of a file that may have so many bytes. */
    public static Node.Mapping read(Path file, int maxBytes) {
        return parse(file.toString(), text(file, maxBytes), maxBytes);
    }

    /** What a file contains, if it is as small as a configuration. */
    static String text(Path file) {
        return text(file, MAX_BYTES);
    }

    private static String text(Path file, int maxBytes) {
        if (file.toString().isEmpty()) { // which Java takes for the current folder
            throw new ConfigException("the name of the configuration file is empty");
        }
        byte[] bytes;
        // What is open already, as of <(...) of a shell, has somebody who writes.
        if (OPEN_FILES.stream().noneMatch(file::startsWith)) {
            InputFile.problem(file).ifPresent(problem -> {
                throw new ConfigException(file + ": " + problem);
            });
        }
        try (InputStream in = InputFile.open(file)) {
            bytes = in.readNBytes(maxBytes + 1);
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e.getMessage());
        }
        requireSmall(file.toString(), bytes.length, maxBytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + ": not a text in UTF-8");
        }
    }

    private static void requireSmall(String name, int length, int maxBytes) {
        if (length > maxBytes) {
            throw new ConfigException(name + ": larger than " + maxBytes / 1024 + " KiB, which no configuration is");
        }
    }

    /**
     * Reads a text.
     *
     * @param name the file's, for messages
     */
    public static Node.Mapping parse(String name, String text) {
        return parse(name, text, MAX_BYTES);
    }

    /** As {@link #parse(String, String)}, of a text that may have so many bytes. */
    public static Node.Mapping parse(String name, String text, int maxBytes) {
        requireSmall(name, text.length(), maxBytes);
        try {
            return new YamlFile(name, text.startsWith("\uFEFF") ? text.substring(1) : text, maxBytes).document();
        } catch (MarkedYamlEngineException e) {
            throw place(name, e.getProblemMark().or(e::getContextMark))
                    .wrong("not YAML: " + Shown.text(String.valueOf(e.getProblem())));
        } catch (ReaderException e) {
            String before = text.substring(0, Math.min(e.getPosition(), text.length()));
            int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
            throw new Place.InFile(name, line, before.length() - before.lastIndexOf('\n'))
                    .wrong(String.format("the character U+%04X is not possible in YAML", e.getCodePoint()));
        } catch (YamlEngineException e) {
            throw new Place.InFile(name, 1, 1).wrong("not YAML: " + Shown.text(String.valueOf(e.getMessage())));
        }
    }

    private static Place place(String name, Optional<Mark> mark) {
        return new Place.InFile(
                name,
                mark.map(Mark::getLine).orElse(0) + 1,
                mark.map(Mark::getColumn).orElse(0) + 1);
    }

    private Place place(Event event) {
        return place(name, event.getStartMark());
    }

    private Node.Mapping document() {
        Node.Mapping top = new Node.Mapping(new Place.InFile(name, 1, 1), List.of());
        boolean found = false;
        while (events.hasNext()) {
            Event event = events.next();
            switch (event.getEventId()) {
                case DocumentStart -> {
                    if (found) {
                        throw place(event).wrong("a second document; a configuration is one");
                    }
                    found = true;
                }
                case StreamStart, DocumentEnd, StreamEnd -> {}
                default -> {
                    Node node = node(event, 1);
                    if (node instanceof Node.Mapping mapping) {
                        top = mapping;
                    } else if (!(node instanceof Node.Scalar scalar) || !scalar.isNull()) {
                        throw node.place()
                                .wrong("expected keys with values, such as 'seed: 42', found " + node.description());
                    }
                }
            }
        }
        return top;
    }

    private Node node(Event event, int depth) {
        if (depth > MAX_DEPTH) {
            throw place(event).wrong("nested deeper than " + MAX_DEPTH + " levels, which no configuration is");
        }
        if (event instanceof AliasEvent alias) {
            return aliased(alias);
        }
        Optional<String> anchor =
                event instanceof NodeEvent start ? start.getAnchor().map(Object::toString) : Optional.empty();
        anchor.ifPresent(openAnchors::add);
        Node node = switch (event) {
            case ScalarEvent scalar -> {
                refuseTag(scalar.getTag(), event);
                yield new Node.Scalar(place(event), scalar.getValue(), scalar.isPlain());
            }
            case SequenceStartEvent start -> {
                refuseTag(start.getTag(), event);
                yield sequence(place(event), depth);
            }
            case MappingStartEvent start -> {
                refuseTag(start.getTag(), event);
                yield mapping(place(event), depth);
            }
            default -> throw place(event).wrong("not YAML");
        };
        anchor.ifPresent(key -> {
            openAnchors.remove(key);
            anchors.put(key, node);
        });
        return node;
    }

    private void refuseTag(Optional<String> tag, Event event) {
        if (tag.isPresent()) {
            throw place(event).wrong("the tag " + Shown.text(tag.get()) + " is not possible; write the value alone");
        }
    }

    private Node aliased(AliasEvent alias) {
        String anchor = alias.getAlias().toString();
        if (++aliases > MAX_ALIASES) {
            throw place(alias).wrong("more than " + MAX_ALIASES + " aliases");
        }
        Node node = anchors.get(anchor);
        if (node == null || openAnchors.contains(anchor)) {
            throw place(alias)
                    .wrong("*" + Shown.text(anchor)
                            + (node == null && !openAnchors.contains(anchor)
                                    ? " has no anchor &" + Shown.text(anchor) + " before it"
                                    : " is inside its own anchor"));
        }
        return node;
    }

    private Node sequence(Place place, int depth) {
        List<Node> values = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            values.add(node(event, depth + 1));
        }
        return new Node.Sequence(place, List.copyOf(values));
    }

    private Node mapping(Place place, int depth) {
        List<Node.Entry> entries = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            if (!(node(event, depth + 1) instanceof Node.Scalar key)) {
                throw place(event).wrong("a key must be a word");
            }
            int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
            Integer first = seen.putIfAbsent(key.text(), line);
            if (first != null) {
                throw place(event).wrong("the key " + key.description() + " is there twice, first in line " + first);
            }
            entries.add(new Node.Entry(key, node(events.next(), depth + 1)));
        }
        return new Node.Mapping(place, List.copyOf(entries));
    }
}
