package io.tlem.testing;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Captures in memory, made and taken apart by other code than the emulator's. */
public final class Captures {
    public static final int ETHERNET = 1;
    public static final int RAW_IP = 101;
    public static final int COOKED = 113;
    public static final int COOKED_2 = 276;

    private static final long SECOND = 1_000_000_000;

    private Captures() {}

    /** A packet as a capture has it. */
    @SuppressWarnings("ArrayRecordComponent") // which is compared below
    public record Packet(long nanos, byte[] data, int original, int from) {
        public Packet(long nanos, byte[] data) {
            this(nanos, data, data.length, 0);
        }

        public Packet at(long newNanos) {
            return new Packet(newNanos, data, original, from);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Packet that
                    && nanos == that.nanos
                    && Arrays.equals(data, that.data)
                    && original == that.original
                    && from == that.from;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(nanos) + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return nanos + " ns, " + data.length + " of " + original + " bytes " + Arrays.hashCode(data) + " from "
                    + from;
        }
    }

    /** Packets of all lengths, up to 100 µs after each other, some at once; what is in them looks like IPv4 in Ethernet. */
    public static List<Packet> random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Packet> packets = new ArrayList<>();
        long nanos = 1_700_000_000_123_456_789L;
        for (int i = 0; i < count; i++) {
            byte[] data = new byte[i % 50 == 7 ? random.nextInt(20) : random.nextInt(40, i % 100 == 3 ? 9000 : 1515)];
            random.nextBytes(data);
            ByteBuffer bytes = ByteBuffer.wrap(data);
            if (data.length >= 40) {
                bytes.putShort(12, (short) 0x0800).put(14, (byte) 0x45).put(15, (byte) 2);
                bytes.putShort(16, (short) (data.length - 14)).putInt(26, 0x0a000000 + i % 3);
            }
            packets.add(new Packet(nanos, data));
            nanos += i % 4 == 0 ? 0 : random.nextInt(100_000);
        }
        return packets;
    }

    /** A capture in the classic format. */
    public static byte[] pcap(ByteOrder order, boolean nanoseconds, int linkType, List<Packet> packets) {
        ByteBuffer out = ByteBuffer.allocate(24
                        + packets.stream().mapToInt(p -> 16 + p.data().length).sum())
                .order(order);
        out.putInt(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
        out.putInt(0).putInt(0).putInt(262144).putInt(linkType);
        for (Packet packet : packets) {
            out.putInt((int) (packet.nanos() / SECOND));
            out.putInt((int) (packet.nanos() % SECOND / (nanoseconds ? 1 : 1000)));
            out.putInt(packet.data().length).putInt(packet.original()).put(packet.data());
        }
        return out.array();
    }

    /** Writes a capture of Ethernet frames in nanoseconds. */
    public static Path write(Path file, List<Packet> packets) throws IOException {
        return Files.write(file, pcap(ByteOrder.LITTLE_ENDIAN, true, ETHERNET, packets));
    }

    /** Makes captures in the newer format, block by block. */
    public static final class Blocks {
        private final ByteBuffer out;

        public Blocks(int mostBytes, ByteOrder order) {
            out = ByteBuffer.allocate(mostBytes).order(order);
        }

        /** A block of this type. */
        public Blocks block(int type, byte[] body) {
            int length = 12 + (body.length + 3 & -4);
            int at = out.position();
            out.putInt(type).putInt(length).put(body).position(at + length - 4);
            out.putInt(length);
            return this;
        }

        private ByteBuffer body(int bytes) {
            return ByteBuffer.allocate(bytes).order(out.order());
        }

        /** What follows is in this byte order. */
        public Blocks section(ByteOrder order) {
            out.order(order);
            return block(
                    0x0a0d0d0a,
                    body(16).putInt(0x1a2b3c4d).putInt(1).putLong(-1).array());
        }

        /** An interface with options of these bytes. */
        public Blocks on(int linkType, int snapBytes, byte[]... options) {
            ByteBuffer all = body(1000);
            all.putShort((short) linkType).putShort((short) 0).putInt(snapBytes);
            for (byte[] option : options) {
                all.put(option);
            }
            all.putInt(0);
            byte[] body = new byte[all.position()];
            all.get(0, body);
            return block(1, body);
        }

        /** One option. */
        public byte[] option(int code, byte... value) {
            return body(4 + (value.length + 3 & -4))
                    .putShort((short) code)
                    .putShort((short) value.length)
                    .put(value)
                    .array();
        }

        public byte[] name(String name) {
            return option(2, name.getBytes(StandardCharsets.UTF_8));
        }

        /** An enhanced packet block, with options of these bytes. */
        public Blocks packet(int from, long ticks, byte[] data, int original, byte[]... options) {
            int optionsAt = 20 + (data.length + 3 & -4);
            int bytes = Stream.of(options).mapToInt(option -> option.length).sum();
            byte[] all = new byte[options.length == 0 ? 20 + data.length : optionsAt + bytes + 4];
            ByteBuffer body = ByteBuffer.wrap(all).order(out.order());
            body.putInt(from).putInt((int) (ticks >>> 32)).putInt((int) ticks);
            body.putInt(data.length).putInt(original).put(data);
            if (options.length > 0) {
                body.position(optionsAt);
                Stream.of(options).forEach(body::put);
            }
            return block(6, all);
        }

        public byte[] comment(String text) {
            return option(1, text.getBytes(StandardCharsets.UTF_8));
        }

        public byte[] flags(int flags) {
            return option(2, body(4).putInt(flags).array());
        }

        /** An obsolete packet block. */
        public Blocks oldPacket(int from, long ticks, byte[] data, int original) {
            return block(
                    2,
                    body(20 + data.length)
                            .putShort((short) from)
                            .putShort((short) 0)
                            .putInt((int) (ticks >>> 32))
                            .putInt((int) ticks)
                            .putInt(data.length)
                            .putInt(original)
                            .put(data)
                            .array());
        }

        /** A simple packet block. */
        public Blocks simplePacket(byte[] data, int original) {
            return block(3, body(4 + data.length).putInt(original).put(data).array());
        }

        public byte[] bytes() {
            return Arrays.copyOf(out.array(), out.position());
        }
    }

    /** The packets of a capture that the emulator has written, in either format, packed or not. */
    public static List<Packet> read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".gz")) {
            bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
        } else if (file.toString().endsWith(".zst")) {
            bytes = new ZstdInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return in.getInt(0) == 0x0a0d0d0a ? readBlocks(in) : readRecords(in);
    }

    private static List<Packet> readRecords(ByteBuffer in) {
        List<Packet> packets = new ArrayList<>();
        if (in.getInt() != 0xa1b23c4d) {
            throw new AssertionError("no capture in nanoseconds");
        }
        in.position(24);
        while (in.hasRemaining()) {
            long nanos = Integer.toUnsignedLong(in.getInt()) * SECOND + in.getInt();
            byte[] data = new byte[in.getInt()];
            int original = in.getInt();
            in.get(data);
            packets.add(new Packet(nanos, data, original, 0));
        }
        return packets;
    }

    /** The comments, and flags in hexadecimal, of each packet of a capture in pcapng that the emulator has written. */
    public static List<String> remarks(Path file) throws IOException {
        List<String> remarks = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int at = in.position();
            int type = in.getInt();
            int end = at + in.getInt() - 4;
            if (type == 6) {
                StringBuilder text = new StringBuilder();
                int option = at + 28 + (in.getInt(at + 20) + 3 & -4);
                while (option < end && in.getShort(option) != 0) {
                    byte[] value = new byte[in.getShort(option + 2)];
                    in.get(option + 4, value);
                    String its = in.getShort(option) == 1
                            ? new String(value, StandardCharsets.UTF_8)
                            : in.getShort(option) == 2 ? Integer.toHexString(in.getInt(option + 4)) : "?";
                    text.append(text.isEmpty() ? "" : "; ").append(its);
                    option += 4 + (value.length + 3 & -4);
                }
                remarks.add(text.toString());
            }
            in.position(end + 4);
        }
        return remarks;
    }

    private static List<Packet> readBlocks(ByteBuffer in) {
        List<Packet> packets = new ArrayList<>();
        while (in.hasRemaining()) {
            int at = in.position();
            int type = in.getInt();
            int length = in.getInt();
            if (type == 6) {
                int from = in.getInt();
                long nanos = Integer.toUnsignedLong(in.getInt()) << 32 | Integer.toUnsignedLong(in.getInt());
                byte[] data = new byte[in.getInt()];
                int original = in.getInt();
                in.get(data);
                packets.add(new Packet(nanos, data, original, from));
            }
            if (in.getInt(at + length - 4) != length) {
                throw new AssertionError("block of two lengths at " + at);
            }
            in.position(at + length);
        }
        return packets;
    }
}
