package io.tlem.port;

/** A port could not be opened or has failed while running. The message is one line that names the port and the reason. */
public final class PortException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param address the port as the user wrote it */
    public PortException(PortAddress address, String reason) {
        super(address + ": " + reason);
    }

    /** @param address the port as the user wrote it */
    public PortException(PortAddress address, String reason, Throwable cause) {
        this(address.toString(), reason, cause);
    }

    /** @param port as the user wrote it, where that is no address */
    public PortException(String port, String reason, Throwable cause) {
        super(port + ": " + reason, cause);
    }
}
