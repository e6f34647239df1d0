package io.tlem.impair;

/** A model's specification is not acceptable. The message is one line: what was found and what is accepted. */
public final class SpecException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** @param message one line, without the option's name, which the caller knows */
    public SpecException(String message) {
        super(message);
    }
}
