package io.tlem.traffic;

import io.tlem.traffic.StreamSpec.Headers;
import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes the packets of a stream: copies what they have in common, and fills in the rest. What they have in common is summed up
 * once, so that a checksum costs no more than the fields that differ. The time of sending stays 0, and the checksum is right
 * for that; {@link StampedSink} puts it in. Used by one thread.
 */
final class FrameWriter {
    private static final int LINE_BYTES = 64;
    private static final int TCP_FLAGS = Tcp.ACK | Tcp.PSH;

    private final MemorySegment template;
    private final FrameLayout layout;
    private final int copiedBytes;
    private final long ipSum;
    private final long transportSum;
    private final Turn source;
    private final Turn destination;
    private final Turn sourcePorts;
    private final Turn destinationPorts;
    private int bytesBefore; // of this one's payload, in the stream of TCP

    /**
     * @param mark of the payload
     * @param copiedBytes how much of a slot is written whatever the packet's length; at least {@link #templateBytes}
     */
    FrameWriter(Arena arena, Headers headers, int stream, int mark, int copiedBytes) {
        this.layout = new FrameLayout(headers);
        this.copiedBytes = copiedBytes;
        this.template = arena.allocate(copiedBytes, LINE_BYTES);
        this.source = turn(headers.source());
        this.destination = turn(headers.destination());
        this.sourcePorts =
                new Turn(headers.sourcePorts().first(), headers.sourcePorts().count());
        this.destinationPorts = new Turn(
                headers.destinationPorts().first(), headers.destinationPorts().count());
        writeTemplate(headers, stream, mark);
        int protocol = layout.tcp() ? IpProtocol.TCP : IpProtocol.UDP;
        ipSum = layout.ipv6() ? 0 : InternetChecksum.add(template, layout.ipAt(), Ipv4.MIN_HEADER_BYTES, 0);
        transportSum = InternetChecksum.add(
                template,
                layout.transportAt(),
                layout.leastBytes() - layout.transportAt(),
                InternetChecksum.addPseudoHeader(template, layout.ipAt(), layout.ipv6(), protocol, 0, 0));
    }

    /** Bytes of a slot that packets with these headers have to be written whatever their length. */
    static int templateBytes(Headers headers) {
        return (new FrameLayout(headers).leastBytes() + LINE_BYTES - 1) & -LINE_BYTES;
    }

    private static Turn turn(StreamSpec.Addresses addresses) {
        byte[] bytes = addresses.first();
        int last = 0;
        for (int i = bytes.length - 4; i < bytes.length; i++) {
            last = (last << 8) | (bytes[i] & 0xff);
        }
        return new Turn(last, addresses.count());
    }

    private void writeTemplate(Headers headers, int stream, int mark) {
        Ethernet.setAddresses(template, 0, headers.destinationMac(), headers.sourceMac());
        long at = Ethernet.TYPE_AT;
        for (int tag : headers.tags()) {
            NetworkBytes.setShort(template, at, Ethernet.VLAN);
            NetworkBytes.setShort(template, at + Ethernet.TYPE_BYTES, tag);
            at += Ethernet.TAG_BYTES;
        }
        NetworkBytes.setShort(template, at, layout.ipv6() ? Ethernet.IPV6 : Ethernet.IPV4);
        long ip = layout.ipAt();
        int protocol = layout.tcp() ? IpProtocol.TCP : IpProtocol.UDP;
        if (layout.ipv6()) {
            NetworkBytes.setInt(template, ip, 0x6000_0000 | (headers.trafficClass() << 20));
            NetworkBytes.setByte(template, ip + Ipv6.NEXT_HEADER_AT, protocol);
            NetworkBytes.setByte(template, ip + Ipv6.HOP_LIMIT_AT, headers.hops());
        } else {
            NetworkBytes.setShort(template, ip, 0x4500 | headers.trafficClass());
            NetworkBytes.setShort(template, ip + Ipv4.IDENTIFICATION_AT + 2, 0x4000); // not to be cut into fragments
            NetworkBytes.setByte(template, ip + Ipv4.TTL_AT, headers.hops());
            NetworkBytes.setByte(template, ip + Ipv4.PROTOCOL_AT, protocol);
        }
        long addresses = ip + (layout.ipv6() ? Ipv6.ADDRESSES_AT : Ipv4.ADDRESSES_AT);
        int bytes = headers.source().first().length;
        for (int i = 0; i < bytes - 4; i++) { // the last four are filled in
            NetworkBytes.setByte(template, addresses + i, headers.source().first()[i]);
            NetworkBytes.setByte(
                    template, addresses + bytes + i, headers.destination().first()[i]);
        }
        if (layout.tcp()) {
            long tcp = layout.transportAt();
            NetworkBytes.setByte(template, tcp + Tcp.DATA_OFFSET_AT, (Tcp.MIN_HEADER_BYTES / 4) << 4);
            NetworkBytes.setByte(template, tcp + Tcp.FLAGS_AT, TCP_FLAGS);
            NetworkBytes.setShort(template, tcp + Tcp.FLAGS_AT + 1, 0xffff); // the window
        }
        NetworkBytes.setInt(template, layout.payloadAt(), mark);
        NetworkBytes.setShort(template, layout.payloadAt() + TestPayload.STREAM_AT, stream);
    }

    /**
     * Writes the next packet.
     *
     * @param memory in which all behind the template's bytes is 0
     * @param length of the frame, {@link FrameLayout#leastBytes} or more
     */
    void write(MemorySegment memory, long at, int length, int sequence) {
        MemorySegment.copy(template, 0, memory, at, copiedBytes);
        long ip = at + layout.ipAt();
        long transport = at + layout.transportAt();
        int transportBytes = length - layout.transportAt();
        int from = source.next();
        int to = destination.next();
        long addresses = InternetChecksum.addInt(from, InternetChecksum.addInt(to, 0));
        if (layout.ipv6()) {
            NetworkBytes.setShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT, transportBytes);
            NetworkBytes.setInt(memory, ip + Ipv6.ADDRESSES_AT + 12, from);
            NetworkBytes.setInt(memory, ip + Ipv6.ADDRESSES_AT + 28, to);
        } else {
            int totalBytes = length - layout.ipAt();
            NetworkBytes.setShort(memory, ip + Ipv4.TOTAL_LENGTH_AT, totalBytes);
            NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT, from);
            NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT + 4, to);
            short checksum = InternetChecksum.finish(InternetChecksum.addNumber(totalBytes, ipSum + addresses));
            InternetChecksum.put(memory, ip + Ipv4.CHECKSUM_AT, checksum);
        }
        int ports = (sourcePorts.next() << 16) | (destinationPorts.next() & 0xffff);
        NetworkBytes.setInt(memory, transport, ports);
        NetworkBytes.setInt(memory, at + layout.payloadAt() + TestPayload.SEQUENCE_AT, sequence);
        long sum = InternetChecksum.addInt(ports, transportSum + addresses);
        sum = InternetChecksum.addInt(sequence, InternetChecksum.addNumber(transportBytes, sum)); // in front of it
        if (layout.tcp()) {
            NetworkBytes.setInt(memory, transport + Tcp.SEQUENCE_AT, bytesBefore);
            sum = InternetChecksum.addInt(bytesBefore, sum);
            bytesBefore += transportBytes - Tcp.MIN_HEADER_BYTES;
        } else {
            NetworkBytes.setShort(memory, transport + Udp.LENGTH_AT, transportBytes);
            sum = InternetChecksum.addNumber(transportBytes, sum);
        }
        InternetChecksum.put(memory, at + layout.checksumAt(), InternetChecksum.finishNonZero(sum));
    }
}
