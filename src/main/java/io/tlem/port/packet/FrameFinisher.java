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
    private UncutSegments uncut; // null where all are cut

    private Segmenter cutter; // of what is being cut
    private int place = UncutSegments.NONE; // where that is, if it may stay whole
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
        this.cutter = segmenter;
        this.cutStart = start + CUT_AT;
        this.cutEnd = cutStart + CUT_BYTES;
        this.cutNext = cutStart;
    }

    /** From now on packets need not be cut where nobody looks at them. What is left of a super-packet that others have is missed. */
    void keep(UncutSegments segments) {
        if (place != UncutSegments.NONE) {
            for (; cutter.hasNext(); missed.incrementAndGet()) {
                int ignored = cutter.skip();
            }
            place = UncutSegments.NONE;
        }
        uncut = segments;
    }

    /** Begins a batch with what is left of a super-packet. The packets of the batch before are gone. Returns their count. */
    public int begin(PacketBatch batch) {
        cutNext = cutStart;
        if (uncut != null) {
            uncut.begin();
        }
        return cut(batch, 0);
    }

    /** Whether more of a super-packet waits for the next batch: nothing may be finished before. */
    public boolean hasMore() {
        return cutter.hasNext();
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
        return finish(batch, count, data, length, copied, UncutSegments.NONE, arrivalNanos);
    }

    /**
     * As the other.
     *
     * @param in the place of {@link UncutSegments} where the frame is, or none
     */
    int finish(PacketBatch batch, int count, long data, int length, boolean copied, int in, long arrivalNanos) {
        if (kind != VirtioHeader.NOT_SEGMENTED) {
            return finishSuper(batch, count, data, length, in, arrivalNanos);
        }
        if (length + trailerBytes > maxPacketBytes) {
            return unusable(count, Unusable.TOO_LONG);
        }
        if (checksumStart >= 0 && !partialChecksum.finish(memory, data, length, checksumStart, checksumField)) {
            return unusable(count, Unusable.NONSENSE);
        }
        long at = data;
        if (copied) {
            at = cutNext;
            MemorySegment.copy(memory, data, memory, at, length);
        }
        add(batch, count, at, length, arrivalNanos);
        return count + 1;
    }

    private int finishSuper(PacketBatch batch, int count, long data, int length, int in, long arrivalNanos) {
        Segmenter.Kind segmenterKind = kind == VirtioHeader.TCP_IPV4
                ? Segmenter.Kind.TCP_IPV4
                : kind == VirtioHeader.TCP_IPV6
                        ? Segmenter.Kind.TCP_IPV6
                        : kind == VirtioHeader.UDP_DATAGRAMS ? Segmenter.Kind.UDP : null;
        if (segmenterKind == null) {
            return unusable(count, Unusable.UNKNOWN_SUPER);
        }
        Segmenter whole = in == UncutSegments.NONE
                ? null
                : uncut.take(in, data, length, segmenterKind, segmentBytes, checksumStart);
        if (whole == null && !beginCutting(data, length, segmenterKind)) {
            return unusable(count, Unusable.UNKNOWN_SUPER);
        }
        cutter = whole == null ? segmenter : whole;
        place = whole == null ? UncutSegments.NONE : in;
        cutArrivalNanos = arrivalNanos;
        int ignored = nextTag(); // the first packet does not go on with the super-packet before
        return cut(batch, count);
    }

    private boolean beginCutting(long data, int length, Segmenter.Kind segmenterKind) {
        if (data != superFrame) { // its place is given back before the last packet may have been cut
            MemorySegment.copy(memory, data, memory, superFrame, length);
        }
        return segmenter.begin(memory, superFrame, length, segmenterKind, segmentBytes, checksumStart);
    }

    private int cut(PacketBatch batch, int first) {
        Segmenter from = cutter;
        boolean cuts = place == UncutSegments.NONE || !batch.lengthsSuffice;
        int capacity = batch.capacity();
        int count = first;
        while (from.hasNext() && count < capacity && cutNext + from.nextBytes() + trailerBytes <= cutEnd) {
            int packet = from.nextPacket();
            int length = cuts ? from.next(cutNext) : from.skip();
            int tag = nextTag();
            add(batch, count, cutNext, length, cutArrivalNanos);
            if (!cuts) {
                batch.place[count] = UncutSegments.number(place, packet);
            } else if (from.canBeJoined()) {
                batch.tag[count] = tag;
            }
            count++;
        }
        if (place != UncutSegments.NONE && !from.hasNext()) {
            uncut.handedOut(place);
            place = UncutSegments.NONE;
        }
        return count;
    }

    private int nextTag() {
        lastTag = lastTag == -1 ? Integer.MIN_VALUE : lastTag + 1;
        return lastTag;
    }

    private void add(PacketBatch batch, int index, long at, int length, long arrivalNanos) {
        int whole = length + trailerBytes;
        if (trailerBytes > 0) {
            memory.asSlice(at + length, trailerBytes).fill((byte) 0);
        }
        batch.offset[index] = at;
        batch.place[index] = 0;
        batch.length[index] = whole;
        batch.arrivalNanos[index] = arrivalNanos;
        batch.tag[index] = 0;
        if (at == cutNext) {
            cutNext = alignLine(at + whole);
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
