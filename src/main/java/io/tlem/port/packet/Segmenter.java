package io.tlem.port.packet;

import io.tlem.os.Pieces;
import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.Joined;
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
 * against the frame before anything is written, and a frame that contradicts itself is refused.
 *
 * <p>A reused object of one thread: {@link #begin}, then {@link #next} while {@link #hasNext}. Another thread may {@link #write}
 * any of the packets, and {@link #writeHeaders} of several, as long as the next super-packet is not begun.
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

    private MemorySegment memory = MemorySegment.NULL;
    private long source;
    private int headerBytes;
    private int segmentBytes;
    private int payloadBytes;
    private int count; // of packets
    private boolean tcp;
    private boolean withChecksum;
    private int sequence;
    private int flags;
    private int done; // packets, one after the other
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
    boolean begin(MemorySegment from, long offset, int length, Kind kind, int segment, int checksumStart) {
        count = 0;
        done = 0;
        PacketLayers found = layers;
        if (segment <= 0 || !found.parse(from, offset, length, checksumStart)) {
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
        int transportBytes = isTcp ? Tcp.headerBytes(from, offset + transport) : Udp.HEADER_BYTES;
        int payload = found.end() - transport - transportBytes;
        int header = transport + transportBytes;
        int longest = header + Math.min(segment, Math.max(payload, 0));
        if (transportBytes < minBytes
                || payload <= 0
                || longest > maxPacketBytes
                || longest - found.offset(0) > Ipv4.MAX_PACKET_BYTES) {
            return false;
        }
        memory = from;
        source = offset;
        tcp = isTcp;
        headerBytes = header;
        segmentBytes = segment;
        payloadBytes = payload;
        count = Math.ceilDiv(payload, segment);
        if (tcp) {
            withChecksum = true;
            sequence = NetworkBytes.intAt(from, offset + transport + Tcp.SEQUENCE_AT);
            flags = NetworkBytes.unsignedByte(from, offset + transport + Tcp.FLAGS_AT);
        } else {
            withChecksum =
                    checksumStart >= 0 || NetworkBytes.unsignedShort(from, offset + transport + Udp.CHECKSUM_AT) != 0;
        }
        return true;
    }

    /** How many packets there are in the super-packet, cut or not. */
    int count() {
        return count;
    }

    /** True while there is a packet to be cut. */
    boolean hasNext() {
        return done < count;
    }

    /** Which packet comes next, from 0. */
    int nextPacket() {
        return done;
    }

    /** Length of the packet that {@link #next} will write. */
    int nextBytes() {
        return headerBytes + payloadBytes(done, 1);
    }

    /** Bytes of payload in so many packets. */
    private int payloadBytes(int first, int packets) {
        return Math.min(segmentBytes * packets, payloadBytes - first * segmentBytes);
    }

    /**
     * Writes the next packet.
     *
     * @param target where to, in the memory of the super-packet; must not overlap it
     * @return its length, as {@link #nextBytes} said
     */
    int next(long target) {
        int length = write(done, memory, target);
        done++;
        joinable = layers.count() == 2 && hasPlainChecksums(memory, target);
        return length;
    }

    /** Goes past the next packet; returns its length. */
    int skip() {
        int length = nextBytes();
        done++;
        return length;
    }

    /**
     * Writes a packet.
     *
     * @param packet which, from 0
     * @param to memory for it
     * @param target offset in it; must not overlap the super-packet
     * @return its length
     */
    int write(int packet, MemorySegment to, long target) {
        PacketLayers found = layers;
        int header = headerBytes;
        int chunk = payloadBytes(packet, 1);
        int length = header + chunk;
        MemorySegment.copy(memory, source, to, target, header);
        MemorySegment.copy(memory, source + header + (long) packet * segmentBytes, to, target + header, chunk);
        for (int i = found.count() - 1; i >= 0; i--) { // a checksum outside is over those inside
            long at = target + found.offset(i);
            int bytes = length - found.offset(i);
            switch (found.kind(i)) {
                case TRANSPORT -> writeTransport(to, target, at, bytes, packet);
                case IPV4 -> writeIpv4(to, at, bytes, packet);
                case IPV6 -> NetworkBytes.setShort(to, at + Ipv6.PAYLOAD_LENGTH_AT, bytes - Ipv6.HEADER_BYTES);
                case UDP -> {
                    NetworkBytes.setShort(to, at + Udp.LENGTH_AT, bytes);
                    if (NetworkBytes.unsignedShort(to, at + Udp.CHECKSUM_AT) != 0) {
                        writeChecksum(to, target, i, IpProtocol.UDP, at + Udp.CHECKSUM_AT, bytes);
                    }
                }
                case GRE -> InternetChecksum.set(to, at, bytes, at + PacketLayers.GRE_CHECKSUM_AT);
            }
        }
        return length;
    }

    /**
     * Whether the kernel takes it as it is here, or a part of it with other headers: without a tunnel, in Ethernet with one VLAN tag
     * at most, and with checksums.
     */
    boolean canStayWhole() {
        PacketLayers found = layers;
        int network = found.offset(0);
        int type = NetworkBytes.unsignedShort(memory, source + network - Ethernet.TYPE_BYTES);
        return found.count() == 2
                && type == (found.isInIpv6(1) ? Ethernet.IPV6 : Ethernet.IPV4)
                && network <= Ethernet.HEADER_BYTES + Ethernet.TAG_BYTES
                && headerBytes <= Joined.MAX_HEADER_BYTES
                && headerBytes - network + payloadBytes <= Ipv4.MAX_PACKET_BYTES
                && withChecksum;
    }

    /**
     * Writes the headers of a super-packet of packets that follow each other, for one that {@link #canStayWhole can stay whole}. Its
     * transport checksum is left to whoever cuts it: the field has the sum of the pseudo header.
     *
     * @param first of the packets
     * @param packets how many, 2 at least
     * @return bytes of the headers
     */
    int writeHeaders(int first, int packets, MemorySegment to, long target) {
        MemorySegment.copy(memory, source, to, target, headerBytes);
        int length = headerBytes + payloadBytes(first, packets);
        long ip = target + layers.offset(0);
        int ipBytes = length - layers.offset(0);
        boolean ipv6 = layers.isInIpv6(1);
        if (ipv6) {
            NetworkBytes.setShort(to, ip + Ipv6.PAYLOAD_LENGTH_AT, ipBytes - Ipv6.HEADER_BYTES);
        } else {
            writeIpv4(to, ip, ipBytes, first);
        }
        long at = target + layers.offset(1);
        int bytes = length - layers.offset(1);
        if (tcp) {
            writeTcp(to, at, first, packets);
        } else {
            NetworkBytes.setShort(to, at + Udp.LENGTH_AT, bytes);
        }
        int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
        long sum = InternetChecksum.addPseudoHeader(to, ip, ipv6, protocol, bytes, 0);
        InternetChecksum.put(to, at + checksumAt(), (short) ~InternetChecksum.finish(sum));
        return headerBytes;
    }

    /** Adds the payload of packets that follow each other. */
    void addPayload(int first, int packets, Pieces pieces) {
        pieces.add(memory.address() + source + headerBytes + (long) first * segmentBytes, payloadBytes(first, packets));
    }

    /** The memory of the super-packet. */
    MemorySegment memory() {
        return memory;
    }

    /** Where it is. */
    long offset() {
        return source;
    }

    /** Whether it is TCP; else it is UDP. */
    boolean isTcp() {
        return tcp;
    }

    /** Whether the IP header next to that is of IPv6. */
    boolean isIpv6() {
        return layers.isInIpv6(layers.count() - 1);
    }

    /** Whether its first packet says that the sender has slowed down. */
    boolean hasCwr() {
        return tcp && (flags & Tcp.CWR) != 0;
    }

    /** Bytes of the payload of each packet but the last. */
    int segmentBytes() {
        return segmentBytes;
    }

    /** Where the transport header starts. */
    int checksumStart() {
        return layers.transport();
    }

    /** Where its checksum is behind that. */
    int checksumAt() {
        return tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT;
    }

    /** Whether no checksum of a packet without a tunnel is missing, or could be written as the other zero. */
    private boolean hasPlainChecksums(MemorySegment to, long target) {
        int checksum = NetworkBytes.unsignedShort(to, target + layers.offset(1) + checksumAt());
        return checksum != 0
                && checksum != OTHER_ZERO
                && (layers.isInIpv6(1)
                        || NetworkBytes.unsignedShort(to, target + layers.offset(0) + Ipv4.CHECKSUM_AT) != OTHER_ZERO);
    }

    /** Whether the packet made last may be joined again with the one made before it, without looking at either. */
    boolean canBeJoined() {
        return joinable;
    }

    private void writeIpv4(MemorySegment to, long at, int bytes, int packet) {
        NetworkBytes.setShort(to, at + Ipv4.TOTAL_LENGTH_AT, bytes);
        int first = NetworkBytes.unsignedShort(to, at + Ipv4.IDENTIFICATION_AT);
        NetworkBytes.setShort(to, at + Ipv4.IDENTIFICATION_AT, first + packet);
        Ipv4.setChecksum(to, at);
    }

    /** What tells packets that follow each other from the others. */
    private void writeTcp(MemorySegment to, long at, int first, int packets) {
        NetworkBytes.setInt(to, at + Tcp.SEQUENCE_AT, sequence + first * segmentBytes);
        int cleared = first == 0 ? 0 : Tcp.CWR;
        if (first + packets < count) {
            cleared |= Tcp.FIN | Tcp.PSH;
        }
        NetworkBytes.setByte(to, at + Tcp.FLAGS_AT, flags & ~cleared);
    }

    private void writeTransport(MemorySegment to, long target, long at, int bytes, int packet) {
        if (tcp) {
            writeTcp(to, at, packet, 1);
        } else {
            NetworkBytes.setShort(to, at + Udp.LENGTH_AT, bytes);
        }
        if (withChecksum) {
            int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
            writeChecksum(to, target, layers.count() - 1, protocol, at + checksumAt(), bytes);
        }
    }

    /** Of a layer of TCP or UDP. */
    private void writeChecksum(MemorySegment to, long target, int layer, int protocol, long field, int bytes) {
        PacketLayers found = layers;
        long ip = target + found.offset(layer - 1);
        NetworkBytes.setShort(to, field, 0);
        long sum = InternetChecksum.addPseudoHeader(to, ip, found.isInIpv6(layer), protocol, bytes, 0);
        InternetChecksum.setNonZero(to, target + found.offset(layer), bytes, field, sum);
    }
}
