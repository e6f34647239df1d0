package io.tlem.port.packet;

import io.tlem.os.Errno;
import io.tlem.os.PacketFrame;
import io.tlem.os.PacketSocket;
import io.tlem.os.Pieces;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemMemory;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.RefusedPackets;
import io.tlem.wire.Ethernet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sends through a packet socket's ring: one system call a batch. Packets of a flow that are due together go past the ring, as one
 * super-packet, when all before them are gone: see {@link Coalescer}.
 *
 * <p>A ring's frames are normally sent without a copy, the kernel's packet pointing into the slot. That is no gain here:
 * on an interface that leads back into this machine kernels before 4.20 give the slot back while the packet waits to be
 * read, and what is then written to it shows up there; later ones copy the packet in parts at that moment, which over
 * veth took 2.4 us a packet of 60 bytes and 2.5 us of 1514, where a copy at once took 1.7 and 1.9. So each frame has a
 * {@link VirtioHeader} that tells the kernel to copy all of it.
 *
 * <p>With that header the kernel does not compare lengths with the MTU, so it is done here, by the rule of the kernel's
 * own bridges: MTU and Ethernet header, and four bytes more for each VLAN tag, of two at most. The device may refuse the
 * second tag, which a bridge hands over apart from the packet. The MTU may change: a larger one gets a new ring with larger
 * slots, in the same memory, when the first packet comes that needs it.
 *
 * <p>The kernel takes the slots in order and stops at one that it cannot send now:
 *
 * <ul>
 *   <li>no memory for packets in flight (EAGAIN): tried again later, as long as it takes
 *   <li>refused by the queue or by the device (ENOBUFS): tried again, then given up. How long depends on whether trying
 *       has helped before: a full queue drains, but an interface whose other end is down, or takes only shorter
 *       packets, refuses for ever, and must not hold up the packets behind
 *   <li>interface down (ENETDOWN): a wire that is cut loses what is sent into it, and so does this
 *   <li>interface gone (ENXIO): the port has failed
 * </ul>
 */
final class RingSink implements PacketSink {
    /** In a slot; the frame starts a cache line. */
    private static final int FRAME_OFFSET = 64;

    private static final int VIRTIO_OFFSET = FRAME_OFFSET - VirtioHeader.BYTES;

    /** The virtio header counts the bytes to be copied in 16 bits. */
    private static final int MAX_COPIED_BYTES = 0xffff;

    private static final int STANDARD_SLOTS = 1024;
    private static final int STANDARD_RING_BYTES = 16 << 20;
    private static final int MIN_SEND_BUFFER_BYTES = 4 << 20;
    private static final int MAX_SEND_BUFFER_BYTES = 64 << 20;
    private static final long CHECK_INTERVAL_NANOS = 100_000_000L;
    private static final long MIN_PATIENCE_NANOS = 20_000;
    private static final long MAX_PATIENCE_NANOS = 10_000_000;
    private static final long RETRY_INTERVAL_NANOS = 10_000;
    private static final long MTU_INTERVAL_NANOS = 1_000_000;
    private static final int NO_SLOT = -1;

    /** MTU that the interface may get later, without the port being opened again. */
    private static final int FOLLOWED_MTU_BYTES = 9216;

    private static final int SEND_REQUEST = PacketFrame.SEND_REQUEST;
    private static final int AVAILABLE = PacketFrame.AVAILABLE;
    private static final int IN_USE = PacketFrame.IN_USE;

    private final PortAddress address;
    private final int interfaceIndex;
    private final PacketOptions options;
    private final Warnings warnings;
    private final MemorySegment memory;
    private final int firstSlotBytes;
    private final RefusedPackets refused = new RefusedPackets();

    private final PacketSocket pastRing; // for super-packets; null: there are none
    private final Coalescer coalescer;
    private UncutSegments uncut; // null where all packets are in slots

    // Of the transmitting thread.
    private PacketSocket socket;
    private RingShape shape;
    private int longestBytes; // longest frame that there is a slot for, or that one could be made for
    private int untaggedBytes; // longest frame without a tag that the interface sends
    private int next; // slot to be reserved next
    private int pendingSlots; // slots before it, the first of which the kernel may not have taken
    private int blockedSlot = NO_SLOT; // that the queue or the device has refused
    private long blockedSinceNanos;
    private long patienceNanos = MAX_PATIENCE_NANOS;
    private long lastSendNanos;
    private long nextCheckNanos = Long.MIN_VALUE;
    private long lastMtuNanos = System.nanoTime();

    /**
     * @param arena owns the memory
     * @throws SystemCallException when the system refuses something; nothing is left open then
     */
    RingSink(
            PortAddress address,
            Arena arena,
            int interfaceIndex,
            int mtuBytes,
            PacketOptions options,
            Warnings warnings) {
        this.address = address;
        this.interfaceIndex = interfaceIndex;
        this.options = options;
        this.warnings = warnings;
        this.untaggedBytes = mtuBytes + Ethernet.HEADER_BYTES;
        this.longestBytes = maxPacketBytes(Math.max(mtuBytes, FOLLOWED_MTU_BYTES));
        this.firstSlotBytes = maxPacketBytes(mtuBytes);
        this.shape = shape(firstSlotBytes, options.transmitSlots());
        long most = Math.max(shape.bytes(), largerShape().bytes());
        // Behind the ring one page, so that writing a line at the last offset stays inside.
        memory = SystemMemory.reserve(arena, most + SystemMemory.pageSize());
        socket = openSocket(shape);
        coalescer = new Coalescer(arena, memory, 0);
        try {
            pastRing = options.joinsSegments() ? openPastRing() : null;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    private PacketSocket openPastRing() {
        PacketSocket opened = PacketSocket.open();
        try {
            opened.set(PacketSocket.Option.VIRTIO_HEADER, 1);
            opened.setSendBuffer(sendBufferBytes(shape));
            opened.bind(interfaceIndex, false);
        } catch (SystemCallException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    /** Twice the slots: what is in flight counts with the kernel's own overhead. */
    private static int sendBufferBytes(RingShape ring) {
        return (int) Math.clamp(2 * ring.bytes(), (long) MIN_SEND_BUFFER_BYTES, (long) MAX_SEND_BUFFER_BYTES);
    }

    /** A socket with its ring in the place for it. */
    private PacketSocket openSocket(RingShape ring) {
        PacketSocket opened = PacketSocket.open();
        try {
            opened.set(PacketSocket.Option.VIRTIO_HEADER, 1);
            opened.set(PacketSocket.Option.SKIP_MALFORMED, 1);
            opened.set(PacketSocket.Option.DATA_OFFSET, 1);
            if (options.qdiscBypass()) {
                opened.set(PacketSocket.Option.QDISC_BYPASS, 1);
            }
            opened.setSendBuffer(sendBufferBytes(ring));
            opened.setRing(PacketSocket.Ring.TRANSMIT, ring.slotBytes(), ring.blockBytes(), ring.blocks());
            opened.bind(interfaceIndex, false);
            SystemMemory.fill(memory.asSlice(ring.bytes(), SystemMemory.pageSize()));
            opened.mapRing(memory.asSlice(0, ring.bytes()));
        } catch (SystemCallException e) {
            opened.close();
            throw e;
        }
        for (int slot = 0; slot < ring.slots(); slot++) {
            PacketFrame.setDataOffset(memory, (long) slot * ring.slotBytes(), VIRTIO_OFFSET);
        }
        return opened;
    }

    /** Longest packet sent: two VLAN tags more than the MTU. Whether it takes the second one is the device's to say. */
    static int maxPacketBytes(int mtuBytes) {
        return Math.min(mtuBytes + Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES, MAX_COPIED_BYTES);
    }

    /** Of a ring for the longest packets, in no more memory than a standard one. */
    private RingShape largerShape() {
        int slots = STANDARD_RING_BYTES / (FRAME_OFFSET + longestBytes);
        return shape(
                longestBytes,
                options.transmitSlots() == PacketOptions.STANDARD
                        ? PacketOptions.STANDARD
                        : Math.min(options.transmitSlots(), slots));
    }

    static RingShape shape(int maxPacketBytes, int wishedSlots) {
        int slotBytes = FRAME_OFFSET + maxPacketBytes;
        int slots = wishedSlots != PacketOptions.STANDARD
                ? wishedSlots
                : Math.min(STANDARD_SLOTS, STANDARD_RING_BYTES / slotBytes);
        return RingShape.of(slots, slotBytes, SystemMemory.pageSize());
    }

    RingShape shape() {
        return shape;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    /** Whether super-packets are sent, past the ring. */
    boolean sendsSuperPackets() {
        return pastRing != null;
    }

    /** From now on these have the packets that are kept. Before the first one. */
    void sendFrom(UncutSegments segments) {
        uncut = segments;
    }

    @Override
    public boolean readsTags() {
        return true;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        long now = System.nanoTime();
        if (now - lastMtuNanos >= MTU_INTERVAL_NANOS) { // asked only for packets that may be too long
            readMtu(now);
        }
        return Math.min(untaggedBytes + 2 * Ethernet.TAG_BYTES, longestBytes);
    }

    @Override
    public int slotBytes() {
        return firstSlotBytes;
    }

    /** After the interface's MTU was raised. */
    @Override
    public boolean enlarge(PacketBatch batch, int index, int length) {
        if (length <= shape.slotBytes() - FRAME_OFFSET) {
            return true;
        }
        if (index > 0 || pendingSlots > 0 || !isEmpty()) {
            return false; // once what is in the ring is gone
        }
        PacketSocket old = socket;
        RingShape larger = largerShape();
        try {
            socket = openSocket(larger);
        } catch (SystemCallException e) {
            // The old ring may be gone from memory: it is mapped again, and packets of that length are too long.
            longestBytes = shape.slotBytes() - FRAME_OFFSET;
            warnings.once("larger", address.name() + ": no transmit ring for its larger MTU: " + e.getMessage());
            SystemMemory.fill(memory.asSlice(shape.bytes(), SystemMemory.pageSize()));
            old.mapRing(memory.asSlice(0, shape.bytes()));
            return false;
        }
        old.close();
        shape = larger;
        next = 0;
        return reserve(batch, Math.min(batch.capacity(), Math.max(batch.count, 1))) > 0;
    }

    private boolean isEmpty() {
        for (int slot = 0; slot < shape.slots(); slot++) {
            if ((PacketFrame.statusAcquire(memory, slotOffset(slot)) & IN_USE) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        MemorySegment ring = memory;
        long[] offsets = batch.offset;
        int slots = shape.slots();
        int most = Math.min(limit, slots);
        int slot = next;
        int count = 0;
        while (count < most) {
            long frame = slotOffset(slot);
            if ((PacketFrame.statusAcquire(ring, frame) & IN_USE) != 0) {
                break;
            }
            offsets[count++] = frame + FRAME_OFFSET;
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        batch.count = count;
        return count;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        if (nowNanos >= nextCheckNanos) {
            check(nowNanos);
        }
        for (int i = 0; i < count; ) {
            if (batch.tag[i] > 0) {
                i += sendUncut(batch, i, count);
                continue;
            }
            int together = pastRing == null ? 1 : coalescer.find(batch.offset, batch.length, batch.tag, i, count);
            if (together > 1 && sendTogether(batch, i, together)) {
                i += together;
            } else {
                for (int end = i + together; i < end; i++) {
                    prepare(batch.offset[i] - FRAME_OFFSET, batch.length[i]);
                }
            }
        }
        send(nowNanos);
    }

    /** Sends a packet that was kept, and those that follow it; returns how many. Their slots are free again if they need none. */
    private int sendUncut(PacketBatch batch, int first, int count) {
        int number = batch.tag[first];
        Segmenter whole = uncut.whole(number);
        int packet = UncutSegments.packet(number);
        int together = UncutSegments.together(batch.tag, first, count);
        boolean sent = together > 1
                && coalescer.mayBeWhole(whole)
                && isSendable(whole.memory(), whole.offset(), batch.length[first])
                && isRingDone()
                && sendPastRing(coalescer.gather(whole, packet, together));
        for (int i = sent ? together : 0; i < together; i++) {
            long slot = batch.offset[first + i];
            int length = whole.write(packet + i, memory, slot);
            prepare(slot - FRAME_OFFSET, length);
        }
        uncut.sent(number, together);
        return together;
    }

    /** Has a packet sent with the next call. Slots between the one before and this one are passed over. */
    private void prepare(long frame, int length) {
        for (long slot = slotOffset(next); slot != frame; slot = slotOffset(next)) {
            PacketFrame.setLength(memory, slot, 0);
            request(slot);
        }
        if (isSendable(memory, frame + FRAME_OFFSET, length)) {
            VirtioHeader.setFinished(memory, frame + VIRTIO_OFFSET, length);
            PacketFrame.setLength(memory, frame, VirtioHeader.BYTES + length);
        } else {
            warnings.unfit(address.name(), length, untaggedBytes - Ethernet.HEADER_BYTES);
            skip(frame, length);
        }
        request(frame);
    }

    /** The kernel passes over a slot whose length is 0. */
    private void request(long frame) {
        PacketFrame.statusRelease(memory, frame, SEND_REQUEST);
        next = next + 1 == shape.slots() ? 0 : next + 1;
        pendingSlots++;
    }

    /** Sends packets past the ring; false when they have to go through it. */
    private boolean sendTogether(PacketBatch batch, int first, int count) {
        return isSendable(memory, batch.offset[first], batch.length[first])
                && isRingDone()
                && sendPastRing(coalescer.gather(batch.offset, batch.length, first, count));
    }

    private boolean sendPastRing(Pieces whole) {
        long result = pastRing.send(whole);
        if (result
                == -Errno.EINVAL) { // older kernels do not know how to cut it; whatever else it is, the ring finds it
            // too
            coalescer.avoid();
        }
        return result >= 0;
    }

    /** Whether everything before has been sent; what has not been is tried once. */
    private boolean isRingDone() {
        if (pendingSlots > 0) {
            int ignored = socket.send(); // what it says, it says again when the batch is sent
            if (!lastSlotTaken()) {
                return false;
            }
            pendingSlots = 0;
            unblock();
        }
        return true;
    }

    private boolean isSendable(MemorySegment in, long packet, int length) {
        return length >= Ethernet.HEADER_BYTES
                && (length <= untaggedBytes
                        || length
                                <= Math.min(
                                        longestBytes,
                                        Ethernet.longestFrame(in, packet, untaggedBytes - Ethernet.HEADER_BYTES)));
    }

    /** Makes the kernel pass over a slot that asks to be sent, as one too short to make sense. */
    private void skip(long frame, int packetBytes) {
        PacketFrame.setLength(memory, frame, 0);
        refused.add(packetBytes);
    }

    @Override
    public void flush() {
        if (pendingSlots > 0) {
            long now = System.nanoTime();
            if (now - lastSendNanos >= RETRY_INTERVAL_NANOS) {
                send(now);
            }
        }
    }

    @Override
    public boolean hasPending() {
        return pendingSlots > 0;
    }

    @Override
    public void finish() {
        try {
            send(System.nanoTime());
        } catch (PortException e) {
            return; // and everything is taken back already
        }
        retract();
    }

    private void send(long nowNanos) {
        lastSendNanos = nowNanos;
        while (pendingSlots > 0) {
            int result = socket.send();
            if (lastSlotTaken()) {
                pendingSlots = 0;
                unblock();
                return;
            }
            if (result >= 0 || result == -Errno.EAGAIN) {
                return; // no memory for more packets in flight
            }
            if (result == -Errno.ENETDOWN) {
                retract();
                return;
            }
            if (result == -Errno.ENXIO || result == -Errno.ENODEV) {
                retract();
                throw new PortException(address, "the interface has been removed");
            }
            int slot = findPending();
            if (slot == NO_SLOT) {
                return;
            }
            if (result == -Errno.ENOBUFS && isPatient(slot, nowNanos)) {
                return;
            }
            int length = PacketFrame.length(memory, slotOffset(slot));
            if (length == 0) { // not even passed over: it is not the packet
                retract();
                throw new PortException(address, new SystemCallException("send", "packet ring", -result).getMessage());
            }
            warn(length - VirtioHeader.BYTES, -result);
            skip(slotOffset(slot), length - VirtioHeader.BYTES);
        }
    }

    private void warn(int length, int errno) {
        if (length > untaggedBytes + Ethernet.TAG_BYTES) {
            int mtu = untaggedBytes - Ethernet.HEADER_BYTES;
            warnings.once(
                    "tags",
                    address.name()
                            + ": it refuses packets of full size with two VLAN tags; raise its MTU, and that of the"
                            + " interface at its other end, from " + mtu + " to "
                            + (mtu + Ethernet.TAG_BYTES) + ": ip link set " + address.name() + " mtu "
                            + (mtu + Ethernet.TAG_BYTES));
        } else {
            warnings.refused(address.name(), errno);
        }
    }

    private boolean lastSlotTaken() {
        int last = next == 0 ? shape.slots() - 1 : next - 1;
        return PacketFrame.statusAcquire(memory, slotOffset(last)) != SEND_REQUEST;
    }

    /** The first slot that the kernel has not taken: it takes them in order. */
    private int findPending() {
        while (pendingSlots > 0) {
            int slot = next - pendingSlots;
            if (slot < 0) {
                slot += shape.slots();
            }
            if (PacketFrame.statusAcquire(memory, slotOffset(slot)) == SEND_REQUEST) {
                return slot;
            }
            pendingSlots--;
        }
        return NO_SLOT;
    }

    /** Whether a refused slot is to be tried again. */
    private boolean isPatient(int slot, long nowNanos) {
        if (slot != blockedSlot) {
            unblock();
            blockedSlot = slot;
            blockedSinceNanos = nowNanos;
            return true;
        }
        if (nowNanos - blockedSinceNanos < patienceNanos) {
            return true;
        }
        patienceNanos = Math.max(patienceNanos / 2, MIN_PATIENCE_NANOS);
        blockedSlot = NO_SLOT;
        return false;
    }

    /** What was refused has been taken after all. */
    private void unblock() {
        if (blockedSlot != NO_SLOT) {
            blockedSlot = NO_SLOT;
            patienceNanos = Math.min(patienceNanos * 2, MAX_PATIENCE_NANOS);
        }
    }

    /** Takes back the slots that the kernel has not taken. It looks at them only when told to send. */
    private void retract() {
        int slot = findPending();
        if (slot == NO_SLOT) {
            return;
        }
        int first = slot;
        for (; pendingSlots > 0; pendingSlots--) {
            long frame = slotOffset(slot);
            int length = PacketFrame.length(memory, frame);
            if (length != 0) { // else it is counted already
                refused.add(length - VirtioHeader.BYTES);
            }
            PacketFrame.statusRelease(memory, frame, AVAILABLE);
            slot = slot + 1 == shape.slots() ? 0 : slot + 1;
        }
        next = first; // where the kernel stands, too
        blockedSlot = NO_SLOT;
    }

    private void check(long nowNanos) {
        nextCheckNanos = nowNanos + CHECK_INTERVAL_NANOS;
        readMtu(nowNanos);
    }

    private void readMtu(long nowNanos) {
        lastMtuNanos = nowNanos;
        int mtu = socket.mtu(interfaceIndex);
        if (mtu > 0) {
            untaggedBytes = Math.min(mtu + Ethernet.HEADER_BYTES, longestBytes);
        }
    }

    private long slotOffset(int slot) {
        return (long) slot * shape.slotBytes();
    }

    @Override
    public long refusedPackets() {
        return refused.packets();
    }

    @Override
    public long refusedBytes() {
        return refused.bytes();
    }

    /** Closes the sockets. The memory is the arena's. */
    void close() {
        socket.close();
        if (pastRing != null) {
            pastRing.close();
        }
    }
}
