package io.tlem.port.xdp;

import io.tlem.os.Errno;
import io.tlem.os.InterfaceWatch;
import io.tlem.os.XdpSocket;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.RefusedPackets;
import io.tlem.port.packet.Warnings;
import io.tlem.wire.Ethernet;
import java.lang.foreign.MemorySegment;

/**
 * Sends through one socket, past the queueing discipline. Its frames come back when the packets have been sent, in any order.
 *
 * <p>The kernel does not compare lengths with the MTU, so it is done here: {@link Ethernet#longestFrame}. What the device refuses
 * is lost and counted; an interface that is down loses what is sent into it, as a wire that is cut.
 */
final class XdpSink implements PacketSink {
    private static final long MTU_INTERVAL_NANOS = 100_000_000L;
    private static final long SOON_NANOS = 1_000_000;
    private static final long LAST_NANOS = 10_000_000;

    private final PortAddress address;
    private final InterfaceWatch watch;
    private final XdpSocket socket;
    private final MemorySegment memory;
    private final long firstFrame;
    private final int frameBytes;
    private final int slotFrames;
    private final int slotBytes;
    private final Warnings warnings;
    private final RefusedPackets refused = new RefusedPackets();

    // Of the transmitting thread.
    private final long[] free; // places of slots
    private final int[] underWay; // frames of each slot that the kernel has
    private int freeCount;
    private boolean down;
    private int mtuBytes;
    private long lastMtuNanos = System.nanoTime();

    /**
     * @param firstFrame of those that are the sink's, which lie one behind the other
     * @param slotFrames in which a packet of any length lies
     */
    XdpSink(
            PortAddress address,
            InterfaceWatch watch,
            XdpSocket socket,
            MemorySegment memory,
            long firstFrame,
            int frames,
            int frameBytes,
            int slotFrames,
            int mtuBytes,
            Warnings warnings) {
        this.address = address;
        this.watch = watch;
        this.socket = socket;
        this.memory = memory;
        this.firstFrame = firstFrame;
        this.frameBytes = frameBytes;
        this.slotFrames = slotFrames;
        this.slotBytes = slotFrames * frameBytes;
        this.mtuBytes = mtuBytes;
        this.warnings = warnings;
        free = new long[frames / slotFrames];
        underWay = new int[free.length];
        for (int i = free.length - 1; i >= 0; i--) {
            free[freeCount++] = firstFrame + (long) i * slotBytes;
        }
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
        readMtu(System.nanoTime(), SOON_NANOS); // asked only for packets that may be too long
        return Math.min(mtuBytes + Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES, slotBytes);
    }

    @Override
    public int slotBytes() {
        return slotBytes;
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        takeCompleted();
        int count = Math.min(Math.min(limit, freeCount), socket.room() / slotFrames);
        for (int i = 0; i < count; i++) {
            batch.offset[i] = free[freeCount - 1 - i];
        }
        batch.count = count;
        return count;
    }

    private void takeCompleted() {
        int count = socket.completed();
        for (int i = 0; i < count; i++) {
            long place = socket.takeCompleted();
            if (place >= firstFrame && place < firstFrame + (long) underWay.length * slotBytes) {
                takeBack(place);
            }
        }
        socket.completedTaken();
    }

    /** One of a slot's frames is ours again. */
    private void takeBack(long place) {
        int slot = (int) ((place - firstFrame) / slotBytes);
        if (--underWay[slot] == 0) {
            free[freeCount++] = firstFrame + (long) slot * slotBytes;
        }
    }

    private void put(long place, int length) {
        underWay[(int) ((place - firstFrame) / slotBytes)] = Math.ceilDiv(length, frameBytes);
        long at = place;
        int left = length;
        for (; left > frameBytes; left -= frameBytes) {
            socket.put(at, frameBytes, true);
            at += frameBytes;
        }
        socket.put(at, left, false);
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        readMtu(nowNanos, MTU_INTERVAL_NANOS);
        if (down) {
            down = socket.send() == -Errno.ENETDOWN;
        }
        int kept = 0; // frames of packets that are not sent: they stay free
        for (int i = 0; i < count; i++) {
            long frame = batch.offset[i];
            int length = batch.length[i];
            boolean fits = length >= Ethernet.HEADER_BYTES && length <= longest(frame);
            if (!fits) {
                warnings.unfit(address.name(), length, mtuBytes);
            }
            if (down || !fits) {
                refused.add(length);
                batch.offset[kept++] = frame;
            } else {
                put(frame, length);
            }
        }
        freeCount -= count;
        for (int i = 0; i < kept; i++) {
            free[freeCount++] = batch.offset[i];
        }
        socket.publish();
        flush();
    }

    private int longest(long frame) {
        return Math.min(Ethernet.longestFrame(memory, frame, mtuBytes), slotBytes);
    }

    /** The kernel copies some packets a call; a driver that sends by itself is told once. */
    @Override
    public void flush() {
        int unsent = socket.unsent();
        while (unsent > 0 && socket.needsSend()) {
            int result = socket.send();
            if (result == -Errno.EBUSY) {
                warnings.refused(address.name(), Errno.EBUSY);
                refused.add(socket.dropped());
            } else if (result == -Errno.ENETDOWN) {
                down = true;
                giveUp();
            } else if (result == -Errno.ENXIO) {
                giveUp();
                throw new PortException(address, "the interface has been removed");
            }
            int left = socket.unsent();
            if (left == unsent && !socket.hasSkipped()) {
                return; // for want of memory or room at the device: later
            }
            unsent = left;
        }
    }

    private void giveUp() {
        int length = 0;
        while (socket.unsent() > 0) {
            length += socket.unsentLength();
            if (!socket.unsentGoesOn()) {
                refused.add(length);
                length = 0;
            }
            takeBack(socket.giveUp());
        }
    }

    @Override
    public boolean hasPending() {
        return socket.unsent() > 0;
    }

    @Override
    public void finish() {
        long end = System.nanoTime() + LAST_NANOS;
        try {
            while (socket.unsent() > 0 && System.nanoTime() < end) {
                flush();
            }
        } catch (PortException e) {
            // All is given up by then.
        }
        giveUp();
    }

    private void readMtu(long nowNanos, long intervalNanos) {
        if (nowNanos - lastMtuNanos >= intervalNanos) {
            lastMtuNanos = nowNanos;
            int mtu = watch.mtu();
            if (mtu > 0) {
                mtuBytes = mtu;
            }
        }
    }

    @Override
    public long refusedPackets() {
        return refused.packets();
    }

    @Override
    public long refusedBytes() {
        return refused.bytes();
    }
}
