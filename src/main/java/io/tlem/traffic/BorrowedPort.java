package io.tlem.traffic;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import java.util.List;
import java.util.Set;

/** Another way to use a port that stays its owner's, who closes it. */
abstract class BorrowedPort implements PacketPort {
    private final PacketPort port;

    BorrowedPort(PacketPort port) {
        this.port = port;
    }

    @Override
    public PortAddress address() {
        return port.address();
    }

    @Override
    public String description() {
        return port.description();
    }

    @Override
    public void check() {
        port.check();
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        return port.takeWarnings(routes);
    }

    @Override
    public Set<String> neededCapabilities() {
        return port.neededCapabilities();
    }

    @Override
    public void close() {}
}
