package io.tlem.port.packet;

import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.PacketLayers;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;

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
 * <p>In a tunnel that holds for every IP and UDP header around the packet, and for the checksum of GRE. VLAN tags, the
 * headers of tunnels, IP options, IPv6 extension headers and TCP options are copied as they are. Every length is checked
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

    private static final int OTHER_ZERO = 0xffff;

    private final int maxPacketBytes;
    private final PacketLayers layers = new PacketLayers();

    private long source;
    private int headerBytes;
    private int segmentBytes;
    private int payloadBytes;
    private int payloadDone;
    private boolean tcp;
    private boolean withChecksum;
    private int done; // packets
    private int sequence;
    private int flags;
    private boolean joinable;

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
     * @param checksumStart where the kernel says that the transport header starts, which may be within a tunnel, or negative
     *     when it does not say
     * @return false when it cannot be cut
     */
    boolean begin(MemorySegment memory, long offset, int length, Kind kind, int segment, int checksumStart) {
        payloadBytes = 0;
        payloadDone = 0;
        PacketLayers found = layers;
        if (segment <= 0 || !found.parse(memory, offset, length, checksumStart)) {
            return false;
        }
        boolean isTcp = kind != Kind.UDP;
        int transport = found.transport();
        int minBytes = isTcp ? Tcp.MIN_HEADER_BYTES : Udp.HEADER_BYTES;
        if (found.protocol() != (isTcp ? IpProtocol.TCP : IpProtocol.UDP)
                || (isTcp && found.isInIpv6(found.count() - 1) != (kind == Kind.TCP_IPV6))
                || transport + minBytes > found.end()) {
            return false;
        }
        int transportBytes = isTcp ? Tcp.headerBytes(memory, offset + transport) : Udp.HEADER_BYTES;
        int payload = found.end() - transport - transportBytes;
        int header = transport + transportBytes;
        int longest = header + Math.min(segment, Math.max(payload, 0));
        if (transportBytes < minBytes
                || payload <= 0
                || longest > maxPacketBytes
                || longest - found.offset(0) > Ipv4.MAX_PACKET_BYTES) {
            return false;
        }
        source = offset;
        tcp = isTcp;
        headerBytes = header;
        segmentBytes = segment;
        payloadBytes = payload;
        done = 0;
        if (tcp) {
            withChecksum = true;
            sequence = NetworkBytes.intAt(memory, offset + transport + Tcp.SEQUENCE_AT);
            flags = NetworkBytes.unsignedByte(memory, offset + transport + Tcp.FLAGS_AT);
        } else {
            withChecksum =
                    checksumStart >= 0 || NetworkBytes.unsignedShort(memory, offset + transport + Udp.CHECKSUM_AT) != 0;
        }
        return true;
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
        PacketLayers found = layers;
        int sent = payloadDone;
        int header = headerBytes;
        int chunk = Math.min(segmentBytes, payloadBytes - sent);
        int length = header + chunk;
        MemorySegment.copy(memory, source, memory, target, header);
        MemorySegment.copy(memory, source + header + sent, memory, target + header, chunk);
        for (int i = found.count() - 1; i >= 0; i--) { // a checksum outside is over those inside
            long at = target + found.offset(i);
            int bytes = length - found.offset(i);
            switch (found.kind(i)) {
                case TRANSPORT -> writeTransport(memory, target, at, bytes, chunk);
                case IPV4 -> writeIpv4(memory, at, bytes);
                case IPV6 -> NetworkBytes.setShort(memory, at + Ipv6.PAYLOAD_LENGTH_AT, bytes - Ipv6.HEADER_BYTES);
                case UDP -> {
                    NetworkBytes.setShort(memory, at + Udp.LENGTH_AT, bytes);
                    if (NetworkBytes.unsignedShort(memory, at + Udp.CHECKSUM_AT) != 0) {
                        writeChecksum(memory, target, i, IpProtocol.UDP, at + Udp.CHECKSUM_AT, bytes);
                    }
                }
                case GRE -> InternetChecksum.set(memory, at, bytes, at + PacketLayers.GRE_CHECKSUM_AT);
            }
        }
        payloadDone = sent + chunk;
        done++;
        sequence += chunk;
        joinable = found.count() == 2 && hasPlainChecksums(memory, target);
        return length;
    }

    /** Whether no checksum of a packet without a tunnel is missing, or could be written as the other zero. */
    private boolean hasPlainChecksums(MemorySegment memory, long target) {
        long transport = target + layers.offset(1);
        int checksum = NetworkBytes.unsignedShort(memory, transport + (tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT));
        return checksum != 0
                && checksum != OTHER_ZERO
                && (layers.isInIpv6(1)
                        || NetworkBytes.unsignedShort(memory, target + layers.offset(0) + Ipv4.CHECKSUM_AT)
                                != OTHER_ZERO);
    }

    /** Whether the packet made last may be joined again with the one made before it, without looking at either. */
    boolean canBeJoined() {
        return joinable;
    }

    private void writeIpv4(MemorySegment memory, long at, int bytes) {
        NetworkBytes.setShort(memory, at + Ipv4.TOTAL_LENGTH_AT, bytes);
        int first = NetworkBytes.unsignedShort(memory, at + Ipv4.IDENTIFICATION_AT);
        NetworkBytes.setShort(memory, at + Ipv4.IDENTIFICATION_AT, first + done);
        Ipv4.setChecksum(memory, at);
    }

    private void writeTransport(MemorySegment memory, long target, long at, int bytes, int chunk) {
        long field;
        if (tcp) {
            field = at + Tcp.CHECKSUM_AT;
            NetworkBytes.setInt(memory, at + Tcp.SEQUENCE_AT, sequence);
            int cleared = payloadDone == 0 ? 0 : Tcp.CWR;
            if (payloadDone + chunk < payloadBytes) {
                cleared |= Tcp.FIN | Tcp.PSH;
            }
            NetworkBytes.setByte(memory, at + Tcp.FLAGS_AT, flags & ~cleared);
        } else {
            field = at + Udp.CHECKSUM_AT;
            NetworkBytes.setShort(memory, at + Udp.LENGTH_AT, bytes);
        }
        if (withChecksum) {
            int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
            writeChecksum(memory, target, layers.count() - 1, protocol, field, bytes);
        }
    }

    /** Of a layer of TCP or UDP. */
    private void writeChecksum(MemorySegment memory, long target, int layer, int protocol, long field, int bytes) {
        PacketLayers found = layers;
        long ip = target + found.offset(layer - 1);
        NetworkBytes.setShort(memory, field, 0);
        long sum = InternetChecksum.addPseudoHeader(memory, ip, found.isInIpv6(layer), protocol, bytes, 0);
        InternetChecksum.setNonZero(memory, target + found.offset(layer), bytes, field, sum);
    }
}
