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

    private static final int TCP_MIN_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int UDP_LENGTH = 4;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int TCP_FLAGS = 13;
    private static final int FIN_PSH = 0x09;
    private static final int CWR = 0x80;
    private static final int GRE_CHECKSUM = 4;
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
    private int done; // packets
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
     * @param checksumStart where the kernel says that the transport header starts, which may be within a tunnel, or negative
     *     when it does not say
     * @return false when it cannot be cut
     */
    boolean begin(MemorySegment memory, long offset, int length, Kind kind, int segment, int checksumStart) {
        payloadBytes = 0;
        payloadDone = 0;
        PacketHeaders found = headers;
        if (segment <= 0 || !found.parse(memory, offset, length, checksumStart)) {
            return false;
        }
        boolean isTcp = kind != Kind.UDP;
        int transport = found.transportOffset;
        int minBytes = isTcp ? TCP_MIN_BYTES : UDP_BYTES;
        if (found.protocol != (isTcp ? PacketHeaders.TCP : PacketHeaders.UDP)
                || (isTcp && found.ipv6 != (kind == Kind.TCP_IPV6))
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
                || longest - found.layerOffset[0] > PacketHeaders.IP_MAX_BYTES) {
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
            sequence = memory.get(INT, offset + transport + TCP_SEQUENCE);
            flags = PacketHeaders.getByte(memory, offset + transport + TCP_FLAGS);
        } else {
            withChecksum = checksumStart >= 0 || PacketHeaders.getShort(memory, offset + transport + UDP_CHECKSUM) != 0;
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
        PacketHeaders found = headers;
        int sent = payloadDone;
        int header = headerBytes;
        int chunk = Math.min(segmentBytes, payloadBytes - sent);
        int length = header + chunk;
        MemorySegment.copy(memory, source, memory, target, header);
        MemorySegment.copy(memory, source + header + sent, memory, target + header, chunk);
        for (int i = found.layers - 1; i >= 0; i--) { // a checksum outside is over those inside
            long at = target + found.layerOffset[i];
            int bytes = length - found.layerOffset[i];
            switch (found.layerKind[i]) {
                case PacketHeaders.LAYER_TRANSPORT -> writeTransport(memory, target, at, bytes, chunk);
                case PacketHeaders.LAYER_IPV4 -> writeIpv4(memory, at, bytes);
                case PacketHeaders.LAYER_IPV6 ->
                    PacketHeaders.putShort(memory, at + 4, bytes - PacketHeaders.IPV6_BYTES);
                case PacketHeaders.LAYER_UDP -> {
                    PacketHeaders.putShort(memory, at + UDP_LENGTH, bytes);
                    if (PacketHeaders.getShort(memory, at + UDP_CHECKSUM) != 0) {
                        writeChecksum(memory, target, i, at + UDP_CHECKSUM, bytes);
                    }
                }
                default -> writeGreChecksum(memory, at, bytes);
            }
        }
        payloadDone = sent + chunk;
        done++;
        sequence += chunk;
        return length;
    }

    private void writeIpv4(MemorySegment memory, long at, int bytes) {
        PacketHeaders.putShort(memory, at + 2, bytes);
        PacketHeaders.putShort(memory, at + 4, PacketHeaders.getShort(memory, at + 4) + done);
        PacketHeaders.putShort(memory, at + 10, 0);
        int ipHeaderBytes = (PacketHeaders.getByte(memory, at) & 15) * 4;
        InternetChecksum.put(
                memory, at + 10, InternetChecksum.finish(InternetChecksum.add(memory, at, ipHeaderBytes, 0)));
    }

    private static void writeGreChecksum(MemorySegment memory, long at, int bytes) {
        memory.set(INT, at + GRE_CHECKSUM, 0);
        InternetChecksum.put(
                memory, at + GRE_CHECKSUM, InternetChecksum.finish(InternetChecksum.add(memory, at, bytes, 0)));
    }

    private void writeTransport(MemorySegment memory, long target, long at, int bytes, int chunk) {
        long field;
        if (tcp) {
            field = at + TCP_CHECKSUM;
            memory.set(INT, at + TCP_SEQUENCE, sequence);
            int cleared = payloadDone == 0 ? 0 : CWR;
            if (payloadDone + chunk < payloadBytes) {
                cleared |= FIN_PSH;
            }
            memory.set(ValueLayout.JAVA_BYTE, at + TCP_FLAGS, (byte) (flags & ~cleared));
        } else {
            field = at + UDP_CHECKSUM;
            PacketHeaders.putShort(memory, at + UDP_LENGTH, bytes);
        }
        if (withChecksum) {
            writeChecksum(memory, target, headers.layers - 1, field, bytes);
        }
    }

    /** Of a layer of TCP or UDP; the one before it is its IP header. */
    private void writeChecksum(MemorySegment memory, long target, int layer, long field, int bytes) {
        PacketHeaders found = headers;
        long network = target + found.layerOffset[layer - 1];
        boolean six = found.layerKind[layer - 1] == PacketHeaders.LAYER_IPV6;
        boolean tcpHere = tcp && layer == found.layers - 1;
        long sum = InternetChecksum.addNumber(tcpHere ? PacketHeaders.TCP : PacketHeaders.UDP, 0);
        sum = InternetChecksum.addNumber(bytes, sum);
        sum = six
                ? InternetChecksum.add(memory, network + 8, 32, sum)
                : InternetChecksum.add(memory, network + 12, 8, sum);
        PacketHeaders.putShort(memory, field, 0);
        long at = target + found.layerOffset[layer];
        short checksum = InternetChecksum.finish(InternetChecksum.add(memory, at, bytes, sum));
        InternetChecksum.put(memory, field, checksum == 0 ? -1 : checksum);
    }
}
