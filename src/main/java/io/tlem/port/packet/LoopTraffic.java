package io.tlem.port.packet;

import io.tlem.os.PacketSocket;
import io.tlem.os.Pieces;
import io.tlem.os.VirtioHeader;
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
import java.util.SplittableRandom;

/**
 * What programs on this machine send, as the kernel hands it out: flows of TCP and UDP over IPv4 and IPv6, in super-packets, in
 * packets whose checksum is still to be finished and in finished ones, some with a VLAN tag. They are addressed to nobody. Used by
 * one thread.
 */
final class LoopTraffic implements AutoCloseable {
    private static final int SEGMENT_BYTES = 1448;
    private static final int MOST_BYTES = 65_000;
    private static final int SMALL_BYTES = 200;
    private static final int FULL_ONES = 12; // more than a batch holds
    private static final int SLACK_BYTES = 256; // more than all headers
    private static final int TIMESTAMPS_BYTES = 12;
    private static final int TIMESTAMPS = 0x0101_080a; // RFC 7323, appendix A
    private static final int PORTS = 0x0009_0009;
    private static final int TAG = 7;
    private static final int TURNS = 16; // with all kinds of packets

    private final Arena arena = Arena.ofConfined();
    private final PacketSocket socket = PacketSocket.open();
    private final MemorySegment memory = arena.allocate(SLACK_BYTES + MOST_BYTES);
    private final Pieces piece = new Pieces(arena, 1);
    private final SplittableRandom random = new SplittableRandom(1);
    private int sequence;
    private int clock;
    private int turn;

    /** @param interfaceIndex of the interface through which it is sent */
    LoopTraffic(int interfaceIndex) {
        try {
            socket.set(PacketSocket.Option.VIRTIO_HEADER, 1);
            socket.bind(interfaceIndex, false);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Sends some; what the kernel refuses is left out. */
    void send() {
        boolean ipv6 = (turn & 1) != 0;
        for (int i = 0; i < FULL_ONES; i++) {
            sendFrame(ipv6, true, false, SEGMENT_BYTES * random.nextInt(2, MOST_BYTES / SEGMENT_BYTES), false);
        }
        clock++;
        boolean tagged = turn % 5 == 4;
        sendFrame(ipv6, true, tagged, random.nextInt(1, MOST_BYTES), false);
        sendFrame(ipv6, true, tagged, 0, false);
        sendFrame(ipv6, false, tagged, random.nextInt(1, SMALL_BYTES), false);
        boolean tcp = turn % 4 != 0;
        boolean zero = turn % 3 == 0;
        sendFrame(ipv6, tcp, tagged, SMALL_BYTES, false);
        sendFrame(ipv6, tcp, tagged, SMALL_BYTES, zero);
        sendFrame(ipv6, tcp, tagged, SMALL_BYTES, false);
        if (turn == 0) {
            sendFrame(false, false, tagged, random.nextInt(SEGMENT_BYTES, MOST_BYTES), false);
        }
        turn = (turn + 1) % TURNS;
    }

    /** @param zero whether its checksum is to be that which is written in another way */
    private void sendFrame(boolean ipv6, boolean tcp, boolean tagged, int payloadBytes, boolean zero) {
        long frame = VirtioHeader.BYTES + (tagged ? (long) Ethernet.TAG_BYTES : 0);
        long ip = frame + Ethernet.HEADER_BYTES;
        long transport = ip + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.MIN_HEADER_BYTES);
        int headerBytes = tcp ? Tcp.MIN_HEADER_BYTES + TIMESTAMPS_BYTES : Udp.HEADER_BYTES;
        int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
        int field = tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT;
        int bytes = headerBytes + payloadBytes;

        writeIp(frame, ipv6, protocol, bytes);
        NetworkBytes.setInt(memory, transport, PORTS);
        if (tcp) {
            writeTcp(transport, headerBytes, payloadBytes);
        } else {
            NetworkBytes.setShort(memory, transport + Udp.LENGTH_AT, bytes);
        }
        long sum = InternetChecksum.addPseudoHeader(memory, ip, ipv6, protocol, bytes, 0);
        InternetChecksum.put(memory, transport + field, (short) ~InternetChecksum.finish(sum));
        InternetChecksum.put(memory, transport + headerBytes, (short) 0);
        if (zero) {
            InternetChecksum.put(
                    memory,
                    transport + headerBytes,
                    InternetChecksum.finish(InternetChecksum.add(memory, transport, bytes, 0)));
        }
        int start = (int) (transport - VirtioHeader.BYTES);
        VirtioHeader.setSegmented(
                memory, 0, kind(ipv6, tcp, payloadBytes), false, start + headerBytes, SEGMENT_BYTES, start, field);
        if (tagged) {
            Ethernet.insertTag(memory, VirtioHeader.BYTES, Ethernet.VLAN, TAG);
        }
        piece.clear();
        piece.add(memory.address(), (int) transport + bytes);
        long ignored = socket.send(piece);
    }

    private static int kind(boolean ipv6, boolean tcp, int payloadBytes) {
        if (payloadBytes <= SEGMENT_BYTES) {
            return VirtioHeader.NOT_SEGMENTED;
        }
        return tcp ? ipv6 ? VirtioHeader.TCP_IPV6 : VirtioHeader.TCP_IPV4 : VirtioHeader.UDP_DATAGRAMS;
    }

    private void writeTcp(long tcp, int headerBytes, int payloadBytes) {
        NetworkBytes.setInt(memory, tcp + Tcp.SEQUENCE_AT, sequence);
        sequence += payloadBytes;
        NetworkBytes.setByte(memory, tcp + Tcp.DATA_OFFSET_AT, headerBytes << 2);
        NetworkBytes.setByte(memory, tcp + Tcp.FLAGS_AT, random.nextInt(3) == 0 ? Tcp.ACK | Tcp.PSH : Tcp.ACK);
        NetworkBytes.setInt(memory, tcp + Tcp.MIN_HEADER_BYTES, TIMESTAMPS);
        NetworkBytes.setInt(memory, tcp + Tcp.MIN_HEADER_BYTES + Integer.BYTES, clock);
    }

    private void writeIp(long frame, boolean ipv6, int protocol, int bytes) {
        Ethernet.setAddresses(memory, frame, 0x02_00_00_00_00_02L, 0x02_00_00_00_00_01L); // locally administered
        NetworkBytes.setShort(memory, frame + Ethernet.TYPE_AT, ipv6 ? Ethernet.IPV6 : Ethernet.IPV4);
        long ip = frame + Ethernet.HEADER_BYTES;
        memory.asSlice(ip, Ipv6.HEADER_BYTES).fill((byte) 0);
        if (ipv6) {
            NetworkBytes.setInt(memory, ip, 0x6000_0000);
            NetworkBytes.setShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT, bytes);
            NetworkBytes.setByte(memory, ip + Ipv6.NEXT_HEADER_AT, protocol);
            NetworkBytes.setByte(memory, ip + Ipv6.HOP_LIMIT_AT, 64);
            NetworkBytes.setInt(memory, ip + Ipv6.ADDRESSES_AT, 0x2001_0002); // for benchmarks (RFC 5180)
            NetworkBytes.setInt(memory, ip + Ipv6.ADDRESSES_AT + Ipv6.ADDRESSES_BYTES / 2, 0x2001_0002);
        } else {
            NetworkBytes.setShort(memory, ip, 0x4500);
            NetworkBytes.setShort(memory, ip + Ipv4.TOTAL_LENGTH_AT, Ipv4.MIN_HEADER_BYTES + bytes);
            NetworkBytes.setShort(memory, ip + Ipv4.IDENTIFICATION_AT, sequence / SEGMENT_BYTES & 0xffff);
            NetworkBytes.setByte(memory, ip + Ipv4.TTL_AT, 64);
            NetworkBytes.setByte(memory, ip + Ipv4.PROTOCOL_AT, protocol);
            NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT, 0xc612_0001); // for benchmarks (RFC 2544)
            NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT + Ipv4.ADDRESSES_BYTES / 2, 0xc613_0001);
            Ipv4.setChecksum(memory, ip);
        }
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
