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

    /** Where in a JSON document the mistake is, as in RFC 6901; empty for the whole document and for what is none. */
    public String pointer() {
        return pointer;
    }
}
