package io.tlem.port.xdp;

import io.tlem.os.Errno;
import io.tlem.os.InterfaceWatch;
import io.tlem.os.XdpSocket;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.packet.Warnings;
import io.tlem.wire.Ethernet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Receives from the sockets in turn. The frames of packets go back to the socket that they came from: with the receiving thread
 * alone at the rings of received packets and of free frames nothing has to be guarded.
 */
final class XdpSource implements PacketSource {
    /** Places for packets that lay in several frames, of the longest packet's length each. */
    static final int JOINED = 64;

    private static final long CHECK_INTERVAL_NANOS = 20_000_000L;

    private final PortAddress address;
    private final InterfaceWatch watch;
    private final MemorySegment memory;
    private final XdpSocket[] sockets;
    private final long joinedAt;
    private final int maxPacketBytes;
    private final int usualPacketBytes;
    private final XdpSocket.Wait wait;
    private final LeftChecksum leftChecksum = new LeftChecksum();
    private final Warnings warnings;
    private final AtomicLong missed = new AtomicLong();

    // Of the receiving thread.
    private final long[] held = new long[PacketBatch.MAX_CAPACITY];
    private final int[] heldOf; // how many are of each socket, one socket's behind the other's
    private int longestBytes; // that a wire of this MTU carries
    private int heldCount;
    private int joined; // packets of this batch
    private int first; // socket to be looked at first
    private long nextCheckNanos = Long.MIN_VALUE;

    /** @param joinedAt offset of {@link #JOINED} places, where there can be packets in several frames */
    XdpSource(
            PortAddress address,
            InterfaceWatch watch,
            Arena arena,
            MemorySegment memory,
            XdpSocket[] sockets,
            long joinedAt,
            int maxPacketBytes,
            int mtuBytes,
            Warnings warnings) {
        this.address = address;
        this.watch = watch;
        this.memory = memory;
        this.sockets = sockets;
        this.joinedAt = joinedAt;
        this.maxPacketBytes = maxPacketBytes;
        this.warnings = warnings;
        setMtu(mtuBytes);
        usualPacketBytes = longestBytes;
        wait = new XdpSocket.Wait(arena, sockets);
        heldOf = new int[sockets.length];
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return maxPacketBytes;
    }

    @Override
    public int usualPacketBytes() {
        return usualPacketBytes;
    }

    @Override
    public void begin(LongSupplier clock) {
        for (XdpSocket socket : sockets) {
            int frames = socket.received(); // what comes meanwhile is looked at later
            int packets = 0;
            for (int i = 0; i < frames; i++) {
                socket.addFrame(socket.receivedAddress(i));
                packets += socket.receivedGoesOn(i) ? 0 : 1;
            }
            socket.take(frames);
            socket.give();
            missed.addAndGet(packets);
        }
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long now = clock.getAsLong();
        if (now >= nextCheckNanos) {
            check(now);
        }
        int most = batch.capacity();
        int count = 0;
        joined = 0;
        for (int i = 0; i < sockets.length && count < most; i++) {
            int index = socketAt(i);
            int received = sockets[index].received();
            if (received > 0) {
                now = clock.getAsLong(); // after they were seen: never before their arrival
                count = take(batch, count, most, index, received, now);
            }
        }
        batch.count = count;
        batch.horizonNanos = now;
        return count;
    }

    private int socketAt(int turn) {
        int index = first + turn;
        return index < sockets.length ? index : index - sockets.length;
    }

    /** Returns how many packets are in the batch then. */
    private int take(PacketBatch batch, int start, int end, int index, int received, long arrivalNanos) {
        XdpSocket socket = sockets[index];
        int heldBefore = heldCount;
        int count = start;
        int taken = 0;
        while (taken < received && count < end) {
            long place = socket.receivedAddress(taken);
            int length = socket.receivedLength(taken);
            int frames = 1;
            if (socket.receivedGoesOn(taken)) {
                frames = framesOf(socket, taken, received);
                if (frames == 0 || joined == JOINED) {
                    break; // its end has not come yet, or it is of the next batch
                }
                place = joinedAt + (long) joined * maxPacketBytes;
                length = join(socket, taken, frames, place);
            }
            boolean fits = length <= longestBytes || !isTooLong(length);
            if (frames > 1) {
                joined += fits ? 1 : 0;
            } else if (fits) {
                held[heldCount++] = place;
            } else {
                socket.addFrame(place);
            }
            taken += frames;
            if (fits) {
                leftChecksum.finish(memory, place, length);
                batch.offset[count] = place;
                batch.length[count] = length;
                batch.arrivalNanos[count] = arrivalNanos;
                count++;
            }
        }
        socket.take(taken);
        heldOf[index] = heldCount - heldBefore;
        if (heldOf[index] == 0) {
            socket.give(); // else with those that are released
        }
        return count;
    }

    /** In how many frames a packet lies, 0 when not all are here. */
    private static int framesOf(XdpSocket socket, int first, int received) {
        int last = first;
        while (last < received && socket.receivedGoesOn(last)) {
            last++;
        }
        return last < received ? last - first + 1 : 0;
    }

    /** Copies a packet out of its frames, which are free then, as far as there is room. Returns its length. */
    private int join(XdpSocket socket, int first, int frames, long place) {
        int length = 0;
        for (int i = first; i < first + frames; i++) {
            long frame = socket.receivedAddress(i);
            int bytes = socket.receivedLength(i);
            if (length + bytes <= maxPacketBytes) {
                MemorySegment.copy(memory, frame, memory, place + length, bytes);
            }
            length += bytes;
            socket.addFrame(frame);
        }
        return length;
    }

    /** The MTU may have been raised a moment ago. */
    private boolean isTooLong(int length) {
        setMtu(watch.mtu());
        boolean tooLong = length > longestBytes;
        if (tooLong) {
            missed.incrementAndGet();
            warnings.once(
                    "long",
                    address.name()
                            + ": a packet longer than the MTU was missed (more such ones are only counted); if it is a"
                            + " super-packet, turn segmentation off where it comes from: ethtool -K IF tso off gso off, IF"
                            + " being the interface that sends it");
        }
        return tooLong;
    }

    private void setMtu(int mtuBytes) {
        if (mtuBytes > 0) {
            longestBytes = Math.min(mtuBytes + Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES, maxPacketBytes);
        }
    }

    @Override
    public void release() {
        int next = 0;
        for (int i = 0; i < sockets.length; i++) {
            int index = socketAt(i);
            int count = heldOf[index];
            if (count > 0) {
                for (int end = next + count; next < end; next++) {
                    sockets[index].addFrame(held[next]);
                }
                sockets[index].give();
                heldOf[index] = 0;
            }
        }
        heldCount = 0;
        first = socketAt(1);
    }

    private void check(long nowNanos) {
        nextCheckNanos = nowNanos + CHECK_INTERVAL_NANOS;
        int mtu = watch.mtu();
        setMtu(mtu);
        if (mtu == -Errno.ENODEV) {
            throw new PortException(address, "the interface has been removed");
        }
        for (XdpSocket socket : sockets) {
            socket.wakeReceiver(); // a driver that was set down and up again waits for it
        }
    }

    @Override
    public boolean await(long nanos) {
        wait.await(Math.min(nanos, CHECK_INTERVAL_NANOS));
        return true;
    }

    @Override
    public long missedPackets() {
        long lost = missed.get();
        for (XdpSocket socket : sockets) {
            lost += socket.lost();
        }
        return lost;
    }
}
