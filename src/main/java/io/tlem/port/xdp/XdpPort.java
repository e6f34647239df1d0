package io.tlem.port.xdp;

import io.tlem.os.Errno;
import io.tlem.os.InterfaceFacts;
import io.tlem.os.InterfaceWatch;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.PromiscuousMode;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemMemory;
import io.tlem.os.XdpProgram;
import io.tlem.os.XdpSocket;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.packet.InterfaceChecks;
import io.tlem.port.packet.Warnings;
import io.tlem.port.xdp.XdpOptions.Mode;
import io.tlem.wire.Ethernet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * An interface's queues as a port: what comes there is taken by the port's XDP program, before the machine sees any of it.
 *
 * <p>One piece of memory is shared with the kernel (UMEM) and is the memory of both halves of the port: a part for each queue to
 * receive into, and the last part to send from. A packet is copied into the link's buffer and out of it. The buffer as that memory
 * was measured, and saves too little: see the site's page on ports.
 */
final class XdpPort implements PacketPort {
    /** As large as the kernel allows; longer packets lie in several. */
    private static final int FRAME_BYTES = 4096;

    /** In a frame that is received into. */
    private static final int LONGEST_BYTES = FRAME_BYTES - XdpSocket.HEADROOM_BYTES;

    private static final int FRAMES = 2048;
    private static final int MIN_FRAMES = 256;
    private static final int MAX_RECEIVE_FRAMES = 1 << 14; // of all queues
    private static final long QUEUE_FREE_NANOS = 1_000_000_000L;
    private static final long RETRY_NANOS = 10_000_000;

    private final PortAddress address;
    private final String description;
    private final Arena arena = Arena.ofShared();
    private final Warnings warnings = new Warnings();
    private final InterfaceChecks checks;
    private final PromiscuousMode promiscuous;
    private final InterfaceWatch watch;
    private final XdpProgram program;
    private final XdpSocket[] sockets;
    private final XdpSource source;
    private final XdpSink sink;
    private boolean closed;

    /**
     * @param several whether a packet may lie in several frames, which older kernels and some drivers cannot
     * @throws PortException when the interface cannot; nothing is left open then
     * @throws SystemCallException when the system refuses something else; nothing is left open then
     */
    XdpPort(PortAddress address, NetworkInterface found, XdpOptions options, boolean several) {
        this.address = address;
        int mtu = found.mtuBytes();
        int slotFrames = several ? Math.ceilDiv(longestOf(mtu), FRAME_BYTES) : 1;
        int longest = several ? slotFrames * FRAME_BYTES : LONGEST_BYTES;
        int index = found.index();
        int queues = NetworkInterfaces.queues(address.name()).receive();
        int[] chosen = options.queue().isPresent()
                ? new int[] {options.queue().getAsInt()}
                : IntStream.range(0, queues).toArray();
        int frames = Math.clamp(Integer.highestOneBit(MAX_RECEIVE_FRAMES / chosen.length), MIN_FRAMES, FRAMES);
        sockets = new XdpSocket[chosen.length];
        checks = new InterfaceChecks(address.name(), warnings);
        program = new XdpProgram(queues, several);
        PromiscuousMode held = null;
        InterfaceWatch seen = null;
        try {
            String fallback = attach(index, options.mode());
            boolean byKernel = !fallback.isEmpty() || options.mode().equals(Optional.of(Mode.SKB));
            seen = new InterfaceWatch(index);
            held = PromiscuousMode.hold(address.name());
            long receiveBytes = (long) chosen.length * frames * FRAME_BYTES;
            long umemBytes = receiveBytes + (long) FRAMES * FRAME_BYTES;
            long joinedBytes = several ? (long) XdpSource.JOINED * longest : 0;
            // Behind it one page, so that reading and writing a line at the last offset stays inside.
            MemorySegment memory = SystemMemory.reserve(arena, umemBytes + joinedBytes + SystemMemory.pageSize());
            SystemMemory.fill(memory);
            for (int i = 0; i < sockets.length; i++) {
                sockets[i] = open(i == 0 ? memory.asSlice(0, umemBytes) : null);
                bind(sockets[i], index, chosen[i], byKernel ? Optional.of(Mode.SKB) : options.mode(), several);
                for (int frame = 0; frame < frames; frame++) {
                    sockets[i].addFrame(((long) i * frames + frame) * FRAME_BYTES);
                }
                sockets[i].give();
                program.give(chosen[i], sockets[i]);
            }
            source = new XdpSource(address, seen, arena, memory, sockets, umemBytes, longest, mtu, warnings);
            sink = new XdpSink(
                    address, seen, sockets[0], memory, receiveBytes, FRAMES, FRAME_BYTES, slotFrames, mtu, warnings);
            description = address + ": " + found.describe() + ", "
                    + (byKernel ? "skb mode" : sockets[0].isZeroCopy() ? "zero copy" : "copy mode")
                    + (fallback.isEmpty() ? "" : " (" + fallback + ")") + ", "
                    + (options.queue().isPresent() ? "queue " + chosen[0] : chosen.length + " of " + queues + " queues")
                    + ", " + frames + " x " + FRAME_BYTES + " B to receive, " + FRAMES + " to send";
            warnAtFirst(mtu, longest);
        } catch (RuntimeException e) {
            closeAll(seen, held);
            throw e;
        }
        promiscuous = held;
        watch = seen;
    }

    /** Returns why the kernel runs the program and not the driver, where nobody has asked for that; else nothing. */
    private String attach(int index, Optional<Mode> mode) {
        if (!mode.equals(Optional.of(Mode.SKB))) {
            try {
                program.attach(index, XdpProgram.Place.DRIVER);
                return "";
            } catch (SystemCallException e) {
                refuseIfTaken(e);
                if (mode.isPresent()) {
                    throw new PortException(
                            address,
                            "the driver runs no XDP program here, mode=skb does without: " + e.getMessage(),
                            e);
                }
            }
        }
        try {
            program.attach(index, XdpProgram.Place.KERNEL);
        } catch (SystemCallException e) {
            refuseIfTaken(e);
            throw e;
        }
        return mode.isPresent() ? "" : "the driver runs no XDP program here";
    }

    private void refuseIfTaken(SystemCallException e) {
        if (e.errno() == Errno.EBUSY || e.errno() == Errno.EEXIST) {
            throw new PortException(
                    address,
                    "the interface has an XDP program already, such as a second emulator's: ip -d link show "
                            + address.name(),
                    e);
        }
    }

    private XdpSocket open(MemorySegment memory) {
        try {
            return new XdpSocket(memory, FRAME_BYTES, FRAMES);
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOBUFS) {
                throw new PortException(
                        address,
                        "may not lock memory for the packets: run with the CAP_IPC_LOCK capability, or raise ulimit -l: "
                                + e.getMessage(),
                        e);
            }
            throw e;
        }
    }

    private void bind(XdpSocket socket, int index, int queue, Optional<Mode> mode, boolean several) {
        XdpSocket.Copying copying = mode.map(
                        chosen -> chosen == Mode.ZEROCOPY ? XdpSocket.Copying.NONE : XdpSocket.Copying.COPY)
                .orElse(XdpSocket.Copying.ANY);
        long end =
                System.nanoTime() + QUEUE_FREE_NANOS; // the kernel frees a queue a little after its last user has gone
        while (true) {
            try {
                socket.bind(index, queue, copying, several, socket == sockets[0] ? null : sockets[0]);
                return;
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EBUSY) {
                    throw mode.equals(Optional.of(Mode.ZEROCOPY))
                            ? new PortException(
                                    address, "the driver cannot do without copying, mode=copy: " + e.getMessage(), e)
                            : e;
                }
                if (System.nanoTime() > end) {
                    throw new PortException(address, "another program has queue " + queue + " of the interface", e);
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /** Longest packet of an interface. */
    private static int longestOf(int mtu) {
        return mtu + Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES;
    }

    /** Whether packets of an interface need more than one frame. */
    static boolean needsSeveral(int mtu) {
        return longestOf(mtu) > LONGEST_BYTES;
    }

    private void warnAtFirst(int mtu, int longest) {
        String name = address.name();
        if (mtu + Ethernet.HEADER_BYTES > longest) {
            warnings.once(
                    "mtu",
                    name + " has an MTU of " + mtu + ", and packets of more than " + longest
                            + " B are missed: use packet:" + name + ", or lower it: ip link set " + name + " mtu "
                            + (LONGEST_BYTES - Ethernet.HEADER_BYTES - 2 * Ethernet.TAG_BYTES));
        }
        if (NetworkInterfaces.takesVlanTags(name)) {
            boolean veth = InterfaceFacts.of(name)
                    .map(facts -> facts.driver().equals("veth"))
                    .orElse(false);
            warnings.once(
                    "vlan",
                    name + " gives packets without the VLAN tags that its "
                            + (veth
                                    ? "peer keeps beside them, if it has VLANs: ethtool -K PEER txvlan off"
                                    : "card has taken off, if there are any: ethtool -K " + name + " rxvlan off"));
        }
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
        InterfaceFacts.of(address.name()).ifPresent(checks::checkState);
        return warnings.take();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeAll(watch, promiscuous);
        }
    }

    /** Packets go on to the machine first, then the sockets: none is lost between. */
    private void closeAll(InterfaceWatch seen, PromiscuousMode held) {
        program.close();
        for (XdpSocket socket : sockets) {
            if (socket != null) {
                socket.close();
            }
        }
        if (seen != null) {
            seen.close();
        }
        if (held != null) {
            held.close();
        }
        arena.close();
    }
}
