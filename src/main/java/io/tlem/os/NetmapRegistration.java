package io.tlem.os;

import io.tlem.bindings.netmap.Netmap;
import io.tlem.bindings.netmap.nmreq;
import io.tlem.bindings.netmap.nmreq_header;
import io.tlem.bindings.netmap.nmreq_register;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What a program asks of netmap when it registers a port, and what it is given. Numbers of slots and rings are wishes
 * that netmap may ignore, 0 for its own choice.
 *
 * @param port name of the port, as netmap knows it: {@code eth0}, {@code vale0:1}, <code>eth0{1</code>
 * @param rings which of the port's rings
 * @param ring number of the ring with {@link Rings#ONE_NIC} and {@link Rings#ONE_HOST}
 * @param flags any of {@link Flag}
 * @param memoryRegion number of the memory region, 0 for any
 * @param extraBuffers buffers besides those of the rings, of which netmap gives as many as it has
 */
public record NetmapRegistration(
        String port,
        Rings rings,
        int ring,
        Set<Flag> flags,
        int memoryRegion,
        int transmitSlots,
        int receiveSlots,
        int transmitRings,
        int receiveRings,
        int extraBuffers) {
    /** Longest name of a port, in bytes. */
    public static final int MAX_NAME_BYTES = Netmap.NETMAP_REQ_IFNAMSIZ() - 1;
    /** Rings are numbered below this. */
    public static final int MAX_RING = Netmap.NETMAP_RING_MASK();

    private static final int LEGACY_NAME_BYTES = 15;

    /** Whether the port is an end of a pipe. */
    public boolean isPipe() {
        return port.indexOf('{') >= 0 || port.indexOf('}') >= 0;
    }

    /** Whether the port watches another one's packets. */
    public boolean isMonitor() {
        return flags.contains(Flag.MONITOR_RECEIVE) || flags.contains(Flag.MONITOR_TRANSMIT);
    }

    /** Rings to be bound. */
    public enum Rings {
        /** All of the NIC. */
        ALL_NIC(Netmap.NR_REG_ALL_NIC()),
        /** The host's: what its network stack sends and receives on the interface. */
        HOST(Netmap.NR_REG_SW()),
        /** Those of the NIC and the host's. */
        NIC_AND_HOST(Netmap.NR_REG_NIC_SW()),
        /** One of the NIC. */
        ONE_NIC(Netmap.NR_REG_ONE_NIC()),
        /** One of the host's. */
        ONE_HOST(Netmap.NR_REG_ONE_SW());

        private final int mode;

        Rings(int mode) {
            this.mode = mode;
        }
    }

    /** Details of a registration. */
    public enum Flag {
        /** Nobody else may use the rings. */
        EXCLUSIVE(Netmap.NR_EXCLUSIVE()),
        /** A copy of what the port transmits. */
        MONITOR_TRANSMIT(Netmap.NR_MONITOR_TX()),
        /** A copy of what the port receives. */
        MONITOR_RECEIVE(Netmap.NR_MONITOR_RX()),
        /** With a monitor: no copying. */
        ZERO_COPY_MONITOR(Netmap.NR_ZCOPY_MON()),
        /** Receive rings only. */
        RECEIVE_ONLY(Netmap.NR_RX_RINGS_ONLY()),
        /** Transmit rings only. */
        TRANSMIT_ONLY(Netmap.NR_TX_RINGS_ONLY());

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }
    }

    /** Copies the flags. */
    public NetmapRegistration {
        flags = Set.copyOf(flags);
    }

    /** As this, with extra buffers. */
    public NetmapRegistration withExtraBuffers(int wanted) {
        return new NetmapRegistration(
                port,
                rings,
                ring,
                flags,
                memoryRegion,
                transmitSlots,
                receiveSlots,
                transmitRings,
                receiveRings,
                wanted);
    }

    /**
     * What a device has bound.
     *
     * @param interfaceOffset of the {@code netmap_if} in the memory, in bytes
     * @param memoryBytes length of the memory
     * @param memoryRegion its number; ports of one region share it
     * @param legacy whether the device knows only the requests before API version 14
     */
    public record Bound(long interfaceOffset, long memoryBytes, int memoryRegion, boolean legacy) {}

    /**
     * Registers with a device. Transmit rings are not synced by poll.
     *
     * @throws SystemCallException when the device refuses
     */
    public Bound register(NetmapDevice device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment body = arena.allocate(nmreq_register.layout());
            nmreq_register.nr_mode(body, rings.mode);
            nmreq_register.nr_ringid(body, (short) ring);
            nmreq_register.nr_flags(body, flagBits());
            nmreq_register.nr_mem_id(body, (short) memoryRegion);
            nmreq_register.nr_tx_slots(body, transmitSlots);
            nmreq_register.nr_rx_slots(body, receiveSlots);
            nmreq_register.nr_tx_rings(body, (short) transmitRings);
            nmreq_register.nr_rx_rings(body, (short) receiveRings);
            nmreq_register.nr_extra_bufs(body, extraBuffers);
            MemorySegment header = arena.allocate(nmreq_header.layout());
            nmreq_header.nr_version(header, (short) Netmap.NETMAP_API());
            nmreq_header.nr_reqtype(header, (short) Netmap.NETMAP_REQ_REGISTER());
            putName(nmreq_header.nr_name(header), port);
            nmreq_header.nr_body(header, body.address());
            int result = device.control(header);
            if (result == -Errno.ENOTTY || result == -Errno.EOPNOTSUPP) {
                return registerLegacy(device, arena);
            }
            Calls.require(result, "ioctl", "NETMAP_REQ_REGISTER, " + port);
            return new Bound(
                    nmreq_register.nr_offset(body),
                    nmreq_register.nr_memsize(body),
                    Short.toUnsignedInt(nmreq_register.nr_mem_id(body)),
                    false);
        }
    }

    private long flagBits() {
        long bits = Netmap.NR_NO_TX_POLL();
        for (Flag flag : flags) {
            bits |= flag.bit;
        }
        return bits;
    }

    /** As programs did before the request header; pipes had a number there, and names 15 bytes. */
    private Bound registerLegacy(NetmapDevice device, Arena arena) {
        String name = port;
        int mode = rings.mode;
        int number = ring;
        int pipe = Math.max(port.indexOf('{'), port.indexOf('}'));
        if (pipe >= 0) {
            name = port.substring(0, pipe);
            mode = port.charAt(pipe) == '{' ? Netmap.NR_REG_PIPE_MASTER() : Netmap.NR_REG_PIPE_SLAVE();
            String id = port.substring(pipe + 1);
            if (!id.matches("[0-9]{1,4}") || Integer.parseInt(id) >= MAX_RING) {
                throw new SystemCallException(
                        "ioctl", "NIOCREGIF, " + port + "; this netmap knows pipes by number only", Errno.EINVAL);
            }
            number = Integer.parseInt(id);
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > LEGACY_NAME_BYTES) {
            throw new SystemCallException(
                    "ioctl", "NIOCREGIF, " + port + "; this netmap knows names of 15 bytes only", Errno.EINVAL);
        }
        MemorySegment request = arena.allocate(nmreq.layout());
        putName(nmreq.nr_name(request), name);
        nmreq.nr_version(request, Netmap.NETMAP_API());
        nmreq.nr_ringid(request, (short) (number | Netmap.NETMAP_NO_TX_POLL()));
        nmreq.nr_flags(request, (int) (mode | (flagBits() & ~Netmap.NR_NO_TX_POLL())));
        nmreq.nr_arg2(request, (short) memoryRegion);
        nmreq.nr_tx_slots(request, transmitSlots);
        nmreq.nr_rx_slots(request, receiveSlots);
        nmreq.nr_tx_rings(request, (short) transmitRings);
        nmreq.nr_rx_rings(request, (short) receiveRings);
        nmreq.nr_arg3(request, extraBuffers);
        Calls.require(device.legacyRegister(request), "ioctl", "NIOCREGIF, " + port);
        return new Bound(
                Integer.toUnsignedLong(nmreq.nr_offset(request)),
                Integer.toUnsignedLong(nmreq.nr_memsize(request)),
                Short.toUnsignedInt(nmreq.nr_arg2(request)),
                true);
    }

    private static void putName(MemorySegment field, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= field.byteSize()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is too long a port name: " + (field.byteSize() - 1) + " bytes are possible");
        }
        field.copyFrom(MemorySegment.ofArray(bytes));
    }

    /**
     * What a device that stands in for the kernel reads of a request: a registration's name and wishes.
     *
     * @param type {@code NETMAP_REQ_*}
     * @param body the registration's body, {@code nmreq_register}, empty for other types
     */
    public record Received(int type, int version, String port, MemorySegment body) {
        /** Type of a registration. */
        public static final int REGISTER = Netmap.NETMAP_REQ_REGISTER();

        /** Reads a header that a program has passed. */
        @SuppressWarnings("restricted") // the body is where the program says
        public static Received of(MemorySegment header) {
            MemorySegment name = nmreq_header.nr_name(header);
            byte[] bytes = name.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            int end = 0;
            while (end < bytes.length && bytes[end] != 0) {
                end++;
            }
            int type = Short.toUnsignedInt(nmreq_header.nr_reqtype(header));
            return new Received(
                    type,
                    Short.toUnsignedInt(nmreq_header.nr_version(header)),
                    new String(bytes, 0, end, StandardCharsets.UTF_8),
                    type == REGISTER
                            ? MemorySegment.ofAddress(nmreq_header.nr_body(header))
                                    .reinterpret(nmreq_register.sizeof())
                            : MemorySegment.NULL);
        }

        /** Slots that the program would like in a transmit ring, 0 for any number. */
        public int wantedSlots() {
            return nmreq_register.nr_tx_slots(body);
        }

        /** Answers a registration: one transmit and one receive ring. */
        public void answer(long interfaceOffset, long memoryBytes, int slots, int memoryRegion) {
            nmreq_register.nr_offset(body, interfaceOffset);
            nmreq_register.nr_memsize(body, memoryBytes);
            nmreq_register.nr_tx_slots(body, slots);
            nmreq_register.nr_rx_slots(body, slots);
            nmreq_register.nr_tx_rings(body, (short) 1);
            nmreq_register.nr_rx_rings(body, (short) 1);
            nmreq_register.nr_host_tx_rings(body, (short) 0);
            nmreq_register.nr_host_rx_rings(body, (short) 0);
            nmreq_register.nr_mem_id(body, (short) memoryRegion);
            nmreq_register.nr_extra_bufs(body, 0);
        }
    }
}
