package io.tlem.port.packet;

import static io.tlem.port.packet.SuperPacket.getShort;

import java.util.Arrays;

/** Plain, byte by byte: whether a frame is what a wire would carry. */
final class FrameChecks {
    private FrameChecks() {}

    /** The folded one's complement sum of bytes as 16-bit numbers. */
    static int sum(byte[] bytes, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i++) {
            sum += (i - from) % 2 == 0 ? (bytes[i] & 255) << 8 : bytes[i] & 255;
            if (sum > 0xffff) {
                sum -= 0xffff;
            }
        }
        return sum;
    }

    /** The sum of pseudo header and transport packet, its checksum field included. */
    static int transportSum(byte[] bytes, int network, int transport, int end) {
        boolean ipv6 = bytes[network] >>> 4 == 6;
        byte[] pseudo = ipv6
                ? Arrays.copyOfRange(bytes, network + 8, network + 40)
                : Arrays.copyOfRange(bytes, network + 12, network + 20);
        int protocol = ipv6 ? lastProtocol(bytes, network) : bytes[network + 9] & 255;
        int length = end - transport;
        byte[] numbers = {(byte) (length >>> 8), (byte) length, 0, (byte) protocol};
        return sum(bytes, transport, end, sum(numbers, 0, 4, sum(pseudo, 0, pseudo.length, 0)));
    }

    private static int lastProtocol(byte[] bytes, int network) {
        int next = bytes[network + 6];
        for (int at = network + 40; next == 0 || next == 43 || next == 60; ) {
            next = bytes[at];
            at += (bytes[at + 1] + 1) * 8;
        }
        return next;
    }

    /** What is wrong with a frame of TCP or UDP, and null when nothing is or when it is none. */
    static String problem(byte[] frame, int maxBytes) {
        int at = 12;
        int tags = 0;
        while (getShort(frame, at) == 0x8100 || getShort(frame, at) == 0x88a8) {
            at += 4;
            tags++;
        }
        int type = getShort(frame, at);
        int network = at + 2;
        if (frame.length > maxBytes + 4 * tags) {
            return frame.length + " bytes are too many";
        }
        int transport;
        int end;
        int protocol;
        if (type == 0x0800) {
            transport = network + (frame[network] & 15) * 4;
            end = network + getShort(frame, network + 2);
            protocol = frame[network + 9];
            if (sum(frame, network, transport, 0) != 0xffff) {
                return "IPv4 header checksum";
            }
        } else if (type == 0x86dd) {
            transport = network + 40;
            end = transport + getShort(frame, network + 4);
            protocol = frame[network + 6];
        } else {
            return null;
        }
        if (end > frame.length || frame.length > Math.max(end, 60)) {
            return "IP length " + (end - network) + " in a frame of " + frame.length;
        }
        if (protocol != 6 && protocol != 17) {
            return null;
        }
        if (protocol == 17 && getShort(frame, transport + 4) != end - transport) {
            return "UDP length " + getShort(frame, transport + 4) + " of " + (end - transport);
        }
        if (protocol == 17 && getShort(frame, transport + 6) == 0 && type == 0x0800) {
            return null; // without a checksum
        }
        int sum = transportSum(frame, network, transport, end);
        return sum == 0xffff ? null : "checksum of protocol " + protocol + ", sum " + Integer.toHexString(sum);
    }
}
