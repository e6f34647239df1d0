package io.tlem.port.packet;

import io.tlem.os.Pieces;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.wire.Joined;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Makes one frame of packets of a flow that follow each other: the super-packet that the kernel cuts into these very packets where
 * somebody wants them cut. It is gathered from its headers, which are written here, and the payloads where they lie.
 *
 * <pre>
 *   | virtio header, headers | payload | payload | ...
 * </pre>
 *
 * <p>Where the kernel takes packets without the Ethernet header that they have here, the virtio header lies over that one.
 *
 * <p>Used by one thread.
 */
public final class Coalescer {
    /** Some cards, and the kernel's own UDP, take no more at once. */
    private static final int MAX_SEGMENTS = 64;

    /** Where the headers start; the virtio header in front of them lies here as well. */
    private static final int HEADERS_AT = 64;

    private final MemorySegment packets;
    private final int frontBytes;
    private final MemorySegment headers;
    private final Pieces pieces;
    private final Joined joined = new Joined();
    private boolean tcp = true;
    private boolean udp = true;
    private boolean isTcp; // what was found or gathered last

    /**
     * @param arena owns what is allocated
     * @param packets memory of the packets
     * @param frontBytes of each packet that are not handed over: 0, or an Ethernet header
     */
    public Coalescer(Arena arena, MemorySegment packets, int frontBytes) {
        this.packets = packets;
        this.frontBytes = frontBytes;
        headers = arena.allocate(HEADERS_AT + Joined.MAX_HEADER_BYTES, 64);
        pieces = new Pieces(arena, 1 + MAX_SEGMENTS);
    }

    /**
     * Finds packets that can go together.
     *
     * @param tags see {@link PacketBatch#tag}; the first is not that of a packet that is kept
     * @param first index of the first to be looked at
     * @param end index behind the last one
     * @return how many, from the first on; 1 when it is to go alone
     */
    public int find(long[] offsets, int[] lengths, int[] tags, int first, int end) {
        if (end - first < 2 || !joined.begin(packets, offsets[first], lengths[first])) {
            return 1;
        }
        isTcp = joined.isTcp();
        if (!(isTcp ? tcp : udp)) {
            return 1;
        }
        int next = first + 1;
        int most = Math.min(end, first + MAX_SEGMENTS);
        while (next < most
                && tags[next] <= 0 // else it is not where it says: what lies there is an earlier packet
                && joined.append(
                        offsets[next], lengths[next], tags[next - 1] < 0 && tags[next] == tags[next - 1] + 1)) {
            next++;
        }
        return next - first;
    }

    /** The super-packet of the packets that {@link #find} has found, with its virtio header in front. */
    public Pieces gather(long[] offsets, int[] lengths, int first, int count) {
        int headerBytes = joined.writeHeaders(headers, HEADERS_AT);
        begin(
                joined.isIpv6(),
                joined.hasCwr(),
                headerBytes,
                joined.segmentBytes(),
                joined.checksumStart(),
                joined.checksumField());
        long payload = packets.address() + headerBytes;
        for (int i = first; i < first + count; i++) {
            pieces.add(payload + offsets[i], lengths[i] - headerBytes);
        }
        return pieces;
    }

    /** Whether the kernel is given such a super-packet. */
    boolean mayBeWhole(Segmenter whole) {
        return whole.isTcp() ? tcp : udp;
    }

    /** As the other, of packets that were not cut from their super-packet. */
    Pieces gather(Segmenter whole, int first, int count) {
        isTcp = whole.isTcp();
        int headerBytes = whole.writeHeaders(first, count, headers, HEADERS_AT);
        begin(
                whole.isIpv6(),
                first == 0 && whole.hasCwr(),
                headerBytes,
                whole.segmentBytes(),
                whole.checksumStart(),
                whole.checksumAt());
        whole.addPayload(first, count, pieces);
        return pieces;
    }

    /** Begins with what goes in front of the payload. */
    private void begin(
            boolean ipv6, boolean cwr, int headerBytes, int segmentBytes, int checksumStart, int checksumField) {
        int start = HEADERS_AT + frontBytes - VirtioHeader.BYTES;
        VirtioHeader.setSegmented(
                headers,
                start,
                !isTcp ? VirtioHeader.UDP_DATAGRAMS : ipv6 ? VirtioHeader.TCP_IPV6 : VirtioHeader.TCP_IPV4,
                cwr,
                headerBytes - frontBytes,
                segmentBytes,
                checksumStart - frontBytes,
                checksumField);
        pieces.clear();
        pieces.add(headers.address() + start, VirtioHeader.BYTES + headerBytes - frontBytes);
    }

    /** The kernel does not cut such as was found or gathered last. */
    public void avoid() {
        if (isTcp) {
            tcp = false;
        } else {
            udp = false;
        }
    }
}
