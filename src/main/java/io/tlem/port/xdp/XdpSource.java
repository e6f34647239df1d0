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
    private static final long CHECK_INTERVAL_NANOS = 20_000_000L;

    private final PortAddress address;
    private final InterfaceWatch watch;
    private final MemorySegment memory;
    private final XdpSocket[] sockets;
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
    private int first; // socket to be looked at first
    private long nextCheckNanos = Long.MIN_VALUE;

    XdpSource(
            PortAddress address,
            InterfaceWatch watch,
            Arena arena,
            MemorySegment memory,
            XdpSocket[] sockets,
            int maxPacketBytes,
            int mtuBytes,
            Warnings warnings) {
        this.address = address;
        this.watch = watch;
        this.memory = memory;
        this.sockets = sockets;
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
            int count = socket.received(); // what comes meanwhile is looked at later
            for (int i = 0; i < count; i++) {
                socket.addFrame(socket.receivedAddress(i));
            }
            socket.take(count);
            socket.give();
            missed.addAndGet(count);
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
        for (int i = 0; i < sockets.length && count < most; i++) {
            int index = socketAt(i);
            int received = Math.min(sockets[index].received(), most - count);
            if (received > 0) {
                now = clock.getAsLong(); // after they were seen: never before their arrival
                heldOf[index] = take(batch, count, sockets[index], received, now);
                count += heldOf[index];
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

    /** Returns how many of a socket's packets are in the batch. */
    private int take(PacketBatch batch, int start, XdpSocket socket, int received, long arrivalNanos) {
        int count = start;
        for (int i = 0; i < received; i++) {
            long place = socket.receivedAddress(i);
            int length = socket.receivedLength(i);
            if (length > longestBytes && isTooLong(length)) {
                socket.addFrame(place);
                continue;
            }
            leftChecksum.finish(memory, place, length);
            held[count] = place;
            batch.offset[count] = place;
            batch.length[count] = length;
            batch.arrivalNanos[count] = arrivalNanos;
            count++;
        }
        socket.take(received);
        if (count == start) {
            socket.give(); // else with those that are released
        }
        return count - start;
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
