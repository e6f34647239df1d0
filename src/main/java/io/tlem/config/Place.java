package io.tlem.config;

/**
 * Where something stands in a file.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
public record Place(String file, int line, int column) {
    /** Messages of models repeat what was found, which may be as long as a file. */
    private static final int MAX_MESSAGE = 1000;

    /** A mistake here. */
    public ConfigException wrong(String message) {
        return new ConfigException(
                this + ": " + (message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "..." : message));
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
