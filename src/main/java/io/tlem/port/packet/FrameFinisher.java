package io.tlem.port.packet;

import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.PacketLayers;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes what a {@link VirtioHeader} precedes into packets as a wire would carry them: finishes checksums, cuts super-packets. Used
 * by one thread; what it counts as missed may be read by any.
 *
 * <pre>
 *   start:  | super-packet | packets made here, of this batch |
 * </pre>
 *
 * A super-packet that gives more packets than the batch holds is continued in the next one.
 */
public final class FrameFinisher {
    /** Longest frame there is: an IPv6 packet of 64 KiB and its header, with VLAN tags, in a tunnel. */
    public static final int MAX_SUPER_BYTES = Ipv4.MAX_PACKET_BYTES
            + Ipv6.HEADER_BYTES
            + Ethernet.HEADER_BYTES
            + 2 * Ethernet.TAG_BYTES
            + PacketLayers.MAX_TUNNEL_BYTES;

    private static final int LINE_BYTES = 64;
    private static final int CUT_AT = (int) alignLine(MAX_SUPER_BYTES + LINE_BYTES);
    private static final int CUT_BYTES = 512 << 10;

    /** Memory that is needed from the start of the super-packet on. */
    public static final int MEMORY_BYTES = CUT_AT + CUT_BYTES + LINE_BYTES;

    private final MemorySegment memory;
    private final long superFrame;
    private final int maxPacketBytes;
    private final int trailerBytes;
    private final String interfaceName;
    private final Warnings warnings;
    private final Segmenter segmenter;
    private final PartialChecksum partialChecksum = new PartialChecksum();
    private final long cutStart;
    private final long cutEnd;
    private final AtomicLong missed = new AtomicLong();

    private long cutNext;
    private long cutArrivalNanos;
    private int lastTag = Integer.MIN_VALUE; // see PacketBatch

    // What the header in front of the frame says.
    private int kind;
    private int segmentBytes;
    private int checksumStart; // negative when nothing is to be done
    private int checksumField;

    /**
     * @param start of the super-packet, and behind it of {@link #MEMORY_BYTES} in all; on a cache line
     * @param maxPacketBytes longest packet handed out, trailer included
     * @param trailerBytes zeros behind each packet
     * @param interfaceName for people
     */
    public FrameFinisher(
            MemorySegment memory,
            long start,
            int maxPacketBytes,
            int trailerBytes,
            String interfaceName,
            Warnings warnings) {
        this.memory = memory;
        this.superFrame = start;
        this.maxPacketBytes = maxPacketBytes;
        this.trailerBytes = trailerBytes;
        this.interfaceName = interfaceName;
        this.warnings = warnings;
        this.segmenter = new Segmenter(maxPacketBytes - trailerBytes);
        this.cutStart = start + CUT_AT;
        this.cutEnd = cutStart + CUT_BYTES;
        this.cutNext = cutStart;
    }

    /** Begins a batch with what is left of a super-packet. The packets of the batch before are gone. Returns their count. */
    public int begin(PacketBatch batch) {
        cutNext = cutStart;
        return cut(batch, 0);
    }

    /** Whether more of a super-packet waits for the next batch: nothing may be finished before. */
    public boolean hasMore() {
        return segmenter.hasNext();
    }

    /** Whether any frame can be finished in this batch. */
    public boolean hasRoom() {
        return cutEnd - cutNext >= MAX_SUPER_BYTES + trailerBytes;
    }

    /** What is left of the super-packet, should there be more of it, has arrived then. */
    public void setArrival(long nanos) {
        cutArrivalNanos = nanos;
    }

    /** Reads the virtio header, which may be written over then. */
    public void read(long virtio) {
        kind = VirtioHeader.kind(memory, virtio);
        segmentBytes = VirtioHeader.segmentBytes(memory, virtio);
        checksumStart = VirtioHeader.needsChecksum(memory, virtio) ? VirtioHeader.checksumStart(memory, virtio) : -1;
        checksumField = VirtioHeader.checksumField(memory, virtio);
    }

    /** Says that so many bytes stand in front of the frame that the header was about. */
    public void precede(int bytes) {
        checksumStart += checksumStart < 0 ? 0 : bytes;
    }

    /**
     * Finishes the frame whose header was read.
     *
     * @param data where the frame is
     * @param copied whether the place is needed for the next frame
     * @return the batch's new count
     */
    public int finish(PacketBatch batch, int count, long data, int length, boolean copied, long arrivalNanos) {
        if (kind != VirtioHeader.NOT_SEGMENTED) {
            return finishSuper(batch, count, data, length, arrivalNanos);
        }
        if (length + trailerBytes > maxPacketBytes) {
            return unusable(count, Unusable.TOO_LONG);
        }
        if (checksumStart >= 0 && !partialChecksum.finish(memory, data, length, checksumStart, checksumField)) {
            return unusable(count, Unusable.NONSENSE);
        }
        long place = data;
        if (copied) {
            place = cutNext;
            MemorySegment.copy(memory, data, memory, place, length);
        }
        add(batch, count, place, length, arrivalNanos);
        return count + 1;
    }

    private int finishSuper(PacketBatch batch, int count, long data, int length, long arrivalNanos) {
        Segmenter.Kind segmenterKind = kind == VirtioHeader.TCP_IPV4
                ? Segmenter.Kind.TCP_IPV4
                : kind == VirtioHeader.TCP_IPV6
                        ? Segmenter.Kind.TCP_IPV6
                        : kind == VirtioHeader.UDP_DATAGRAMS ? Segmenter.Kind.UDP : null;
        if (segmenterKind == null) {
            return unusable(count, Unusable.UNKNOWN_SUPER);
        }
        if (data != superFrame) { // its place is given back before the last packet may have been cut
            MemorySegment.copy(memory, data, memory, superFrame, length);
        }
        if (!segmenter.begin(memory, superFrame, length, segmenterKind, segmentBytes, checksumStart)) {
            return unusable(count, Unusable.UNKNOWN_SUPER);
        }
        cutArrivalNanos = arrivalNanos;
        int ignored = nextTag(); // the first packet does not go on with the super-packet before
        return cut(batch, count);
    }

    private int cut(PacketBatch batch, int first) {
        Segmenter cutter = segmenter;
        int capacity = batch.capacity();
        int count = first;
        while (cutter.hasNext() && count < capacity && cutNext + cutter.nextBytes() + trailerBytes <= cutEnd) {
            int length = cutter.next(memory, cutNext);
            int tag = nextTag();
            add(batch, count, cutNext, length, cutArrivalNanos);
            batch.tag[count] = cutter.canBeJoined() ? tag : 0;
            count++;
        }
        return count;
    }

    private int nextTag() {
        lastTag = lastTag == -1 ? Integer.MIN_VALUE : lastTag + 1;
        return lastTag;
    }

    private void add(PacketBatch batch, int index, long place, int length, long arrivalNanos) {
        int whole = length + trailerBytes;
        if (trailerBytes > 0) {
            memory.asSlice(place + length, trailerBytes).fill((byte) 0);
        }
        batch.offset[index] = place;
        batch.length[index] = whole;
        batch.arrivalNanos[index] = arrivalNanos;
        batch.tag[index] = 0;
        if (place == cutNext) {
            cutNext = alignLine(place + whole);
        }
    }

    private static long alignLine(long offset) {
        return (offset + LINE_BYTES - 1) & -LINE_BYTES;
    }

    /** Counts a frame that cannot be made into packets, and says so once. Returns the count as it is. */
    public int unusable(int count, Unusable reason) {
        miss();
        warnings.once(reason, reason.text(interfaceName));
        return count;
    }

    /** Counts a frame that is handed out to nobody. */
    public void miss() {
        missed.incrementAndGet();
    }

    /** Frames that were handed out to nobody. Any thread. */
    public long missed() {
        return missed.get();
    }
}
