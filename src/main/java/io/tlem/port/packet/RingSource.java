package io.tlem.port.packet;

import io.tlem.os.PacketFrame;
import io.tlem.os.PacketSocket;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemClocks;
import io.tlem.os.SystemMemory;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.ZeroCopy;
import io.tlem.wire.Ethernet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Receives from a packet socket's ring, and undoes on the way what offloads have done: restores VLAN tags, finishes
 * checksums, cuts super-packets.
 *
 * <pre>
 *   memory:  | ring, mapped from the kernel | super-packet | packets cut from it, of this batch | super-packets not cut |
 * </pre>
 *
 * Most packets are handed out where the kernel has put them. A packet longer than a slot is received whole from the
 * socket into the place for a super-packet. What is cut goes behind it; a super-packet that gives more packets than the
 * batch holds is continued in the next one. Between two ports of this kind some need not be cut: see {@link UncutSegments}.
 */
final class RingSource implements PacketSource {
    /** Frames start here in their slots, a cache line's start. */
    private static final int FRAME_OFFSET = 128;

    private static final int RESERVE_BYTES = FRAME_OFFSET - PacketFrame.RECEIVE_OFFSET - VirtioHeader.BYTES;
    private static final int LINE_BYTES = 64;

    /** Larger frames are received from the socket, so that the ring of a loopback does not need 64 KiB a slot. */
    private static final int MAX_SLOT_BYTES = 16384;

    private static final int LARGE_FRAME_SLOT_BYTES = 4096;
    private static final int STANDARD_SLOTS = 4096;

    /** As many packets as the kernel puts into a ring in a millisecond, at most about. */
    private static final int SLOTS_A_MILLISECOND = 1000;

    private static final int STANDARD_RING_BYTES = 32 << 20;
    private static final int RECEIVE_BUFFER_BYTES = 32 << 20;
    private static final long CHECK_INTERVAL_NANOS = 10_000_000L;

    /** MTU that the interface may get later, without the port being opened again. */
    private static final int FOLLOWED_MTU_BYTES = 9216;

    private static final int USER = PacketFrame.USER;
    private static final int OUTGOING = PacketFrame.OUTGOING;
    private static final int COPY = PacketFrame.COPY;
    private static final int COPY_OR_VLAN = PacketFrame.COPY | PacketFrame.VLAN_VALID;

    private final PortAddress address;
    private final int interfaceIndex;
    private final Warnings warnings;
    private final MemorySegment memory;
    private final RingShape shape;
    private final int usualPacketBytes;
    private final int maxPacketBytes;
    private final boolean kernelTimestamps;
    private final ArrivalClock arrivalClock = new ArrivalClock(SystemClocks::realTimeNanos);
    private final FrameFinisher finisher;
    private final MemorySegment superPacket; // as long as what the socket may hand out
    private final long superOffset; // of its virtio header; the frame is on a cache line
    private final long uncutOffset; // of what is set aside for super-packets that are not cut

    // Of the receiving thread.
    private int head; // slot to be looked at next
    private int taken; // slots before it that are not given back yet
    private long nextCheckNanos = Long.MIN_VALUE;
    private long checkedDrops;
    private UncutSegments uncut; // null where super-packets are cut
    private boolean idle; // nothing received since the last check, and the whole ring was the kernel's then

    private PacketSocket socket; // replaced while guarded by this
    private long kernelDrops; // guarded by this
    private boolean closed; // guarded by this

    /**
     * @param arena owns the memory
     * @throws SystemCallException when the system refuses something; nothing is left open then
     */
    RingSource(
            PortAddress address,
            Arena arena,
            int interfaceIndex,
            int mtuBytes,
            PacketOptions options,
            Warnings warnings) {
        this.address = address;
        this.interfaceIndex = interfaceIndex;
        this.warnings = warnings;
        this.usualPacketBytes = maxPacketBytes(mtuBytes);
        this.maxPacketBytes = maxPacketBytes(Math.max(mtuBytes, FOLLOWED_MTU_BYTES));
        this.kernelTimestamps = options.kernelTimestamps();
        this.shape = shape(usualPacketBytes, options.receiveSlots());

        long page = SystemMemory.pageSize();
        long ringBytes = shape.bytes();
        // The frame starts on the second line, so that a tag has room in front of it even without virtio header.
        superOffset = ringBytes + LINE_BYTES - VirtioHeader.BYTES;
        uncutOffset = Math.ceilDiv(ringBytes + LINE_BYTES + FrameFinisher.MEMORY_BYTES, page) * page;
        memory = SystemMemory.reserve(arena, uncutOffset + UncutSegments.mostBytes());
        SystemMemory.fill(memory.asSlice(ringBytes, uncutOffset - ringBytes));
        superPacket = memory.asSlice(superOffset, VirtioHeader.BYTES + (long) FrameFinisher.MAX_SUPER_BYTES);
        finisher = new FrameFinisher(memory, ringBytes + LINE_BYTES, maxPacketBytes, 0, address.name(), warnings);

        if (kernelTimestamps) {
            arrivalClock.calibrate(System::nanoTime);
        }
        socket = openSocket();
        try {
            socket.bind(interfaceIndex, true); // last: from here on packets come
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /** A socket that is still to be bound, its ring in the place for it. */
    private PacketSocket openSocket() {
        PacketSocket opened = PacketSocket.open();
        try {
            opened.set(PacketSocket.Option.VIRTIO_HEADER, 1);
            opened.set(PacketSocket.Option.RESERVE, RESERVE_BYTES);
            opened.set(PacketSocket.Option.COPY_THRESHOLD, 1);
            opened.trySet(PacketSocket.Option.IGNORE_OUTGOING, 1); // since Linux 4.20; what it misses is skipped below
            opened.setReceiveBuffer(RECEIVE_BUFFER_BYTES);
            opened.setRing(PacketSocket.Ring.RECEIVE, shape.slotBytes(), shape.blockBytes(), shape.blocks());
            opened.mapRing(memory.asSlice(0, shape.bytes()));
            opened.joinPromiscuous(interfaceIndex);
            return opened;
        } catch (SystemCallException e) {
            opened.close();
            throw e;
        }
    }

    /** Longest packet handed out: two VLAN tags more than the MTU. */
    static int maxPacketBytes(int mtuBytes) {
        return mtuBytes + Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES;
    }

    static RingShape shape(int maxPacketBytes, int wishedSlots) {
        int frameBytes = FRAME_OFFSET + maxPacketBytes;
        int slotBytes = frameBytes <= MAX_SLOT_BYTES ? frameBytes : LARGE_FRAME_SLOT_BYTES;
        int slots = wishedSlots != PacketOptions.STANDARD
                ? wishedSlots
                : Math.min(STANDARD_SLOTS, STANDARD_RING_BYTES / slotBytes);
        return RingShape.of(slots, slotBytes, SystemMemory.pageSize());
    }

    RingShape shape() {
        return shape;
    }

    /** What has the super-packets that are not cut; null where all are. */
    UncutSegments uncut() {
        return uncut;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean keepsArrivalTimes() {
        return kernelTimestamps && shape.slots() >= SLOTS_A_MILLISECOND;
    }

    @Override
    public boolean await(long nanos) {
        if (taken > 0 || finisher.hasMore()) {
            return false;
        }
        socket.awaitFrame(nanos);
        return true;
    }

    @Override
    public Optional<ZeroCopy> zeroCopyTo(PacketSink sink) {
        if (sink instanceof RingSink ring && ring.sendsSuperPackets()) {
            uncut = new UncutSegments(memory, uncutOffset, maxPacketBytes);
            finisher.keep(uncut);
            ring.sendFrom(uncut);
        }
        return Optional.ofNullable(uncut);
    }

    @Override
    public boolean tagsPackets() {
        return true;
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
        for (int left = shape.slots(); left > 0; left--) {
            long frame = (long) head * shape.slotBytes();
            int status = PacketFrame.statusAcquire(memory, frame);
            if ((status & USER) == 0) {
                break;
            }
            if ((status & COPY) != 0) {
                receiveCopy(superPacket);
            }
            if (PacketFrame.packetType(memory, frame) != OUTGOING) {
                finisher.miss();
            }
            head = head + 1 == shape.slots() ? 0 : head + 1;
            taken++;
            release();
        }
        arrivalClock.notBefore(clock.getAsLong());
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long start = clock.getAsLong();
        if (start >= nextCheckNanos) {
            check(start);
        }
        int count = finisher.begin(batch);
        if (!finisher.hasMore()) {
            count = receiveRing(batch, count, start, clock);
        }
        if (count == 0) {
            release(); // nobody else will: slots may have been skipped
        }
        batch.count = count;
        batch.horizonNanos = arrivalClock.horizonNanos();
        return count;
    }

    private int receiveRing(PacketBatch batch, int first, long start, LongSupplier clock) {
        MemorySegment ring = memory;
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        int[] tags = batch.tag;
        long[] places = batch.place;
        int capacity = batch.capacity();
        int slots = shape.slots();
        int slotBytes = shape.slotBytes();
        boolean empty = false;
        int count = first;
        int slot = head;
        while (count < capacity && taken < slots) {
            long frame = (long) slot * slotBytes;
            int status = PacketFrame.statusAcquire(ring, frame);
            if ((status & USER) == 0) {
                empty = true;
                break;
            }
            int captured = PacketFrame.captured(ring, frame);
            int length = PacketFrame.length(ring, frame);
            long data = frame + PacketFrame.dataOffset(ring, frame);
            long virtio = data - VirtioHeader.BYTES;
            boolean plain = (status & COPY_OR_VLAN) == 0
                    && captured == length
                    && length <= maxPacketBytes
                    && length >= Ethernet.HEADER_BYTES
                    && VirtioHeader.kind(ring, virtio) == VirtioHeader.NOT_SEGMENTED
                    && !VirtioHeader.needsChecksum(ring, virtio);
            if (!plain && !finisher.hasRoom()) {
                break; // it might need more room than this batch has left
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
            head = slot;
            taken++;
            if (PacketFrame.packetType(ring, frame) == OUTGOING) {
                if ((status & COPY) != 0) {
                    socket.receive(superPacket);
                }
                continue;
            }
            long arrival = kernelTimestamps ? PacketFrame.realTimeNanos(ring, frame) : 0; // converted below
            if (plain) {
                offsets[count] = data;
                lengths[count] = length;
                arrivals[count] = arrival;
                tags[count] = 0;
                places[count] = 0;
                count++;
            } else {
                count = receiveUnfinished(batch, count, frame, status, arrival);
                if (finisher.hasMore()) {
                    break;
                }
            }
        }
        if (count > first) {
            arrive(arrivals, first, count, clock);
            finisher.setArrival(arrivals[count - 1]); // should there be more of it
        }
        if (empty) {
            arrivalClock.seenEmpty(start);
        }
        idle &= taken == 0;
        return count;
    }

    /** Sets the arrival times of packets, after the last of them was found in the ring. */
    private void arrive(long[] arrivals, int first, int end, LongSupplier clock) {
        if (kernelTimestamps) {
            arrivalClock.convert(arrivals, first, end, clock);
        } else {
            long now = clock.getAsLong();
            Arrays.fill(arrivals, first, end, now);
            arrivalClock.notBefore(now);
        }
    }

    /** A packet that is not as a wire would carry it, yet. Returns the new count. */
    private int receiveUnfinished(PacketBatch batch, int count, long frame, int status, long arrivalNanos) {
        MemorySegment ring = memory;
        int length = PacketFrame.length(ring, frame);
        long data = frame + PacketFrame.dataOffset(ring, frame);
        boolean copied = (status & COPY) != 0;
        int place = copied && uncut != null && batch.lengthsSuffice ? uncut.spare() : UncutSegments.NONE;
        if (copied) {
            // The socket says the whole length, even of a packet longer than the place for it.
            int received = receiveCopy(place == UncutSegments.NONE ? superPacket : uncut.memoryOf(place));
            if (received != VirtioHeader.BYTES + length || length > FrameFinisher.MAX_SUPER_BYTES) {
                return finisher.unusable(count, Unusable.TOO_LONG);
            }
            data = place == UncutSegments.NONE ? superOffset + VirtioHeader.BYTES : uncut.frameAt(place);
        } else if (PacketFrame.captured(ring, frame) != length) {
            return finisher.unusable(count, Unusable.NO_ROOM);
        }
        finisher.read(data - VirtioHeader.BYTES);
        if (length < Ethernet.HEADER_BYTES) {
            return finisher.unusable(count, Unusable.NONSENSE);
        }
        if ((status & PacketFrame.VLAN_VALID) != 0) { // over the virtio header, which is not needed any more
            int type = (status & PacketFrame.VLAN_TYPE_VALID) != 0 ? PacketFrame.vlanType(ring, frame) : Ethernet.VLAN;
            data -= Ethernet.TAG_BYTES;
            Ethernet.insertTag(ring, data, type, PacketFrame.vlanTag(ring, frame));
            length += Ethernet.TAG_BYTES;
            finisher.precede(Ethernet.TAG_BYTES);
        }
        return finisher.finish(batch, count, data, length, copied, place, arrivalNanos);
    }

    /** The packet's length with its virtio header, or a negative number. */
    private int receiveCopy(MemorySegment to) {
        int result = socket.receive(to);
        // A note that the interface has gone down is delivered first, once.
        return result < 0 ? socket.receive(to) : result;
    }

    @Override
    public void release() {
        MemorySegment ring = memory;
        int slots = shape.slots();
        int slotBytes = shape.slotBytes();
        int slot = head - taken;
        if (slot < 0) {
            slot += slots;
        }
        for (int i = taken; i > 0; i--) {
            PacketFrame.statusRelease(ring, (long) slot * slotBytes, PacketFrame.KERNEL);
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        taken = 0;
    }

    /** Only between a release and the next packets: no slot is held. */
    private void check(long nowNanos) {
        nextCheckNanos = nowNanos + CHECK_INTERVAL_NANOS;
        long drops = takeKernelDrops();
        if (socket.interfaceGone()) {
            throw new PortException(address, "the interface has been removed");
        }
        if (idle && drops > checkedDrops && isEmpty(shape.slots())) {
            renewRing();
            drops = takeKernelDrops();
        }
        checkedDrops = drops;
        idle = isEmpty(1);
    }

    /** Whether this many slots from the head on are the kernel's. */
    private boolean isEmpty(int slots) {
        int slot = head;
        for (int i = 0; i < slots; i++) {
            if ((PacketFrame.statusAcquire(memory, (long) slot * shape.slotBytes()) & USER) != 0) {
                return false;
            }
            slot = slot + 1 == shape.slots() ? 0 : slot + 1;
        }
        return true;
    }

    /**
     * Begins again with a new socket. The kernel drops packets although the ring is empty: it has taken the slot at the head
     * for a packet whose offload a virtio header cannot express (UFO, SCTP), has dropped it then, and will never give the
     * slot back (kernels up to at least 6.18).
     */
    private void renewRing() {
        PacketSocket old = socket;
        try {
            PacketSocket fresh = openSocket(); // its ring takes the old one's place in memory
            synchronized (this) {
                takeKernelDrops();
                socket = fresh;
                fresh.bind(interfaceIndex, true);
            }
        } catch (SystemCallException e) {
            throw new PortException(
                    address, "the receive ring stands still, and there is no new one: " + e.getMessage(), e);
        } finally {
            if (socket != old) {
                old.close();
            }
        }
        head = 0;
        warnings.once(
                "stuck",
                address.name()
                        + ": the kernel cannot hand over UDP or SCTP packets that a network card is to cut (UFO, SCTP"
                        + " GSO); after each one packets are missed until the port has a new receive ring, 20 ms or less."
                        + " Turn these offloads off where the packets come from: ethtool -K IF tx-udp-fragmentation off"
                        + " tx-sctp-segmentation off; in QEMU: virtio-net's host_ufo=off");
    }

    private synchronized long takeKernelDrops() {
        if (!closed) {
            kernelDrops += Integer.toUnsignedLong(socket.takeDrops());
        }
        return kernelDrops;
    }

    @Override
    public long missedPackets() {
        return takeKernelDrops() + finisher.missed();
    }

    /** Takes the last numbers and closes the socket. */
    synchronized void close() {
        takeKernelDrops();
        closed = true;
        socket.close();
    }
}
