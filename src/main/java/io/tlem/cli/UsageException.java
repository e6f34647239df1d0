package io.tlem.cli;

/** What the user asked for cannot be done as asked: one line, exit status 2, nothing was started. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
