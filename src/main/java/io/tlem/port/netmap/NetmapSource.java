package io.tlem.port.netmap;

import io.tlem.os.NetmapDevice;
import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.ZeroCopy;
import io.tlem.wire.Ethernet;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The receive rings of a netmap port, served in turn. Packets are handed out where they lie; those in several slots are
 * joined first, in memory beside the port's.
 *
 * <p>Netmap is asked for more (a receive sync) when the rings are used up, or half of one has been given back: a sender
 * in front of a full ring would drop.
 */
final class NetmapSource implements PacketSource {
    /** Packets that can be joined for one batch. */
    static final int JOINED_SLOTS = 256;

    private static final int MAX_FRAGMENTS = 64;
    private static final long POLL_NANOS = 1_000_000_000;
    private static final VarHandle MISSED = missedHandle();

    private final PortHealth health;
    private final MemorySegment memory;
    private final NetmapRing[] rings;
    private final int[] positions;
    private final int returnAfter;
    private final int maxPacketBytes;
    private final boolean senderWaits;
    private final long joinedAt;
    private final int joinedStride;
    private final Optional<SpareBuffers> spare;

    @SuppressWarnings("unused") // the sink made next is another thread's: not on a cache line with this
    private final byte[] apart = new byte[256];

    private int first;
    private int joined;
    private int returned;
    private long nextPoll = System.nanoTime() + POLL_NANOS;
    private long missed; // written by the receiving thread

    /**
     * @param memory the port's, and what follows it
     * @param senderWaits whether whoever sends sees that the rings are full
     * @param joinedAt offset of {@link #JOINED_SLOTS} places of {@code joinedStride} bytes
     * @param spare buffers for packets that are handed on without copying
     */
    NetmapSource(
            PortHealth health,
            MemorySegment memory,
            List<NetmapRing> rings,
            int maxPacketBytes,
            boolean senderWaits,
            long joinedAt,
            int joinedStride,
            Optional<SpareBuffers> spare) {
        this.health = health;
        this.memory = memory;
        this.rings = rings.toArray(NetmapRing[]::new);
        this.positions = new int[rings.size()];
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < this.rings.length; i++) {
            positions[i] = this.rings[i].head();
            fewest = Math.min(fewest, this.rings[i].slots());
        }
        this.returnAfter = Math.max(1, fewest / 2);
        this.maxPacketBytes = maxPacketBytes;
        this.senderWaits = senderWaits;
        this.joinedAt = joinedAt;
        this.joinedStride = joinedStride;
        this.spare = spare;
    }

    private static VarHandle missedHandle() {
        try {
            return MethodHandles.lookup()
                    .findVarHandle(NetmapSource.class, "missed", long.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
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
    public boolean senderWaits() {
        return senderWaits;
    }

    @Override
    public void begin(LongSupplier clock) {
        sync();
        long there = 0;
        for (int i = 0; i < rings.length; i++) {
            NetmapRing ring = rings[i];
            int slot = positions[i];
            for (int left = ring.available(); left > 0; left--) {
                boolean more = (NetmapLayout.flags(ring.read(slot)) & NetmapLayout.MORE_FRAGMENTS) != 0;
                slot = ring.after(slot, 1);
                if (!more) { // of a packet whose end has not come yet, the beginning stays
                    positions[i] = slot;
                    there++;
                }
            }
        }
        MISSED.setOpaque(this, missed + there);
        sync();
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        joined = 0;
        batch.count = 0;
        if (returned >= returnAfter) {
            sync();
        }
        take(batch);
        if (batch.count == 0) {
            sync();
            take(batch);
        }
        // Not before: a packet may come at any moment up to the last look at the rings.
        long now = clock.getAsLong();
        Arrays.fill(batch.arrivalNanos, 0, batch.count, now);
        batch.horizonNanos = now;
        if (batch.count == 0 && now - nextPoll >= 0) {
            nextPoll = now + POLL_NANOS;
            health.poll(NetmapDevice.POLLIN);
        }
        return batch.count;
    }

    private void sync() {
        // What was taken without being handed out, being malformed, goes back too.
        for (int i = 0; i < rings.length; i++) {
            rings[i].advanceTo(positions[i]);
        }
        health.receiveSync();
        returned = 0;
        for (NetmapRing ring : rings) {
            ring.refresh();
        }
    }

    /** Each ring may fill the batch; the next batch begins with the next ring. */
    private void take(PacketBatch batch) {
        int ring = first;
        first = first + 1 == rings.length ? 0 : first + 1;
        for (int i = 0; i < rings.length && batch.count < batch.capacity(); i++) {
            take(ring, batch);
            ring = ring + 1 == rings.length ? 0 : ring + 1;
        }
    }

    private void take(int number, PacketBatch batch) {
        NetmapRing ring = rings[number];
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] places = batch.place;
        int count = batch.count;
        int limit = Math.min(batch.capacity(), count + returnAfter); // the rest of the ring keeps its sender busy
        int longest = Math.min(maxPacketBytes, ring.bufferBytes());
        int slot = positions[number];
        int left = ring.available() - ring.distance(ring.head(), slot);
        while (count < limit && left > 0) {
            int ordinary =
                    ring.takeInC(batch, slot, Ethernet.HEADER_BYTES, longest, count, Math.min(limit, count + left));
            if (ordinary > 0) {
                slot = ring.after(slot, ordinary);
                count += ordinary;
                left -= ordinary;
                returned += ordinary;
                continue;
            }
            long value = ring.read(slot);
            int used = 1;
            int length = NetmapLayout.length(value);
            if ((NetmapLayout.flags(value) & NetmapLayout.MORE_FRAGMENTS) != 0) {
                used = fragments(ring, slot, left);
                if (used == 0 || joined == JOINED_SLOTS) {
                    break; // the rest has not come yet, or the next batch has room for it
                }
                length = join(ring, slot, used);
                if (length > 0) {
                    offsets[count] = joinedAt + (long) joined * joinedStride;
                    places[count] = SpareBuffers.NOWHERE;
                    joined++;
                }
            } else if (length >= Ethernet.HEADER_BYTES && length <= longest) {
                offsets[count] = ring.buffer(slot, value);
                places[count] = ring.slotAt(slot);
            } else {
                length = 0;
            }
            if (length > 0) {
                lengths[count] = length;
                count++;
            } else {
                MISSED.setOpaque(this, missed + 1);
            }
            slot = ring.after(slot, used);
            left -= used;
            returned += used;
        }
        positions[number] = slot;
        batch.count = count;
    }

    /** Slots that the packet beginning here takes, 0 when they are not all there yet. */
    private static int fragments(NetmapRing ring, int first, int available) {
        int slot = first;
        for (int n = 1; n <= available; n++) {
            if ((NetmapLayout.flags(ring.read(slot)) & NetmapLayout.MORE_FRAGMENTS) == 0) {
                return n;
            }
            slot = ring.after(slot, 1);
        }
        if (available >= Math.min(MAX_FRAGMENTS, ring.slots() - 1)) {
            throw ring.broken("holds a packet of more than " + available + " fragments");
        }
        return 0;
    }

    /** Copies a packet in several slots to the next place beside the port's memory; returns its length, 0 when unusable. */
    private int join(NetmapRing ring, int firstSlot, int count) {
        long to = joinedAt + (long) joined * joinedStride;
        int length = 0;
        int slot = firstSlot;
        for (int i = 0; i < count; i++) {
            long value = ring.read(slot);
            int part = NetmapLayout.length(value);
            if (part > ring.bufferBytes() || length + part > maxPacketBytes) {
                return 0;
            }
            MemorySegment.copy(memory, ring.buffer(slot, value), memory, to + length, part);
            length += part;
            slot = ring.after(slot, 1);
        }
        return length < Ethernet.HEADER_BYTES ? 0 : length;
    }

    @Override
    public void release() {
        for (int i = 0; i < rings.length; i++) {
            rings[i].advanceTo(positions[i]);
        }
    }

    @Override
    public Optional<ZeroCopy> zeroCopyTo(PacketSink sink) {
        Optional<SpareBuffers> used = spare.filter(buffers -> sink instanceof NetmapSink other && other.takes(buffers));
        return used.map(ZeroCopy.class::cast);
    }

    @Override
    public long missedPackets() {
        return (long) MISSED.getOpaque(this);
    }
}
