package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.ifreq;
import io.tlem.bindings.linux.packet_mreq;
import io.tlem.bindings.linux.sockaddr_ll;
import io.tlem.bindings.linux.tpacket_req;
import io.tlem.bindings.linux.tpacket_stats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * A packet socket (AF_PACKET) for whole Ethernet frames, with a ring that the kernel and this process share
 * ({@link PacketFrame} is the layout of its slots). Its use: {@link #open}, set options, {@link #setRing},
 * {@link #mapRing}, {@link #bind}.
 *
 * <p>A socket receives nothing before it is bound. Calls while packets flow return a negated error number instead of
 * throwing, and do not allocate. Statistics may be taken by one thread while another receives; who else calls what at
 * the same time is the owner's to order.
 */
public final class PacketSocket implements AutoCloseable {
    /** Options with a number. */
    public enum Option {
        /** Layout of ring slots. */
        VERSION(Linux.PACKET_VERSION()),
        /** 1: a {@link VirtioHeader} precedes each frame and tells what the offloads left undone. */
        VIRTIO_HEADER(Linux.PACKET_VNET_HDR()),
        /** Bytes left free in front of each received frame. */
        RESERVE(Linux.PACKET_RESERVE()),
        /** More than 0: frames too long for a slot can be received whole from the socket. */
        COPY_THRESHOLD(Linux.PACKET_COPY_THRESH()),
        /** 1: what this machine sends is not received. */
        IGNORE_OUTGOING(Linux.PACKET_IGNORE_OUTGOING()),
        /** 1: a slot to be sent that makes no sense is skipped, instead of stopping the ring. */
        SKIP_MALFORMED(Linux.PACKET_LOSS()),
        /** 1: {@link PacketFrame#setDataOffset} says where in a slot to be sent the data starts. */
        DATA_OFFSET(Linux.PACKET_TX_HAS_OFF()),
        /** 1: frames go to the driver past the queueing discipline. */
        QDISC_BYPASS(Linux.PACKET_QDISC_BYPASS());

        private final int number;

        Option(int number) {
            this.number = number;
        }
    }

    /** Which of a socket's two rings. */
    public enum Ring {
        /** Filled by the kernel. */
        RECEIVE(Linux.PACKET_RX_RING()),
        /** Filled by this process. */
        TRANSMIT(Linux.PACKET_TX_RING());

        private final int option;

        Ring(int option) {
            this.option = option;
        }
    }

    private static final Path SOCKETS = Path.of("/proc/thread-self/net/packet");
    private static final String RAW = Integer.toString(Linux.SOCK_RAW());
    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();
    private static final int RECEIVE_FLAGS = Linux.MSG_DONTWAIT() | Linux.MSG_TRUNC();
    private static final int STATISTICS = Linux.PACKET_STATISTICS();
    private static final int SOL_PACKET = Linux.SOL_PACKET();

    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment statistics = arena.allocate(tpacket_stats.layout());
    private final MemorySegment statisticsLength = arena.allocate(JAVA_INT);
    private final ReadWait arrival;
    private final MemorySegment name = arena.allocate(sockaddr_ll.layout());
    private final MemorySegment nameLength = arena.allocate(JAVA_INT);
    private final MemorySegment request = arena.allocate(ifreq.layout());
    private boolean closed;

    private PacketSocket(int fd) {
        this.fd = fd;
        arrival = new ReadWait(arena, fd);
    }

    /**
     * Opens a socket that is bound to nothing yet.
     *
     * @throws SystemCallException when the process may not ({@link Errno#EPERM})
     */
    public static PacketSocket open() {
        int type = Linux.SOCK_RAW() | Linux.SOCK_CLOEXEC() | Linux.SOCK_NONBLOCK();
        PacketSocket socket =
                new PacketSocket(Calls.require(Calls.socket(Linux.AF_PACKET(), type, 0), "socket", "AF_PACKET"));
        try {
            socket.set(Option.VERSION, Linux.TPACKET_V2());
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Packet sockets in this network namespace that are bound to an interface for nothing but sending, whoever has them. Each
     * emulator has such a socket; whoever only watches has none.
     */
    public static long senders(int interfaceIndex) {
        String index = Integer.toString(interfaceIndex);
        return ProcFiles.lines(SOCKETS).stream()
                .map(line -> line.strip().split("\\s+", -1)) // socket, references, type, protocol, interface and more
                .filter(words -> words.length > 4 && words[2].equals(RAW) && words[3].equals("0000"))
                .filter(words -> words[4].equals(index))
                .count();
    }

    /**
     * Sets an option.
     *
     * @throws SystemCallException when the kernel refuses
     */
    public void set(Option option, int value) {
        Calls.require(setNumber(SOL_PACKET, option.number, value), "setsockopt", "PACKET " + option + ", " + value);
    }

    /** Sets an option that older kernels do not know; false when the kernel refuses. */
    public boolean trySet(Option option, int value) {
        return setNumber(SOL_PACKET, option.number, value) >= 0;
    }

    /** Sets how many bytes of frames may wait in the socket, beyond the system's limit if the process may. */
    public void setReceiveBuffer(int bytes) {
        if (setNumber(Linux.SOL_SOCKET(), Linux.SO_RCVBUFFORCE(), bytes) < 0) {
            setNumber(Linux.SOL_SOCKET(), Linux.SO_RCVBUF(), bytes);
        }
    }

    /** Sets how many bytes may be on their way out, beyond the system's limit if the process may. */
    public void setSendBuffer(int bytes) {
        if (setNumber(Linux.SOL_SOCKET(), Linux.SO_SNDBUFFORCE(), bytes) < 0) {
            setNumber(Linux.SOL_SOCKET(), Linux.SO_SNDBUF(), bytes);
        }
    }

    private int setNumber(int level, int option, int value) {
        try (Arena local = Arena.ofConfined()) {
            return Calls.setsockopt(fd, level, option, local.allocateFrom(JAVA_INT, value));
        }
    }

    /**
     * Makes a ring.
     *
     * @param slotBytes a multiple of 16 that divides {@code blockBytes}
     * @param blockBytes a multiple of the page size; the kernel allocates a block at a time
     * @throws SystemCallException when there is no memory for it
     */
    public void setRing(Ring ring, int slotBytes, int blockBytes, int blocks) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment shape = local.allocate(tpacket_req.layout());
            tpacket_req.tp_block_size(shape, blockBytes);
            tpacket_req.tp_block_nr(shape, blocks);
            tpacket_req.tp_frame_size(shape, slotBytes);
            tpacket_req.tp_frame_nr(shape, blockBytes / slotBytes * blocks);
            Calls.require(
                    Calls.setsockopt(fd, SOL_PACKET, ring.option, shape),
                    "setsockopt",
                    "PACKET " + ring + " ring, " + blocks + " x " + blockBytes + " bytes");
        }
    }

    /**
     * Maps the ring over memory that {@link SystemMemory#reserve} has set aside.
     *
     * @param place as long as the ring; its first byte becomes the first slot's
     */
    public void mapRing(MemorySegment place) {
        Calls.require(
                Calls.mmap(
                        place.address(),
                        place.byteSize(),
                        Linux.PROT_READ() | Linux.PROT_WRITE(),
                        Linux.MAP_SHARED() | Linux.MAP_FIXED(),
                        fd),
                "mmap",
                "packet ring, " + place.byteSize() + " bytes");
    }

    /**
     * Binds to one interface.
     *
     * @param receive false for a socket that only sends: it is then given no packets
     */
    public void bind(int interfaceIndex, boolean receive) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment address = local.allocate(sockaddr_ll.layout());
            sockaddr_ll.sll_family(address, (short) Linux.AF_PACKET());
            sockaddr_ll.sll_ifindex(address, interfaceIndex);
            short protocol = (short) (receive ? Linux.ETH_P_ALL() : 0);
            address.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), sockaddr_ll.sll_protocol$offset(), protocol);
            Calls.require(Calls.bind(fd, address), "bind", "AF_PACKET, interface " + interfaceIndex);
        }
    }

    /** Puts the interface into promiscuous mode for as long as the socket is open. */
    public void joinPromiscuous(int interfaceIndex) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment membership = local.allocate(packet_mreq.layout());
            packet_mreq.mr_ifindex(membership, interfaceIndex);
            packet_mreq.mr_type(membership, (short) Linux.PACKET_MR_PROMISC());
            Calls.require(
                    Calls.setsockopt(fd, SOL_PACKET, Linux.PACKET_ADD_MEMBERSHIP(), membership),
                    "setsockopt",
                    "PACKET_ADD_MEMBERSHIP, promiscuous, interface " + interfaceIndex);
        }
    }

    /**
     * Receives from the socket a frame that was too long for its slot, with its {@link VirtioHeader} in front.
     *
     * @return its whole length, more than the buffer's when it did not fit, or a negated error number
     */
    public int receive(MemorySegment buffer) {
        return (int) Calls.recv(fd, buffer, RECEIVE_FLAGS);
    }

    /**
     * Waits until a frame has come. For the receiving thread.
     *
     * @param nanos at most
     */
    public void awaitFrame(long nanos) {
        arrival.await(nanos);
    }

    /** Has the kernel send the slots that ask for it. Returns bytes sent, or a negated error number. */
    public int send() {
        return (int) Calls.send(fd, MemorySegment.NULL, 0, DONT_WAIT);
    }

    /**
     * Sends one frame, its {@link VirtioHeader} in front, through a socket that has no transmit ring.
     *
     * @return bytes sent, or a negated error number
     */
    public long send(Pieces frame) {
        return frame.write(fd);
    }

    /** Frames that found no free slot since the last call. */
    public int takeDrops() {
        int result = Calls.getsockopt(fd, SOL_PACKET, STATISTICS, statistics, statisticsLength);
        return result < 0 ? 0 : tpacket_stats.tp_drops(statistics);
    }

    /** True once the interface that the socket was bound to has been removed from this network namespace. */
    public boolean interfaceGone() {
        return Calls.getsockname(fd, name, nameLength) >= 0 && sockaddr_ll.sll_ifindex(name) <= 0;
    }

    /** MTU of the interface of this index, whatever its name is by now, or a negated error number. */
    public int mtu(int interfaceIndex) {
        MemorySegment value = request;
        value.set(JAVA_INT, ifreq.ifr_ifru$offset(), interfaceIndex);
        int result = Calls.ioctl(fd, Linux.SIOCGIFNAME(), value); // writes the name, which the next call reads
        if (result >= 0) {
            result = Calls.ioctl(fd, Linux.SIOCGIFMTU(), value);
        }
        return result < 0 ? result : value.get(JAVA_INT, ifreq.ifr_ifru$offset());
    }

    /** Closes the socket, and with it its ring and its promiscuous membership. Nobody may use it any more. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Calls.close(fd);
            arena.close();
        }
    }
}
