package io.tlem.port.netmap;

import io.tlem.os.Errno;
import io.tlem.os.NetmapDevice;
import io.tlem.os.NetmapLayout;
import io.tlem.os.NetmapRegistration;
import io.tlem.os.NetmapRegistration.Flag;
import io.tlem.os.NetmapRegistration.Rings;
import io.tlem.os.PromiscuousMode;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemMemory;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A netmap port, whoever provides the device: the kernel, a library in its place, or the software netmap.
 *
 * <pre>
 *  memory   | the port's: interface, rings, buffers | received packets joined | packets to be cut |
 *           0                                 memoryBytes, rounded up to pages
 * </pre>
 */
public final class NetmapPort implements PacketPort {
    /** Longest packet that is joined of fragments, or cut into them. */
    public static final int MAX_PACKET_BYTES = 9216;

    private static final int MAX_RINGS = 4096;
    private static final long MAX_MEMORY_BYTES = 1L << 40;
    private static final long MIB = 1 << 20;

    /** Room for the longest packet, and for copies rounded up to a line. */
    private static final int STRIDE = MAX_PACKET_BYTES + 64;

    private final PortAddress address;
    private final NetmapDevice device;
    private final PortHealth health;
    private final Arena arena = Arena.ofShared();
    private final String description;
    private final Optional<PacketSource> source;
    private final Optional<PacketSink> sink;
    private Optional<PromiscuousMode> promiscuous = Optional.empty();
    private Optional<SpareBuffers> spare = Optional.empty();
    private Runnable returnSpare = () -> {};
    private boolean closed;

    /** The rings of one direction that a registration has bound. */
    private record RingTable(int first, int nic, int host) {
        /** Indexes of the rings in the interface's table. */
        List<Integer> bound(NetmapRegistration registration) {
            Rings rings = registration.rings();
            int from = rings == Rings.HOST || rings == Rings.ONE_HOST ? nic : 0;
            int to = rings == Rings.HOST || rings == Rings.NIC_AND_HOST ? nic + host : nic;
            if (rings == Rings.ONE_NIC || rings == Rings.ONE_HOST) {
                from += registration.ring();
                to = Math.min(from + 1, rings == Rings.ONE_NIC ? nic : nic + host);
            }
            List<Integer> indexes = new ArrayList<>();
            for (int i = from; i < to; i++) {
                indexes.add(first + i);
            }
            return indexes;
        }
    }

    /**
     * Registers with a device and maps its memory. The port owns the device from now on, also when this fails.
     *
     * @param interfaceName the network interface that the port is, watched for its link; empty when it is none
     * @param maxTransmitBytes longest packet that the port can send, without FCS
     * @throws PortException when the device refuses, or what it shows makes no sense
     */
    public NetmapPort(
            PortAddress address,
            NetmapDevice device,
            NetmapRegistration registration,
            Optional<String> interfaceName,
            int maxTransmitBytes) {
        this.address = address;
        this.device = device;
        this.health = new PortHealth(address, device, interfaceName);
        try {
            NetmapRegistration.Bound bound = registration.register(device);
            long bytes = bound.memoryBytes();
            if (bytes < NetmapLayout.INTERFACE_BYTES || bytes > MAX_MEMORY_BYTES) {
                throw new PortException(address, "netmap says its memory has " + bytes + " bytes");
            }
            long joinedBytes = (long) NetmapSource.JOINED_SLOTS * STRIDE;
            long longBytes = (long) NetmapSink.LONG_SLOTS * STRIDE;
            // Behind the last buffer, too, a whole line can be read.
            MemorySegment memory = device.map(arena, bytes, joinedBytes + longBytes + 64);
            long joinedAt = Math.ceilDiv(bytes, SystemMemory.pageSize()) * SystemMemory.pageSize();

            List<NetmapRing> receive = new ArrayList<>();
            List<NetmapRing> transmit = new ArrayList<>();
            openRings(memory, bound, registration, receive, transmit);
            spare = receive.isEmpty() ? Optional.empty() : spareBuffers(memory, bound, registration, receive.get(0));
            source = receive.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new NetmapSource(
                            health,
                            memory,
                            receive,
                            MAX_PACKET_BYTES,
                            registration.isPipe() && !registration.isMonitor(),
                            joinedAt,
                            STRIDE,
                            spare));
            sink = transmit.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new NetmapSink(
                            health,
                            memory,
                            transmit.get(0),
                            Math.min(maxTransmitBytes, MAX_PACKET_BYTES),
                            registration.isPipe() && device.passesAllToPipes(),
                            joinedAt + joinedBytes,
                            STRIDE));
            boolean ofNic = registration.rings() != Rings.HOST && registration.rings() != Rings.ONE_HOST;
            if (ofNic && source.isPresent()) {
                promiscuous = interfaceName.map(PromiscuousMode::hold);
            }
            description = address + ": " + device.name() + (bound.legacy() ? " of before API 14" : "") + ", "
                    + text("receive", receive) + ", " + text("transmit", transmit)
                    + (transmit.size() > 1 ? " (the first is used)" : "") + ", memory region " + bound.memoryRegion()
                    + " of " + Math.ceilDiv(bytes, MIB) + " MiB"
                    + spare.map(buffers -> ", " + buffers.count() + " extra buffers")
                            .orElse("")
                    + promiscuous
                            .filter(mode -> !mode.held())
                            .map(mode -> "; WARNING: not promiscuous: " + mode.reason())
                            .orElse("");
        } catch (SystemCallException e) {
            closeAll();
            String remedy = e.errno() == Errno.ENOMEM
                    ? "; netmap has too few buffers left: have other ports ask for fewer extra ones (extra=N), or give it more"
                    : "";
            throw new PortException(address, e.getMessage() + remedy, e);
        } catch (RuntimeException | Error e) {
            closeAll();
            throw e;
        }
    }

    /** The extra buffers that netmap has given, taken out of its list until the port is closed. */
    private Optional<SpareBuffers> spareBuffers(
            MemorySegment memory, NetmapRegistration.Bound bound, NetmapRegistration registration, NetmapRing ring) {
        long port = bound.interfaceOffset();
        SpareBuffers buffers =
                new SpareBuffers(memory, ring, NetmapLayout.extraBuffers(memory, port), registration.extraBuffers());
        if (buffers.count() == 0) {
            return Optional.empty();
        }
        NetmapLayout.setExtraBuffers(memory, port, 0);
        returnSpare = () -> NetmapLayout.setExtraBuffers(memory, port, buffers.giveBack());
        return Optional.of(buffers);
    }

    private void openRings(
            MemorySegment memory,
            NetmapRegistration.Bound bound,
            NetmapRegistration registration,
            List<NetmapRing> receive,
            List<NetmapRing> transmit) {
        long bytes = bound.memoryBytes();
        long port = bound.interfaceOffset();
        if (port < 0 || port % 8 != 0 || port > bytes - NetmapLayout.INTERFACE_BYTES) {
            throw new PortException(address, "netmap says its interface is at " + port + " of " + bytes + " bytes");
        }
        RingTable transmitTable = new RingTable(
                0,
                count(NetmapLayout.transmitRings(memory, port)),
                hostRings(NetmapLayout.hostTransmitRings(memory, port), bound));
        RingTable receiveTable = new RingTable(
                transmitTable.nic() + transmitTable.host(),
                count(NetmapLayout.receiveRings(memory, port)),
                hostRings(NetmapLayout.hostReceiveRings(memory, port), bound));
        long all = (long) receiveTable.first() + receiveTable.nic() + receiveTable.host();
        if (port + NetmapLayout.INTERFACE_BYTES + 8 * all > bytes) {
            throw new PortException(address, "netmap says it has " + all + " rings in " + bytes + " bytes");
        }
        if (!registration.flags().contains(Flag.TRANSMIT_ONLY)) {
            open(memory, bytes, port, receiveTable, registration, NetmapLayout.RECEIVE, receive);
        }
        if (!registration.flags().contains(Flag.RECEIVE_ONLY) && !registration.isMonitor()) {
            open(memory, bytes, port, transmitTable, registration, NetmapLayout.TRANSMIT, transmit);
        }
        if (receive.isEmpty() && transmit.isEmpty()) {
            throw new PortException(
                    address,
                    "no such ring: the port has " + receiveTable.nic() + " receive and "
                            + transmitTable.nic() + " transmit rings, and " + receiveTable.host() + " and "
                            + transmitTable.host() + " of the host");
        }
    }

    private void open(
            MemorySegment memory,
            long bytes,
            long port,
            RingTable table,
            NetmapRegistration registration,
            int direction,
            List<NetmapRing> rings) {
        for (int index : table.bound(registration)) {
            long offset = NetmapLayout.ringOffset(memory, port, index);
            if (offset != 0) { // 0: netmap has not bound it
                String name = (direction == NetmapLayout.RECEIVE ? "receive" : "transmit") + " ring "
                        + (index - table.first());
                rings.add(new NetmapRing(address, name, memory, bytes, port + offset, device.memoryStays()));
            }
        }
    }

    private int count(int rings) {
        if (rings < 0 || rings > MAX_RINGS) {
            throw new PortException(address, "netmap says it has " + rings + " rings");
        }
        return rings;
    }

    private int hostRings(int rings, NetmapRegistration.Bound bound) {
        return bound.legacy() && rings == 0 ? 1 : count(rings);
    }

    private static String text(String direction, List<NetmapRing> rings) {
        return rings.isEmpty()
                ? "no " + direction + " ring"
                : rings.size() + " " + direction + (rings.size() == 1 ? " ring" : " rings") + " of "
                        + rings.get(0).slots() + " x " + rings.get(0).bufferBytes() + " B";
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
        return source;
    }

    @Override
    public Optional<PacketSink> sink() {
        return sink;
    }

    @Override
    public void check() {
        health.checkInterface();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeAll();
        }
    }

    private void closeAll() {
        promiscuous.ifPresent(PromiscuousMode::close);
        try {
            returnSpare.run();
        } catch (InternalError e) {
            // The memory has gone, and netmap's list with it.
        }
        arena.close();
        device.close();
    }
}
