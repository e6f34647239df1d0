package io.tlem.port.packet;

import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.PacketSocket;
import io.tlem.os.SystemCallException;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * A network interface as a port: promiscuous, everything that it receives comes in, and nothing that this machine sends
 * through it. Sending and receiving have a socket each, because the kernel would hand a socket's headers for offloads
 * and its errors to both.
 */
final class PacketSocketPort implements PacketPort {
    private final PortAddress address;
    private final String description;
    private final Arena arena = Arena.ofShared();
    private final PacketSocket receiving;
    private final PacketSocket sending;
    private final RingSource source;
    private final RingSink sink;
    private boolean closed;

    /** @throws SystemCallException when the system refuses something; nothing is left open then */
    PacketSocketPort(PortAddress address, NetworkInterface networkInterface, PacketOptions options) {
        this.address = address;
        int index = networkInterface.index();
        int mtu = networkInterface.mtuBytes();
        PacketSocket in = null;
        PacketSocket out = null;
        try {
            out = PacketSocket.open();
            sink = new RingSink(address, out, arena, index, mtu, options);
            in = PacketSocket.open();
            source = new RingSource(address, in, arena, index, mtu, options);
        } catch (RuntimeException e) {
            closeAll(in, out, arena);
            throw e;
        }
        receiving = in;
        sending = out;
        description = address + ": " + networkInterface.describe() + ", receive ring " + text(source.shape())
                + ", transmit ring " + text(sink.shape())
                + (options.kernelTimestamps() ? ", kernel timestamps" : "")
                + (options.qdiscBypass() ? ", queueing discipline bypassed" : "")
                + (networkInterface.up()
                        ? ""
                        : "; WARNING: the interface is down, set it up with: ip link set " + networkInterface.name()
                                + " up");
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
    public void close() {
        if (!closed) {
            closed = true;
            source.close();
            closeAll(receiving, sending, arena);
        }
    }

    private static void closeAll(PacketSocket in, PacketSocket out, Arena arena) {
        if (in != null) {
            in.close();
        }
        if (out != null) {
            out.close();
        }
        arena.close();
    }
}
