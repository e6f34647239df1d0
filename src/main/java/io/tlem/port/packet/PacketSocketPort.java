package io.tlem.port.packet;

import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemThreads.Capability;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A network interface as a port: promiscuous, everything that it receives comes in, and nothing that this machine sends
 * through it. Sending and receiving have a socket each, because the kernel would hand a socket's headers for offloads
 * and its errors to both.
 */
final class PacketSocketPort implements PacketPort {
    private final PortAddress address;
    private final String description;
    private final Arena arena = Arena.ofShared();
    private final Warnings warnings = new Warnings();
    private final InterfaceChecks checks;
    private final RingSource source;
    private final RingSink sink;
    private boolean closed;

    /** @throws SystemCallException when the system refuses something; nothing is left open then */
    PacketSocketPort(PortAddress address, NetworkInterface networkInterface, PacketOptions options) {
        this.address = address;
        int index = networkInterface.index();
        int mtu = networkInterface.mtuBytes();
        checks = new InterfaceChecks(address.name(), warnings);
        checks.lookForOthers(index); // before the port has a socket itself
        RingSink out = null;
        try {
            out = new RingSink(address, arena, index, mtu, options, warnings);
            source = new RingSource(address, arena, index, mtu, options, warnings);
        } catch (RuntimeException e) {
            if (out != null) {
                out.close();
            }
            arena.close();
            throw e;
        }
        sink = out;
        description = address + ": " + networkInterface.describe() + ", receive ring " + text(source.shape())
                + ", transmit ring " + text(sink.shape())
                + (options.kernelTimestamps() ? ", kernel timestamps" : "")
                + (options.joinsSegments() ? ", segments sent together" : "")
                + (options.qdiscBypass() ? ", queueing discipline bypassed" : "");
    }

    /** Memory that the rings take for an interface of this MTU. */
    static long ringBytes(int mtuBytes, PacketOptions options) {
        return RingSource.shape(RingSource.maxPacketBytes(mtuBytes), options.receiveSlots())
                        .bytes()
                + RingSink.shape(RingSink.maxPacketBytes(mtuBytes), options.transmitSlots())
                        .bytes();
    }

    private static String text(RingShape shape) {
        return shape.slots() + " x " + shape.slotBytes() + " B";
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(source);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(sink);
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        checks.look(routes);
        return warnings.take();
    }

    /** For a new ring in place of one that the kernel has stopped filling, with buffers as large as the first. */
    @Override
    public Set<String> neededCapabilities() {
        return Set.of(Capability.CAP_NET_RAW.name(), Capability.CAP_NET_ADMIN.name());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            source.close();
            sink.close();
            arena.close();
        }
    }
}
