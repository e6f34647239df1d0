package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.ifreq;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The process's end of a tap or tun interface: what the machine sends into the interface is read here, what is written here is
 * received from it. Each packet has a {@link VirtioHeader} in front, in both directions.
 *
 * <p>The interface is of the network that the opening thread is in, and stays usable wherever it is moved. Reading and writing do
 * not wait, return a negated error number instead of throwing, and may be done by two threads; the rest is for any.
 */
public final class TunDevice implements AutoCloseable {
    /** What an interface carries. */
    public enum Kind {
        /** Ethernet frames. */
        TAP(Linux.IFF_TAP()),
        /** IP packets. */
        TUN(Linux.IFF_TUN());

        private final int flag;

        Kind(int flag) {
            this.flag = flag;
        }
    }

    private static final String DEVICE = "/dev/net/tun";
    /** Of the thread's network, and of the same one as long as it is open. */
    private static final Path STATISTICS = Path.of("/proc/thread-self/net/dev");

    /** That may wait to be read, in an interface made here: as many as a packet socket's ring holds. */
    private static final int QUEUE_PACKETS = 4096;

    private static final int DROPPED_COLUMN = 11; // the fourth of what is sent
    private static final int PERSISTENT = 0x0800; // IFF_PERSIST in what TUNGETIFF says
    private static final int OFFLOADS =
            Linux.TUN_F_CSUM() | Linux.TUN_F_TSO4() | Linux.TUN_F_TSO6() | Linux.TUN_F_TSO_ECN();
    private static final int UDP_OFFLOADS = Linux.TUN_F_USO4() | Linux.TUN_F_USO6();
    private static final long VALUE = ifreq.ifr_ifru$offset();

    private final int fd;
    private final int socket;
    private final boolean persistent;
    private final FileChannel statistics;
    private final ReadWait arrival;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment request = arena.allocate(ifreq.layout()); // guarded by this
    private final ByteBuffer text = ByteBuffer.allocate(1 << 16); // guarded by this
    private long droppedBefore;
    private long dropped; // guarded by this
    private boolean closed; // guarded by this

    /**
     * Makes the interface, or takes one that waits for somebody to take it, and sets it up where the process may.
     *
     * @throws SystemCallException {@link Errno#ENOENT} where the kernel has no such interfaces, {@link Errno#EPERM} where the
     *     process may not, {@link Errno#EBUSY} where somebody else has it, {@link Errno#EINVAL} where it is of another kind
     */
    public TunDevice(String name, Kind kind) {
        fd = Calls.require(
                Calls.open(DEVICE, Linux.O_RDWR() | Linux.O_NONBLOCK() | Linux.O_CLOEXEC(), 0), "open", DEVICE);
        int control = -1;
        FileChannel counters = null;
        try {
            setName(name);
            request.set(JAVA_SHORT, VALUE, (short) (kind.flag | Linux.IFF_NO_PI() | Linux.IFF_VNET_HDR()));
            Calls.require(Calls.ioctl(fd, Linux.TUNSETIFF(), request), "ioctl", "TUNSETIFF, " + name);
            Calls.require(Calls.ioctl(fd, Linux.TUNGETIFF(), request), "ioctl", "TUNGETIFF, " + name);
            persistent = (request.get(JAVA_SHORT, VALUE) & PERSISTENT) != 0;
            // Of UDP since Linux 6.2.
            if (setOffloads(OFFLOADS | UDP_OFFLOADS) < 0) {
                Calls.require(setOffloads(OFFLOADS), "ioctl", "TUNSETOFFLOAD, " + name);
            }
            control = Calls.require(
                    Calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_INET");
            if (!persistent) {
                setName(name);
                request.set(JAVA_INT, VALUE, QUEUE_PACKETS);
                Calls.ioctl(control, Linux.SIOCSIFTXQLEN(), request);
            }
            setUp(control, name);
            counters = FileChannel.open(STATISTICS, StandardOpenOption.READ);
        } catch (SystemCallException | IOException e) {
            Calls.close(fd);
            if (control >= 0) {
                Calls.close(control);
            }
            arena.close();
            throw e instanceof SystemCallException call
                    ? call
                    : new SystemCallException("open", STATISTICS.toString(), Errno.ENOENT);
        }
        arrival = new ReadWait(arena, fd);
        socket = control;
        statistics = counters;
        droppedBefore = Math.max(0, readDropped());
    }

    private int setOffloads(int which) {
        return Calls.ioctl(
                fd, Linux.TUNSETOFFLOAD(), MemorySegment.ofAddress(which)); // a number in the pointer's place
    }

    private void setName(String name) {
        request.fill((byte) 0);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, request, JAVA_BYTE, ifreq.ifr_ifrn$offset(), bytes.length);
    }

    /** An owner of the interface without CAP_NET_ADMIN may not, and somebody else will. */
    private void setUp(int control, String name) {
        setName(name);
        if (Calls.ioctl(control, Linux.SIOCGIFFLAGS(), request) >= 0) {
            request.set(JAVA_SHORT, VALUE, (short) (request.get(JAVA_SHORT, VALUE) | Linux.IFF_UP()));
            Calls.ioctl(control, Linux.SIOCSIFFLAGS(), request);
        }
    }

    /** Whether the interface stays when this is closed, as somebody else has made it. */
    public boolean persistent() {
        return persistent;
    }

    /** Reads a packet with its header. Returns the bytes read or a negated error number, {@link Errno#EBADFD} without interface. */
    public int read(MemorySegment place) {
        return (int) Calls.read(fd, place);
    }

    /**
     * Waits until there is a packet to be read. For the reading thread.
     *
     * @param nanos at most
     */
    public void awaitPacket(long nanos) {
        arrival.await(nanos);
    }

    /** Writes a packet with its header. Returns the bytes written or a negated error number, {@link Errno#EBADFD} without interface. */
    public int write(MemorySegment packet) {
        return (int) Calls.write(fd, packet);
    }

    /** As {@link #write(MemorySegment)}, of a packet in pieces. */
    public int write(Pieces packet) {
        return (int) packet.write(fd);
    }

    /** MTU, or a negated error number where the interface is gone or in another network. */
    public synchronized int mtu() {
        return ask(Linux.SIOCGIFMTU()) < 0 ? -Errno.ENODEV : request.get(JAVA_INT, VALUE);
    }

    /** Whether the interface is up; as if it were where that cannot be seen from here. */
    public synchronized boolean up() {
        return ask(Linux.SIOCGIFFLAGS()) < 0 || (request.get(JAVA_SHORT, VALUE) & Linux.IFF_UP()) != 0;
    }

    /** Asks for something of the interface, whatever it is called by now. */
    private int ask(int what) {
        return closed || Calls.ioctl(fd, Linux.TUNGETIFF(), request) < 0 ? -1 : Calls.ioctl(socket, what, request);
    }

    /** Packets that the machine has sent into the interface since this was opened and that found no room in it. */
    public synchronized long dropped() {
        long now = closed ? -1 : readDropped();
        if (now >= 0) {
            dropped = Math.max(dropped, now - droppedBefore);
        }
        return dropped;
    }

    private synchronized long readDropped() {
        if (Calls.ioctl(fd, Linux.TUNGETIFF(), request) < 0) {
            return -1;
        }
        String name =
                request.asSlice(ifreq.ifr_ifrn$offset(), Linux.IF_NAMESIZE()).getString(0);
        text.clear();
        try {
            while (text.hasRemaining() && statistics.read(text, text.position()) > 0) {
                // until the end
            }
        } catch (IOException e) {
            return -1;
        }
        return dropped(new String(text.array(), 0, text.position(), StandardCharsets.UTF_8), name);
    }

    /** The number in what {@code /proc/net/dev} shows, or -1. */
    static long dropped(String statistics, String name) {
        return statistics
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip().split("\\s+", -1))
                .filter(numbers -> numbers.length > DROPPED_COLUMN)
                .mapToLong(numbers -> Long.parseLong(numbers[DROPPED_COLUMN]))
                .findFirst()
                .orElse(-1);
    }

    /** Gives the interface back; it is gone then unless it is {@link #persistent}. Nobody may use this any more. */
    @Override
    public synchronized void close() {
        if (!closed) {
            dropped();
            closed = true;
            Calls.close(fd);
            Calls.close(socket);
            try {
                statistics.close();
            } catch (IOException e) {
                // It was only read.
            }
            arena.close();
        }
    }
}
