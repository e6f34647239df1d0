package io.tlem.os;

/** An interface held in promiscuous mode, so that it receives packets for other stations too. Ends with the process. */
public final class PromiscuousMode implements AutoCloseable {
    private final PacketSocket holder; // null where there is none
    private final String reason;

    private PromiscuousMode(PacketSocket holder, String reason) {
        this.holder = holder;
        this.reason = reason;
    }

    /** Takes hold of an interface as far as the system lets it. */
    public static PromiscuousMode hold(String interfaceName) {
        if (!Platform.LINUX) {
            return new PromiscuousMode(null, "set it with: ifconfig " + interfaceName + " promisc");
        }
        try {
            PacketSocket socket = PacketSocket.open();
            try {
                socket.joinPromiscuous(
                        Calls.require(NetworkInterfaces.index(interfaceName), "if_nametoindex", interfaceName));
                return new PromiscuousMode(socket, "");
            } catch (SystemCallException e) {
                socket.close();
                throw e;
            }
        } catch (SystemCallException e) {
            return new PromiscuousMode(null, e.getMessage());
        }
    }

    /** Whether the interface is held. */
    public boolean held() {
        return holder != null;
    }

    /** Why it is not, and what would help; empty when it is. */
    public String reason() {
        return reason;
    }

    @Override
    public void close() {
        if (holder != null) {
            holder.close();
        }
    }
}
