package io.tlem.control;

/** A running link does not do what it was asked for. The message is one line. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The exit status of a command for which this is the end. */
    public int status() {
        return status;
    }
}
