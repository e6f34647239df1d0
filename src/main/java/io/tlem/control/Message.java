package io.tlem.control;

import io.tlem.spec.JsonText;
import io.tlem.spec.Node;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** An object that has come over a link's socket. What is not there is empty. */
public final class Message {
    private final Node.Mapping object;

    Message(Node.Mapping object) {
        this.object = object;
    }

    /**
     * Reads one.
     *
     * @param what it is, for messages
     * @param line of JSON
     * @throws IllegalArgumentException when it is no object
     */
    public static Message parse(String what, String line) {
        return new Message(JsonText.parse(what, line));
    }

    private Optional<Node> find(String key) {
        return object.entries().stream()
                .filter(entry -> entry.key().text().equals(key))
                .map(Node.Entry::value)
                .findFirst();
    }

    /** A text, or a number as it was written. */
    public String text(String key) {
        return find(key).map(Message::scalar).orElse("");
    }

    private static String scalar(Node node) {
        return node instanceof Node.Scalar scalar && !scalar.isNull() ? scalar.text() : "";
    }

    /**
     * A whole number.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public OptionalLong number(String key) {
        Optional<Node> found = find(key);
        if (found.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(scalar(found.get())));
        } catch (NumberFormatException e) {
            throw found.get()
                    .place()
                    .wrong("a whole number is needed, found " + found.get().description());
        }
    }

    /** A number, whole or not; empty where there is none. */
    public OptionalDouble decimal(String key) {
        try {
            return find(key)
                    .map(Message::scalar)
                    .map(Double::parseDouble)
                    .map(OptionalDouble::of)
                    .orElse(OptionalDouble.empty());
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /** Whether there is something of this name. */
    public boolean has(String key) {
        return find(key).isPresent();
    }

    /** Objects in a list. */
    public List<Message> list(String key) {
        return find(key).stream()
                .filter(Node.Sequence.class::isInstance)
                .flatMap(list -> ((Node.Sequence) list).values().stream())
                .filter(Node.Mapping.class::isInstance)
                .map(object -> new Message((Node.Mapping) object))
                .toList();
    }

    /** Texts in a list. */
    public List<String> texts(String key) {
        return find(key).stream()
                .filter(Node.Sequence.class::isInstance)
                .flatMap(list -> ((Node.Sequence) list).values().stream())
                .map(Message::scalar)
                .toList();
    }

    /**
     * An object inside.
     *
     * @throws IllegalArgumentException when it is not there
     */
    public Node.Mapping mapping(String key) {
        Node found = find(key).orElse(object);
        if (found == object || !(found instanceof Node.Mapping mapping)) {
            throw found.place().wrong("an object is needed for \"" + key + "\"");
        }
        return mapping;
    }

    /** As {@link #mapping}, to be asked in turn. */
    public Message inner(String key) {
        return new Message(mapping(key));
    }

    /** The keys. */
    public List<String> keys() {
        return object.entries().stream().map(entry -> entry.key().text()).toList();
    }
}
