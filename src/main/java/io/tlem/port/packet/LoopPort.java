package io.tlem.port.packet;

import io.tlem.os.NetworkInterfaces;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/** A port on an interface of a network that nobody else is in, into which {@link LoopTraffic} comes until the port is closed. */
public final class LoopPort implements PacketPort {
    private static final long INTERVAL_NANOS = 4_000_000;

    private final PacketPort port;
    private volatile boolean closed;

    private LoopPort(PacketPort port) {
        this.port = port;
    }

    /**
     * Opens one.
     *
     * @param address of the port, its name that of an interface with Ethernet
     * @param opener run in that network
     * @return empty where there can be none
     */
    public static Optional<PacketPort> open(PortAddress address, Function<PortAddress, PacketPort> opener) {
        CompletableFuture<PacketPort> opened = new CompletableFuture<>();
        Thread.ofPlatform().name("tlem loop").daemon().start(() -> {
            try {
                NetworkInterfaces.leaveForLoopback();
                LoopPort loop = new LoopPort(opener.apply(address));
                try (LoopTraffic traffic = new LoopTraffic(
                        NetworkInterfaces.find(address.name()).orElseThrow().index())) {
                    opened.complete(loop);
                    while (!loop.closed) {
                        traffic.send();
                        LockSupport.parkNanos(INTERVAL_NANOS);
                    }
                }
            } catch (Throwable e) { // there is none, and nobody else sees what a thread throws
                opened.complete(null);
            }
        });
        return Optional.ofNullable(opened.join());
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
    public Optional<PacketSource> source() {
        return port.source();
    }

    @Override
    public Optional<PacketSink> sink() {
        return port.sink();
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
    public void close() {
        closed = true;
        port.close();
    }
}
