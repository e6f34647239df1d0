package io.tlem.port.packet;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A random super-packet as the kernel hands it out, and, made byte by byte from what is known of it, the packets that
 * are to be cut from it.
 */
final class SuperPacket {
    final byte[] frame;
    final Segmenter.Kind kind;
    final int segmentBytes;
    final int transport;
    final int payloadStart;

    final int network;
    private final boolean ipv6;
    private final boolean checksumless;

    private SuperPacket(Random random, int maxPayload) {
        ipv6 = random.nextBoolean();
        boolean tcp = random.nextInt(3) > 0;
        kind = !tcp ? Segmenter.Kind.UDP : ipv6 ? Segmenter.Kind.TCP_IPV6 : Segmenter.Kind.TCP_IPV4;
        segmentBytes = 1 + random.nextInt(random.nextBoolean() ? 1460 : 100);
        int payload = 1 + random.nextInt(maxPayload);
        checksumless = !tcp && random.nextInt(4) == 0;

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(bytesOf(random, 12));
        int[] tags = {0x8100, 0x88a8, 0x9100};
        for (int i = random.nextInt(3); i > 0; i--) {
            putShort(bytes, tags[random.nextInt(tags.length)]);
            bytes.writeBytes(bytesOf(random, 2));
        }
        putShort(bytes, ipv6 ? 0x86dd : 0x0800);
        network = bytes.size();
        int transportBytes = tcp ? 20 + 4 * random.nextInt(11) : 8;
        if (ipv6) {
            int[] kinds = {0, 43, 60};
            List<byte[]> extensions = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                byte[] extension = bytesOf(random, 8 * (1 + random.nextInt(3)));
                extension[1] = (byte) (extension.length / 8 - 1);
                extension[3] = 0; // a routing header that has done its work
                extensions.add(extension);
            }
            int[] headers = new int[extensions.size() + 1];
            Arrays.setAll(headers, i -> kinds[random.nextInt(kinds.length)]);
            headers[extensions.size()] = tcp ? 6 : 17;
            int extensionBytes = extensions.stream().mapToInt(e -> e.length).sum();
            bytes.write(0x60 | random.nextInt(16));
            bytes.writeBytes(bytesOf(random, 3));
            putShort(bytes, extensionBytes + transportBytes + payload);
            bytes.write(headers[0]);
            bytes.writeBytes(bytesOf(random, 33));
            for (int i = 0; i < extensions.size(); i++) {
                extensions.get(i)[0] = (byte) headers[i + 1];
                bytes.writeBytes(extensions.get(i));
            }
        } else {
            int headerBytes = 20 + 4 * random.nextInt(11);
            bytes.write(0x40 | headerBytes / 4);
            bytes.writeBytes(bytesOf(random, 1));
            putShort(bytes, headerBytes + transportBytes + payload);
            bytes.writeBytes(bytesOf(random, 2));
            putShort(bytes, random.nextBoolean() ? 0x4000 : 0); // do not fragment
            bytes.writeBytes(bytesOf(random, 1));
            bytes.write(tcp ? 6 : 17);
            bytes.writeBytes(bytesOf(random, headerBytes - 10));
        }
        transport = bytes.size();
        byte[] header = bytesOf(random, transportBytes);
        if (tcp) {
            header[12] = (byte) (((transportBytes / 4) << 4) | (header[12] & 15));
        } else if (checksumless) {
            header[6] = 0;
            header[7] = 0;
        } else {
            header[7] |= 1;
        }
        bytes.writeBytes(header);
        payloadStart = bytes.size();
        bytes.writeBytes(bytesOf(random, payload));
        frame = bytes.toByteArray();
    }

    static SuperPacket random(Random random, int maxPayload) {
        return new SuperPacket(random, maxPayload);
    }

    /** What the kernel says of the checksum's start; it says nothing about a packet without one. */
    int checksumStart() {
        return checksumless ? -1 : transport;
    }

    /** The packets that a wire carries. */
    List<byte[]> packets() {
        List<byte[]> packets = new ArrayList<>();
        int number = 0;
        for (int at = payloadStart; at < frame.length; at += segmentBytes, number++) {
            byte[] payload = Arrays.copyOfRange(frame, at, Math.min(frame.length, at + segmentBytes));
            boolean last = at + segmentBytes >= frame.length;
            byte[] packet = Arrays.copyOf(frame, payloadStart + payload.length);
            System.arraycopy(payload, 0, packet, payloadStart, payload.length);
            if (ipv6) {
                setShort(packet, network + 4, packet.length - network - 40);
            } else {
                setShort(packet, network + 2, packet.length - network);
                setShort(packet, network + 4, getShort(frame, network + 4) + number);
                setShort(packet, network + 10, 0);
                setShort(packet, network + 10, ~FrameChecks.sum(packet, network, transport, 0));
            }
            int field;
            if (kind == Segmenter.Kind.UDP) {
                field = transport + 6;
                setShort(packet, transport + 4, packet.length - transport);
            } else {
                field = transport + 16;
                int sequence = (getShort(frame, transport + 4) << 16) | getShort(frame, transport + 6);
                sequence += number * segmentBytes;
                setShort(packet, transport + 4, sequence >>> 16);
                setShort(packet, transport + 6, sequence);
                int flags = frame[transport + 13];
                if (number > 0) {
                    flags &= ~0x80;
                }
                if (!last) {
                    flags &= ~0x09;
                }
                packet[transport + 13] = (byte) flags;
            }
            if (!checksumless) {
                setShort(packet, field, 0);
                int checksum = ~FrameChecks.transportSum(packet, network, transport, packet.length) & 0xffff;
                setShort(packet, field, checksum == 0 ? 0xffff : checksum);
            }
            packets.add(packet);
        }
        return packets;
    }

    private static byte[] bytesOf(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void putShort(ByteArrayOutputStream bytes, int value) {
        bytes.write(value >>> 8);
        bytes.write(value);
    }

    static int getShort(byte[] bytes, int at) {
        return ((bytes[at] & 255) << 8) | (bytes[at + 1] & 255);
    }

    static void setShort(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }
}
