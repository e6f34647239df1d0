package io.tlem.os;

/** A system call failed. The message names the call, its argument and the reason, in one line. */
public final class SystemCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call name of the call, such as {@code mmap}
     * @param argument what it was called with, for people
     * @param errno the error number the call left
     */
    public SystemCallException(String call, String argument, int errno) {
        super(call + "(" + argument + "): " + Errno.message(errno) + " (" + Errno.name(errno) + ")");
        this.errno = errno;
    }

    /** The error number. */
    public int errno() {
        return errno;
    }

    /** The error's symbolic name, such as {@code EPERM}. */
    public String errnoName() {
        return Errno.name(errno);
    }
}
