package io.tlem.port.netmap;

import io.tlem.os.NetmapDevice;
import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/**
 * A transmit ring of a netmap port. One ring only, because only within a ring packets keep their order. Slots are the
 * ring's buffers; a packet that is longer is written beside the port's memory and cut into the ring when it is sent.
 *
 * <p>Netmap is told (a transmit sync) once a batch, and asked for room when there is none.
 */
final class NetmapSink implements PacketSink {
    /** Long packets that can wait in one batch. */
    static final int LONG_SLOTS = 256;

    private static final long POLL_NANOS = 1_000_000_000;
    private static final int FRAGMENT = -1;
    private static final long FINISH_NANOS = 100_000_000;
    private static final long FINISH_PAUSE_NANOS = 100_000;

    private final PortHealth health;
    private final MemorySegment memory;
    private final NetmapRing ring;
    private final int bufferBytes;
    private final int maxPacketBytes;
    private final int slotsOfLongest;
    private final boolean pendingIsPassed;
    private final long longAt;
    private final int longStride;
    private int longUsed;
    private long nextPoll = System.nanoTime() + POLL_NANOS;
    private int reservedSlots; // of the ring, for the batch last reserved
    private final int[] packetBytes; // in the slot that ends a packet: its length
    private long unsent; // packets that a transmit which failed has not put into the ring
    private long unsentBytes;
    private volatile long refused;
    private volatile long refusedBytes;

    /**
     * @param memory the port's, and what follows it
     * @param pendingIsPassed whether who receives has a packet although its slot has not come back yet
     * @param longAt offset of {@link #LONG_SLOTS} places of {@code longStride} bytes
     */
    NetmapSink(
            PortHealth health,
            MemorySegment memory,
            NetmapRing ring,
            int maxPacketBytes,
            boolean pendingIsPassed,
            long longAt,
            int longStride) {
        this.health = health;
        this.memory = memory;
        this.ring = ring;
        this.bufferBytes = ring.bufferBytes();
        this.maxPacketBytes = (int) Math.min(maxPacketBytes, (ring.slots() - 1L) * bufferBytes);
        this.slotsOfLongest = Math.ceilDiv(this.maxPacketBytes, bufferBytes);
        this.pendingIsPassed = pendingIsPassed;
        this.packetBytes = new int[ring.slots()];
        this.longAt = longAt;
        this.longStride = longStride;
    }

    /** Has packets handed on from a port, if they are in the same memory. */
    boolean takes(SpareBuffers buffers) {
        return buffers.handOnTo(memory, ring);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return health.memoryStays();
    }

    @Override
    public int maxPacketBytes() {
        return maxPacketBytes;
    }

    @Override
    public int slotBytes() {
        return bufferBytes;
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        longUsed = 0;
        if (ring.available() < slotsOfLongest) {
            sync();
            if (ring.available() < slotsOfLongest) {
                pollSometimes();
            }
        }
        int count = Math.min(limit, ring.available());
        offer(batch, 0, count, ring.head());
        reservedSlots = count;
        return count;
    }

    private void pollSometimes() {
        long now = System.nanoTime();
        if (now - nextPoll >= 0) {
            nextPoll = now + POLL_NANOS;
            health.poll(NetmapDevice.POLLOUT);
        }
    }

    /** Makes entries {@code from} to {@code to} the ring's slots, beginning with {@code slot}. */
    private void offer(PacketBatch batch, int from, int to, int slot) {
        long[] offsets = batch.offset;
        long[] places = batch.place;
        int done = from + ring.offerInC(batch, slot, from, to);
        int next = ring.after(slot, done - from);
        for (int i = done; i < to; i++) {
            offsets[i] = ring.buffer(next, ring.read(next));
            places[i] = ring.slotAt(next);
            next = ring.after(next, 1);
        }
        batch.count = to;
    }

    @Override
    public boolean enlarge(PacketBatch batch, int index, int length) {
        int extra = Math.ceilDiv(length, bufferBytes) - 1;
        // Entries behind this one are not written yet: they move back in the ring, and the last may have to go.
        int slotsBefore = reservedSlots - (batch.count - index);
        int kept = Math.min(batch.count, index + ring.available() - slotsBefore - extra);
        if (kept <= index || longUsed == LONG_SLOTS) {
            return false;
        }
        offer(batch, index + 1, kept, ring.after(ring.head(), slotsBefore + extra + 1));
        batch.offset[index] = longAt + (long) longUsed * longStride;
        longUsed++;
        reservedSlots = slotsBefore + extra + kept - index;
        return true;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        int[] tags = batch.tag; // more than 0: its slot has another buffer now
        int slot = ring.head();
        int done = 0;
        try {
            while (done < count) {
                int filled = ring.fillInC(batch, slot, packetBytes, done, count);
                if (filled > 0) {
                    slot = ring.after(slot, filled);
                    done += filled;
                    continue;
                }
                int length = lengths[done];
                if (length > bufferBytes) {
                    slot = cut(slot, offsets[done], length);
                } else {
                    ring.write(slot, length, tags[done] > 0 ? NetmapLayout.BUFFER_CHANGED : 0);
                    packetBytes[slot] = length;
                    slot = ring.after(slot, 1);
                }
                done++;
            }
        } finally {
            for (int i = done; i < count; i++) {
                unsent++;
                unsentBytes += lengths[i];
            }
            ring.advanceTo(slot);
        }
        sync();
    }

    /** Spreads a long packet over slots; returns the slot behind it. */
    private int cut(int firstSlot, long from, int length) {
        int slot = firstSlot;
        for (int done = 0; done < length; done += bufferBytes) {
            int part = Math.min(bufferBytes, length - done);
            MemorySegment.copy(memory, from + done, memory, ring.buffer(slot, ring.read(slot)), part);
            boolean last = done + part == length;
            ring.write(slot, part, last ? 0 : NetmapLayout.MORE_FRAGMENTS);
            packetBytes[slot] = last ? length : FRAGMENT;
            slot = ring.after(slot, 1);
        }
        return slot;
    }

    private void sync() {
        health.transmitSync();
        ring.refresh();
    }

    @Override
    public void flush() {
        if (ring.pending() > 0) {
            sync();
        }
    }

    @Override
    public boolean hasPending() {
        return ring.pending() > 0;
    }

    @Override
    public void finish() {
        long start = System.nanoTime();
        try {
            while (ring.pending() > 0) {
                sync();
                if (pendingIsPassed) {
                    refuse(unsent, unsentBytes);
                    return;
                }
                if (System.nanoTime() - start > FINISH_NANOS) {
                    break;
                }
                LockSupport.parkNanos(FINISH_PAUSE_NANOS);
            }
        } catch (RuntimeException | InternalError e) {
            // What is pending is counted, for whatever reason it stays.
        }
        refuseUnsentAndPending();
    }

    private void refuseUnsentAndPending() {
        long packets = unsent;
        long bytes = unsentBytes;
        int slot = ring.after(ring.head(), ring.slots() - ring.pending());
        for (int i = ring.pending(); i > 0; i--) {
            if (packetBytes[slot] != FRAGMENT) {
                packets++;
                bytes += packetBytes[slot];
            }
            slot = ring.after(slot, 1);
        }
        refuse(packets, bytes);
    }

    private void refuse(long packets, long bytes) {
        refusedBytes = bytes;
        refused = packets;
    }

    @Override
    public long refusedPackets() {
        return refused;
    }

    @Override
    public long refusedBytes() {
        return refusedBytes;
    }
}
