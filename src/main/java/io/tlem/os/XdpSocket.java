package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.sockaddr_xdp;
import io.tlem.bindings.linux.xdp_desc;
import io.tlem.bindings.linux.xdp_mmap_offsets;
import io.tlem.bindings.linux.xdp_options;
import io.tlem.bindings.linux.xdp_statistics;
import io.tlem.bindings.linux.xdp_umem_reg;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An AF_XDP socket on one queue of an interface. Packets lie in frames of memory that this process has given; what goes through
 * the rings are their addresses, counted from the start of that memory.
 *
 * <p>One thread receives, and gives the frames back; one sends, and takes the frames back. Their calls do not throw.
 */
public final class XdpSocket implements AutoCloseable {
    /** How packets are to get between the driver and the memory. */
    public enum Copying {
        /** As the driver can. */
        ANY(0),
        /** Copied. */
        COPY(Linux.XDP_COPY()),
        /** By the driver, straight. */
        NONE(Linux.XDP_ZEROCOPY());

        private final int flag;

        Copying(int flag) {
            this.flag = flag;
        }
    }

    /** In front of what is received into a frame, for programs. */
    public static final int HEADROOM_BYTES = 256;

    private static final int SOL_XDP = Linux.SOL_XDP();
    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();
    private static final long TRANSMIT_PLACE = Integer.toUnsignedLong(Linux.XDP_PGOFF_TX_RING());
    private static final int SEND_BUFFER_BYTES = 16 << 20;

    /** What the kernel skips, as it is longer than any frame and lies nowhere; some kernels say then that it has been sent. */
    private static final int NO_LENGTH = Integer.MAX_VALUE;

    private static final long NO_ADDRESS = -1;
    private static final int GOES_ON = Linux.XDP_PKT_CONTD();

    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment statistics = arena.allocate(xdp_statistics.layout()); // guarded by this
    private final MemorySegment statisticsLength = arena.allocate(JAVA_INT); // guarded by this
    private long lost; // guarded by this
    private boolean closed; // guarded by this
    private final int entries;
    private final XdpRing received;
    private final XdpRing fill;
    private final XdpRing transmit;
    private final XdpRing completed;

    // Of the receiving thread.
    private int receivedNext;
    private int fillNext;

    // Of the sending thread.
    private int transmitNext;
    private int transmitTaken; // by the kernel
    private int toSkip; // given up, at most so many of which the kernel has still to skip
    private int completedNext;

    /**
     * Opens a socket that is bound to nothing yet.
     *
     * @param memory of the packets, on a page; null: that of the socket which it will be bound with
     * @param frameBytes of each packet's place, a power of two, a page at most
     * @param entries of each ring, a power of two
     * @throws SystemCallException when the system refuses
     */
    public XdpSocket(MemorySegment memory, int frameBytes, int entries) {
        this.entries = entries;
        fd = Calls.require(
                Calls.socket(Linux.AF_XDP(), Linux.SOCK_RAW() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_XDP");
        try (Arena local = Arena.ofConfined()) {
            if (memory != null) {
                MemorySegment place = local.allocate(xdp_umem_reg.layout());
                xdp_umem_reg.addr(place, memory.address());
                xdp_umem_reg.len(place, memory.byteSize());
                xdp_umem_reg.chunk_size(place, frameBytes);
                set(Linux.XDP_UMEM_REG(), place, "XDP_UMEM_REG, " + memory.byteSize() + " bytes");
            }
            MemorySegment size = local.allocateFrom(JAVA_INT, entries);
            set(Linux.XDP_UMEM_FILL_RING(), size, "XDP_UMEM_FILL_RING");
            set(Linux.XDP_UMEM_COMPLETION_RING(), size, "XDP_UMEM_COMPLETION_RING");
            set(Linux.XDP_RX_RING(), size, "XDP_RX_RING");
            set(Linux.XDP_TX_RING(), size, "XDP_TX_RING");
            MemorySegment offsets = local.allocate(xdp_mmap_offsets.layout());
            Calls.require(
                    Calls.getsockopt(fd, SOL_XDP, Linux.XDP_MMAP_OFFSETS(), offsets, local.allocate(JAVA_INT)),
                    "getsockopt",
                    "XDP_MMAP_OFFSETS");
            int packet = (int) xdp_desc.sizeof();
            received = new XdpRing(arena, fd, xdp_mmap_offsets.rx(offsets), entries, packet, Linux.XDP_PGOFF_RX_RING());
            transmit = new XdpRing(arena, fd, xdp_mmap_offsets.tx(offsets), entries, packet, TRANSMIT_PLACE);
            fill = new XdpRing(
                    arena, fd, xdp_mmap_offsets.fr(offsets), entries, Long.BYTES, Linux.XDP_UMEM_PGOFF_FILL_RING());
            completed = new XdpRing(
                    arena,
                    fd,
                    xdp_mmap_offsets.cr(offsets),
                    entries,
                    Long.BYTES,
                    Linux.XDP_UMEM_PGOFF_COMPLETION_RING());
            // What is on its way counts; a limit that is refused holds the sender back, no more.
            Calls.setsockopt(
                    fd, Linux.SOL_SOCKET(), Linux.SO_SNDBUFFORCE(), local.allocateFrom(JAVA_INT, SEND_BUFFER_BYTES));
        } catch (SystemCallException e) {
            Calls.close(fd);
            arena.close();
            throw e;
        }
    }

    private void set(int option, MemorySegment value, String what) {
        Calls.require(Calls.setsockopt(fd, SOL_XDP, option, value), "setsockopt", what);
    }

    /**
     * Binds to a queue.
     *
     * @param frames whether a packet may lie in several frames
     * @param sharing the socket whose memory this one uses and whose ways it has, or null
     * @throws SystemCallException {@link Errno#EBUSY} where another socket has the queue
     */
    public void bind(int interfaceIndex, int queue, Copying copying, boolean frames, XdpSocket sharing) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment address = local.allocate(sockaddr_xdp.layout());
            sockaddr_xdp.sxdp_family(address, (short) Linux.AF_XDP());
            sockaddr_xdp.sxdp_ifindex(address, interfaceIndex);
            sockaddr_xdp.sxdp_queue_id(address, queue);
            if (sharing == null) {
                int several = frames ? Linux.XDP_USE_SG() : 0;
                sockaddr_xdp.sxdp_flags(address, (short) (copying.flag | Linux.XDP_USE_NEED_WAKEUP() | several));
            } else {
                sockaddr_xdp.sxdp_flags(address, (short) Linux.XDP_SHARED_UMEM());
                sockaddr_xdp.sxdp_shared_umem_fd(address, sharing.fd);
            }
            Calls.require(Calls.bind(fd, address), "bind", "AF_XDP, interface " + interfaceIndex + ", queue " + queue);
        }
    }

    /** Whether the driver reads and writes the memory itself. */
    public boolean isZeroCopy() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment options = local.allocate(xdp_options.layout());
            int result = Calls.getsockopt(fd, SOL_XDP, Linux.XDP_OPTIONS(), options, local.allocate(JAVA_INT));
            return result >= 0 && (xdp_options.flags(options) & Linux.XDP_OPTIONS_ZEROCOPY()) != 0;
        }
    }

    int fd() {
        return fd;
    }

    /** Frames with packets that have come and are not yet taken. */
    public int received() {
        return received.produced() - receivedNext;
    }

    /** Where a packet is, of those received from 0 on. */
    public long receivedAddress(int index) {
        return received.address(receivedNext + index);
    }

    /** How long a packet is, of those received from 0 on. */
    public int receivedLength(int index) {
        return received.length(receivedNext + index);
    }

    /** Whether the packet, of those received from 0 on, goes on in the next frame. */
    public boolean receivedGoesOn(int index) {
        return (received.options(receivedNext + index) & GOES_ON) != 0;
    }

    /** So many received frames have been looked at, and stay this process's. */
    public void take(int count) {
        receivedNext += count;
        received.setConsumed(receivedNext);
    }

    /** Gives a frame to be received into, with any address in it; seen by the kernel with {@link #give}. */
    public void addFrame(long address) {
        fill.setAddress(fillNext++, address);
    }

    /** Gives the frames added. */
    public void give() {
        fill.setProduced(fillNext);
        wakeReceiver();
    }

    /** Tells the driver that there are frames, where it waits for that. */
    public void wakeReceiver() {
        if (fill.needsWakeup()) {
            Calls.recv(fd, MemorySegment.NULL, DONT_WAIT);
        }
    }

    /** Frames that have been sent from and are not yet taken back. */
    public int completed() {
        return completed.produced() - completedNext;
    }

    /** Takes the next frame back: an address in it, or one outside of the memory for a packet that was given up. */
    public long takeCompleted() {
        return completed.address(completedNext++);
    }

    /** All that was taken back is so. */
    public void completedTaken() {
        completed.setConsumed(completedNext);
    }

    /** Frames that can be put. */
    public int room() {
        return entries - (transmitNext - transmit.consumed());
    }

    /**
     * Puts a frame behind those to be sent; seen by the kernel with {@link #publish}.
     *
     * @param goesOn whether the packet goes on in the next one
     */
    public void put(long address, int length, boolean goesOn) {
        transmit.setAddress(transmitNext, address);
        transmit.setLength(transmitNext, length, goesOn ? GOES_ON : 0);
        transmitNext++;
    }

    /** Hands what was put to the kernel, which may want to be told by {@link #send}. */
    public void publish() {
        transmit.setProduced(transmitNext);
    }

    /** Frames that the kernel has not taken yet. */
    public int unsent() {
        int consumed = transmit.consumed();
        if (consumed - transmitTaken > 0) {
            transmitTaken = consumed;
        }
        return transmitNext - transmitTaken;
    }

    /** Whether {@link #send} is needed for what is unsent. */
    public boolean needsSend() {
        return transmit.needsWakeup();
    }

    /** Has the kernel send. Returns 0 or more, or a negated error number; {@link Errno#EBUSY}: see {@link #dropped}. */
    public int send() {
        return (int) Calls.send(fd, MemorySegment.NULL, 0, DONT_WAIT);
    }

    /**
     * Length of the packet that the device has refused, which was the last one that the kernel has taken in the {@link #send} that
     * has just said so. The kernel counts it as taken only in its next call, unless others before it were sent in this one.
     */
    public int dropped() {
        int before = transmitTaken;
        if (unsent() > 0 && transmitTaken == before) {
            while ((transmit.options(transmitTaken) & GOES_ON) != 0) {
                transmitTaken++;
            }
            transmitTaken++;
        }
        int length = transmit.length(transmitTaken - 1);
        for (int i = transmitTaken - 2; (transmit.options(i) & GOES_ON) != 0; i--) {
            length += transmit.length(i);
        }
        return length;
    }

    /** Bytes in the first of the unsent frames. */
    public int unsentLength() {
        return transmit.length(transmitTaken);
    }

    /** Whether the packet of the first of the unsent frames goes on in the next one. */
    public boolean unsentGoesOn() {
        return (transmit.options(transmitTaken) & GOES_ON) != 0;
    }

    /**
     * Gives up the first of the unsent frames, of an interface that is down or gone: the kernel will skip it. Returns its address:
     * the frame is this process's again.
     */
    public long giveUp() {
        long address = transmit.address(transmitTaken);
        transmit.setAddress(transmitTaken, NO_ADDRESS);
        transmit.setLength(transmitTaken, NO_LENGTH, 0);
        transmitTaken++;
        toSkip++;
        return address;
    }

    /** Whether a {@link #send} that has not sent anything may have skipped a packet given up: it skips one a call. */
    public boolean hasSkipped() {
        if (toSkip == 0) {
            return false;
        }
        toSkip--;
        return true;
    }

    /** Packets that came for the socket and found no frame, no room, or were longer than a frame. Any thread. */
    public synchronized long lost() {
        if (!closed && Calls.getsockopt(fd, SOL_XDP, Linux.XDP_STATISTICS(), statistics, statisticsLength) >= 0) {
            lost = xdp_statistics.rx_dropped(statistics) + xdp_statistics.rx_ring_full(statistics);
        }
        return lost;
    }

    /** Waits for packets of sockets. For the receiving thread. */
    public static final class Wait {
        private final ReadWait wait;

        /** @param arena owns what is allocated */
        public Wait(Arena arena, XdpSocket[] sockets) {
            int[] files = new int[sockets.length];
            for (int i = 0; i < files.length; i++) {
                files[i] = sockets[i].fd;
            }
            wait = new ReadWait(arena, files);
        }

        /**
         * Waits until a packet has come.
         *
         * @param nanos at most
         */
        public void await(long nanos) {
            wait.await(nanos);
        }
    }

    /** Takes the last numbers and closes the socket. Nobody may use it any more but for {@link #lost}. */
    @Override
    public synchronized void close() {
        if (!closed) {
            lost();
            closed = true;
            Calls.close(fd);
            arena.close();
        }
    }
}
