package io.tlem.os;

/** A system call has failed. The message is one line that says the call, its argument and the reason. */
public final class SystemCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call name of the call
     * @param argument what it was about, for people
     * @param errno why it failed
     */
    public SystemCallException(String call, String argument, int errno) {
        super(call + "(" + argument + "): " + Errno.describe(errno));
        this.errno = errno;
    }

    /** The error number. */
    public int errno() {
        return errno;
    }

    /** The error number's name, for example {@code EPERM}. */
    public String errnoName() {
        return Errno.name(errno);
    }
}
