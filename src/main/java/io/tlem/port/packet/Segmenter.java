package io.tlem.port.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Cuts a segmentation-offload super-packet into the packets that a network card would have put on the wire.
 *
 * <p>A super-packet is one Ethernet, IP and TCP or UDP header before the payload of many packets. Each packet gets a
 * copy of the headers and up to {@code segmentBytes} of the payload, and in the headers what differs:
 *
 * <ul>
 *   <li>IPv4: total length, identification (counted up) and header checksum; IPv6: payload length
 *   <li>TCP: sequence number, FIN and PSH on the last packet only, CWR on the first only, checksum
 *   <li>UDP: length and checksum; a checksum of zero, meaning none, stays
 * </ul>
 *
 * <p>VLAN tags, IP options, IPv6 extension headers and TCP options are copied as they are. Every length is checked
 * against the frame before anything is written, and a frame that contradicts itself is refused. A reused object of one
 * thread: {@link #begin}, then {@link #next} while {@link #hasNext}.
 */
final class Segmenter {
    /** What kind of super-packet it is. */
    enum Kind {
        /** TCP over IPv4. */
        TCP_IPV4,
        /** TCP over IPv6. */
        TCP_IPV6,
        /** UDP over either, each segment a datagram of its own. */
        UDP
    }

    private static final int TCP_MIN_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int TCP_FLAGS = 13;
    private static final int FIN_PSH = 0x09;
    private static final int CWR = 0x80;
    private static final int IP_MAX_BYTES = 0xffff;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final int maxPacketBytes;
    private final PacketHeaders headers = new PacketHeaders();

    private long source;
    private int headerBytes;
    private int segmentBytes;
    private int payloadBytes;
    private int payloadDone;
    private boolean tcp;
    private boolean withChecksum;
    private long pseudoHeaderSum;
    private int identification;
    private int sequence;
    private int flags;

    /**
     * @param maxPacketBytes packets longer than this are never made
     */
    Segmenter(int maxPacketBytes) {
        this.maxPacketBytes = maxPacketBytes;
    }

    /**
     * Takes on a super-packet, which must stay where it is until the last packet has been cut from it.
     *
     * @param segment payload bytes of each packet but the last
     * @param checksumStart where the kernel says that the transport header starts, or negative when it does not say
     * @return false when it cannot be cut
     */
    boolean begin(MemorySegment memory, long offset, int length, Kind kind, int segment, int checksumStart) {
        payloadBytes = 0;
        payloadDone = 0;
        PacketHeaders found = headers;
        if (segment <= 0 || !found.parse(memory, offset, length)) {
            return false;
        }
        boolean isTcp = kind != Kind.UDP;
        int transport = found.transportOffset;
        int minBytes = isTcp ? TCP_MIN_BYTES : UDP_BYTES;
        if (found.protocol != (isTcp ? PacketHeaders.TCP : PacketHeaders.UDP)
                || (isTcp && found.ipv6 != (kind == Kind.TCP_IPV6))
                || (checksumStart >= 0 && checksumStart != transport) // a packet within a tunnel
                || transport + minBytes > found.end) {
            return false;
        }
        int transportBytes =
                isTcp ? (PacketHeaders.getByte(memory, offset + transport + TCP_DATA_OFFSET) >>> 4) * 4 : UDP_BYTES;
        int payload = found.end - transport - transportBytes;
        int header = transport + transportBytes;
        int longest = header + Math.min(segment, Math.max(payload, 0));
        if (transportBytes < minBytes
                || payload <= 0
                || longest > maxPacketBytes
                || longest - found.networkOffset > IP_MAX_BYTES) {
            return false;
        }
        source = offset;
        tcp = isTcp;
        headerBytes = header;
        segmentBytes = segment;
        payloadBytes = payload;
        readTemplate(memory, offset, transport, checksumStart >= 0);
        return true;
    }

    private void readTemplate(MemorySegment memory, long offset, int transport, boolean checksumPartial) {
        int network = headers.networkOffset;
        if (headers.ipv6) {
            pseudoHeaderSum = InternetChecksum.add(memory, offset + network + 8, 32, 0);
        } else {
            pseudoHeaderSum = InternetChecksum.add(memory, offset + network + 12, 8, 0);
            identification = PacketHeaders.getShort(memory, offset + network + 4);
        }
        pseudoHeaderSum = InternetChecksum.addNumber(headers.protocol, pseudoHeaderSum);
        if (tcp) {
            withChecksum = true;
            sequence = memory.get(INT, offset + transport + TCP_SEQUENCE);
            flags = PacketHeaders.getByte(memory, offset + transport + TCP_FLAGS);
        } else {
            withChecksum = checksumPartial || PacketHeaders.getShort(memory, offset + transport + UDP_CHECKSUM) != 0;
        }
    }

    /** True while there is a packet to be cut. */
    boolean hasNext() {
        return payloadDone < payloadBytes;
    }

    /** Gives up what is left of the super-packet. */
    void abandon() {
        payloadDone = payloadBytes;
    }

    /** Length of the packet that {@link #next} will write. */
    int nextBytes() {
        return headerBytes + Math.min(segmentBytes, payloadBytes - payloadDone);
    }

    /**
     * Writes the next packet.
     *
     * @param memory what the super-packet lies in
     * @param target where to; must not overlap the super-packet
     * @return its length, as {@link #nextBytes} said
     */
    int next(MemorySegment memory, long target) {
        int done = payloadDone;
        int header = headerBytes;
        int chunk = Math.min(segmentBytes, payloadBytes - done);
        MemorySegment.copy(memory, source, memory, target, header);
        MemorySegment.copy(memory, source + header + done, memory, target + header, chunk);
        writeNetworkHeader(memory, target + headers.networkOffset, chunk);
        writeTransportHeader(memory, target + headers.transportOffset, chunk);
        payloadDone = done + chunk;
        identification++;
        sequence += chunk;
        return header + chunk;
    }

    private void writeNetworkHeader(MemorySegment memory, long network, int chunk) {
        int bytes = headerBytes - headers.networkOffset + chunk;
        if (headers.ipv6) {
            PacketHeaders.putShort(memory, network + 4, bytes - PacketHeaders.IPV6_BYTES);
            return;
        }
        PacketHeaders.putShort(memory, network + 2, bytes);
        PacketHeaders.putShort(memory, network + 4, identification);
        PacketHeaders.putShort(memory, network + 10, 0);
        int ipHeaderBytes = headers.transportOffset - headers.networkOffset;
        InternetChecksum.put(
                memory, network + 10, InternetChecksum.finish(InternetChecksum.add(memory, network, ipHeaderBytes, 0)));
    }

    private void writeTransportHeader(MemorySegment memory, long transport, int chunk) {
        int bytes = headerBytes - headers.transportOffset + chunk;
        long field;
        if (tcp) {
            field = transport + TCP_CHECKSUM;
            memory.set(INT, transport + TCP_SEQUENCE, sequence);
            int cleared = payloadDone == 0 ? 0 : CWR;
            if (payloadDone + chunk < payloadBytes) {
                cleared |= FIN_PSH;
            }
            memory.set(ValueLayout.JAVA_BYTE, transport + TCP_FLAGS, (byte) (flags & ~cleared));
        } else {
            field = transport + UDP_CHECKSUM;
            PacketHeaders.putShort(memory, transport + 4, bytes);
        }
        if (withChecksum) {
            PacketHeaders.putShort(memory, field, 0);
            long sum = InternetChecksum.addNumber(bytes, pseudoHeaderSum);
            short checksum = InternetChecksum.finish(InternetChecksum.add(memory, transport, bytes, sum));
            InternetChecksum.put(memory, field, checksum == 0 ? -1 : checksum);
        }
    }
}
