package io.tlem.spec;

/** A configuration is not acceptable. The message is one line, and begins with the place when it is a file's. */
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String pointer;

    /** @param message one line */
    public ConfigException(String message) {
        this(message, "");
    }

    ConfigException(String message, String pointer) {
        super(message);
        this.pointer = pointer;
    }

    /**
     * The message without its place, for somebody who has not written that document.
     *
     * @param document its name
     */
    public String messageWithin(String document) {
        String place = new Place.InJson(document, pointer) + ": ";
        return getMessage().startsWith(place) ? getMessage().substring(place.length()) : getMessage();
    }

    /** Where in a JSON document the mistake is, as in RFC 6901; empty for the whole document and for what is none. */
    public String pointer() {
        return pointer;
    }
}
