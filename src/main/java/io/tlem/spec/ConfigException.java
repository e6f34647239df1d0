package io.tlem.spec;

/** A configuration is not acceptable. The message is one line, and begins with the place when it is a file's. */
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** @param message one line */
    public ConfigException(String message) {
        super(message);
    }
}
