package io.tlem.impair.edit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Ethernet frames of all shapes with right checksums, and what is right about a frame: written apart from what is tested. */
final class RandomFrames {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int UDP_LITE = 136;
    static final int ICMP = 1;
    static final int ICMPV6 = 58;
    static final int IGMP = 2;
    static final int SCTP = 132;
    static final int GRE = 47;

    private static final int[] TAGS = {0x8100, 0x88A8, 0x9100, 0x9200, 0x9300};
    private static final int[] PROTOCOLS = {
        TCP, TCP, TCP, UDP, UDP, UDP, UDP_LITE, ICMP, ICMPV6, IGMP, SCTP, GRE, 50, 89
    };
    private static final int[] OTHER_TYPES = {0x0806, 0x88CC, 0x8847, 0x8864, 0x0026, 0x86DD, 0x0800, 0x88B5};

    private final SplittableRandom random;

    RandomFrames(long seed) {
        this.random = new SplittableRandom(seed);
    }

    byte[] next() {
        ByteBuffer frame = ByteBuffer.allocate(2000);
        frame.put(bytes(12));
        int tags = random.nextInt(3) == 0 ? random.nextInt(9) : random.nextInt(2);
        for (int i = 0; i < tags; i++) {
            frame.putShort((short) TAGS[random.nextInt(TAGS.length)]);
            frame.putShort((short) random.nextInt());
        }
        int kind = random.nextInt(20);
        if (kind == 0) {
            frame.putShort((short) OTHER_TYPES[random.nextInt(OTHER_TYPES.length)]);
            frame.put(bytes(46 + random.nextInt(100)));
        } else if (kind < 11) {
            frame.putShort((short) 0x0800);
            ipv4(frame);
        } else {
            frame.putShort((short) 0x86DD);
            ipv6(frame);
        }
        if (random.nextInt(3) == 0) {
            frame.put(bytes(random.nextInt(30))); // padding
        }
        byte[] all = new byte[frame.position()];
        frame.flip().get(all);
        setChecksums(all);
        return all;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private int protocol(int version) {
        int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        boolean other = version == 4 ? protocol == ICMPV6 : protocol == ICMP || protocol == IGMP;
        return other ? TCP : protocol;
    }

    private void ipv4(ByteBuffer frame) {
        int start = frame.position();
        int options = random.nextInt(4) == 0 ? 4 * random.nextInt(1, 11) : 0;
        int protocol = protocol(4);
        boolean fragment = random.nextInt(10) == 0;
        frame.put((byte) (0x45 + options / 4)).put((byte) random.nextInt());
        frame.putShort((short) 0).putShort((short) random.nextInt());
        frame.putShort((short) (fragment ? 0x2000 | random.nextInt(3) : random.nextInt(2) << 14));
        frame.put((byte) random.nextInt(1, 256)).put((byte) protocol).putShort((short) 0);
        frame.put(bytes(8 + options));
        transport(frame, protocol);
        frame.putShort(start + 2, (short) (frame.position() - start));
    }

    private void ipv6(ByteBuffer frame) {
        int start = frame.position();
        frame.putInt(0x6000_0000 | random.nextInt(1 << 28)).putShort((short) 0);
        List<Integer> headers = new ArrayList<>();
        if (random.nextInt(3) == 0) {
            int[] possible = {0, 60, 43, 44, 44};
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                headers.add(possible[random.nextInt(possible.length)]);
            }
        }
        int protocol = protocol(6);
        headers.add(protocol);
        frame.put((byte) (int) headers.get(0))
                .put((byte) random.nextInt(1, 256))
                .put(bytes(32));
        for (int i = 0; i + 1 < headers.size(); i++) {
            int next = headers.get(i + 1);
            if (headers.get(i) == 44) {
                boolean fragment = random.nextInt(4) == 0;
                frame.put((byte) next).put((byte) 0);
                frame.putShort((short) (fragment ? random.nextInt(2) << 3 | 1 : 0))
                        .putInt(random.nextInt());
            } else if (headers.get(i) == 43) {
                frame.put((byte) next)
                        .put((byte) 2)
                        .putShort((short) 0x0001)
                        .putInt(0)
                        .put(bytes(16)); // type 0, one to go
            } else {
                int more = random.nextInt(3);
                frame.put((byte) next).put((byte) more).put((byte) 1).put((byte) (4 + 8 * more)); // PadN
                frame.put(new byte[4 + 8 * more]);
            }
        }
        transport(frame, protocol);
        frame.putShort(start + 4, (short) (frame.position() - start - 40));
    }

    private void transport(ByteBuffer frame, int protocol) {
        byte[] payload = bytes(random.nextInt(random.nextInt(4) == 0 ? 600 : 60));
        switch (protocol) {
            case TCP -> {
                int options = 4 * random.nextInt(11);
                frame.put(bytes(12)).put((byte) ((5 + options / 4) << 4)).put((byte) random.nextInt());
                frame.put(bytes(2)).putShort((short) 1).put(bytes(2 + options)).put(payload);
            }
            case UDP, UDP_LITE -> {
                int missing = random.nextInt(8) == 0 ? random.nextInt(payload.length + 1) : 0;
                boolean none = protocol == UDP && random.nextInt(8) == 0;
                frame.put(bytes(4)).putShort((short) (8 + payload.length - missing));
                frame.putShort((short) (none ? 0 : 1)).put(payload);
            }
            case SCTP -> frame.put(bytes(12 + 16)).put(payload);
            default -> frame.put(bytes(2)).putShort((short) 1).put(bytes(4)).put(payload);
        }
    }

    private static void setChecksums(byte[] frame) {
        Shape shape = new Shape(frame);
        if (shape.version == 4) {
            set(frame, shape.ip + 10, 0);
            set(frame, shape.ip + 10, ~sum(frame, shape.ip, shape.headerEnd));
        }
        if (shape.checksum > 0 && get(frame, shape.checksum) != 0) {
            set(frame, shape.checksum, 0);
            int value = ~fold(shape.sum(frame)) & 0xFFFF;
            set(frame, shape.checksum, value == 0 && shape.zeroIsNone() ? 0xFFFF : value);
        }
    }

    /** What is wrong with checksums, empty when nothing is. */
    static String wrong(byte[] frame) {
        Shape shape = new Shape(frame);
        if (shape.version == 4 && sum(frame, shape.ip, shape.headerEnd) != 0xFFFF) {
            return "the IPv4 header's";
        }
        if (shape.checksum > 0 && !(shape.protocol == UDP && get(frame, shape.checksum) == 0)) {
            return fold(shape.sum(frame)) == 0xFFFF ? "" : "protocol " + shape.protocol;
        }
        return "";
    }

    /** Where things are in a frame, from the RFCs. */
    static final class Shape {
        final int types; // tags and type
        final int ip;
        final int version;
        int headerEnd;
        int protocol = -1;
        int transport;
        int end;
        int checksum;
        int coveredEnd;
        boolean fragment;
        private byte[] source = new byte[0];
        private byte[] destination = new byte[0];

        Shape(byte[] frame) {
            int at = 12;
            while (isTag(get(frame, at)) && at < 12 + 8 * 4) {
                at += 4;
            }
            types = at + 2;
            ip = at + 2;
            int type = get(frame, at);
            int first = (frame[ip] & 0xFF) >> 4;
            version =
                    type == 0x0800 && first == 4 && (frame[ip] & 0xF) >= 5 && ip + 4 * (frame[ip] & 0xF) <= frame.length
                            ? 4
                            : type == 0x86DD && first == 6 && ip + 40 <= frame.length ? 6 : 0;
            if (version == 4) {
                headerEnd = ip + (frame[ip] & 0xF) * 4;
                end = ip + get(frame, ip + 2);
                fragment = (get(frame, ip + 6) & 0x3FFF) != 0;
                source = java.util.Arrays.copyOfRange(frame, ip + 12, ip + 16);
                destination = java.util.Arrays.copyOfRange(frame, ip + 16, ip + 20);
                protocol(frame, frame[ip + 9] & 0xFF, headerEnd);
            } else if (version == 6) {
                headerEnd = ip + 40;
                end = headerEnd + get(frame, ip + 4);
                source = java.util.Arrays.copyOfRange(frame, ip + 8, ip + 24);
                destination = java.util.Arrays.copyOfRange(frame, ip + 24, ip + 40);
                extended(frame);
            }
        }

        private static boolean isTag(int type) {
            return type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200 || type == 0x9300;
        }

        private void extended(byte[] frame) {
            int next = frame[ip + 6] & 0xFF;
            int at = headerEnd;
            while ((next == 0 || next == 60 || next == 43 || next == 44) && at + 8 <= Math.min(end, frame.length)) {
                if (next == 44) {
                    fragment |= (get(frame, at + 2) & 0xFFF9) != 0;
                    if (fragment) {
                        break;
                    }
                }
                if (next == 43 && frame[at + 3] != 0) {
                    destination = java.util.Arrays.copyOfRange(frame, at + 8, at + 24);
                }
                int bytes = next == 44 ? 8 : 8 + 8 * (frame[at + 1] & 0xFF);
                next = frame[at] & 0xFF;
                at += bytes;
            }
            protocol(frame, next, at);
        }

        private void protocol(byte[] frame, int found, int at) {
            protocol = found;
            transport = at;
            coveredEnd = end;
            int field = switch (found) {
                case TCP -> 16;
                case UDP, UDP_LITE -> 6;
                case ICMP, IGMP, ICMPV6 -> 2;
                default -> -1;
            };
            if (field < 0 || fragment || end > frame.length || at + field + 2 > end) {
                return;
            }
            if (found == UDP || (found == UDP_LITE && get(frame, at + 4) != 0)) {
                coveredEnd = at + get(frame, at + 4);
            }
            if (coveredEnd > end || coveredEnd < at + field + 2) {
                return;
            }
            checksum = at + field;
        }

        boolean zeroIsNone() {
            return protocol == UDP || protocol == UDP_LITE;
        }

        int sum(byte[] frame) {
            int sum = RandomFrames.sum(frame, transport, coveredEnd);
            if (protocol == ICMP || protocol == IGMP) {
                return sum;
            }
            return sum
                    + RandomFrames.sum(source, 0, source.length)
                    + RandomFrames.sum(destination, 0, destination.length)
                    + protocol
                    + (protocol == UDP ? coveredEnd : end)
                    - transport;
        }

        /** What the packet is. */
        List<Integer> identity(byte[] frame) {
            List<Integer> identity = new ArrayList<>();
            for (int at = 12; at < types; at += 4) {
                identity.add(get(frame, at));
            }
            if (version == 4) {
                identity.addAll(
                        List.of(frame[ip] & 0xFF, get(frame, ip + 2), get(frame, ip + 6), frame[ip + 9] & 0xFF));
            } else if (version == 6) {
                identity.addAll(
                        List.of(frame[ip] & 0xF0, get(frame, ip + 4), frame[ip + 6] & 0xFF, transport, protocol));
            }
            if (checksum > 0) {
                switch (protocol) {
                    case TCP -> identity.add(get(frame, transport + 12));
                    case UDP, UDP_LITE -> identity.add(get(frame, transport + 4));
                    default -> identity.add(get(frame, transport));
                }
            }
            return identity;
        }
    }

    static int get(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    static void set(byte[] frame, int at, int value) {
        frame[at] = (byte) (value >> 8);
        frame[at + 1] = (byte) value;
    }

    static int fold(int sum) {
        int folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return folded;
    }

    static int sum(byte[] frame, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += (frame[i] & 0xFF) << 8 | (i + 1 < to ? frame[i + 1] & 0xFF : 0);
        }
        return fold(sum);
    }
}
