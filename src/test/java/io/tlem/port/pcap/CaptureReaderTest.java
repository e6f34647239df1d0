package io.tlem.port.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdOutputStream;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Blocks;
import io.tlem.testing.Captures.Packet;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures are read as they were written, whoever wrote them, up to where they are damaged. */
class CaptureReaderTest {
    private static final int FUZZED = Integer.getInteger("tlem.fuzzed.captures", 2000);
    private static final int SECTION = 0x0a0d0d0a;

    @TempDir
    Path folder;

    /** What a reader has made of a capture. */
    private record Read(List<Packet> packets, CaptureReader.Damage damage, long sorted, long clamped) {}

    private Read read(byte[] capture) throws IOException {
        return read(Files.write(folder.resolve("capture"), capture).toString(), 100);
    }

    private static CaptureReader open(String file) {
        return new CaptureReader(file, (from, type, memory, packet, captured, original) -> 0);
    }

    private static Read read(String file, int most) throws IOException {
        try (CaptureReader reader = open(file)) {
            return read(reader, most);
        }
    }

    private static Read read(CaptureReader reader, int most) throws IOException {
        List<Packet> packets = new ArrayList<>();
        while (reader.load(most) != Long.MAX_VALUE) {
            for (long i = reader.first(); i < reader.end(); i++) {
                MemorySegment data = reader.memory().asSlice(reader.data(i), reader.captured(i));
                packets.add(new Packet(
                        reader.nanos(i),
                        data.toArray(ValueLayout.JAVA_BYTE),
                        (int) reader.original(i),
                        reader.interfaceOf(i)));
            }
        }
        return new Read(packets, reader.damage().orElse(null), reader.sorted(), reader.clamped());
    }

    private static List<Packet> inMicroseconds(List<Packet> packets) {
        return packets.stream().map(p -> p.at(p.nanos() / 1000 * 1000)).toList();
    }

    @Test
    void theClassicFormatIsReadInEitherByteOrderAndResolution() throws IOException {
        List<Packet> packets = Captures.random(3000, 1);
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            assertEquals(packets, read(Captures.pcap(order, true, 1, packets)).packets());
            assertEquals(
                    inMicroseconds(packets),
                    read(Captures.pcap(order, false, 1, packets)).packets());
        }
    }

    @Test
    void sectionsInterfacesAndKindsOfBlocksAreRead() throws IOException {
        byte[] a = {1, 2, 3};
        byte[] b = new byte[70];
        Arrays.fill(b, (byte) 9);
        Blocks blocks = new Blocks(10_000, ByteOrder.BIG_ENDIAN).section(ByteOrder.BIG_ENDIAN);
        blocks.on(1, 0, blocks.name("eth0"), blocks.option(9, (byte) 9));
        blocks.on(113, 64, blocks.option(14, new byte[] {0, 0, 0, 0, 0, 0, 0, 5}));
        blocks.block(5, new byte[24]).packet(0, 7_000_000_001L, a, 3).packet(1, 3_000_000, b, 90);
        blocks.block(0x0bad, new byte[400])
                .oldPacket(0, 9_000_000_000L, a, 1000)
                .simplePacket(a, 3);
        blocks.section(ByteOrder.LITTLE_ENDIAN).on(1, 2, blocks.option(9, (byte) 0x81));
        blocks.packet(0, 21, a, 3).simplePacket(a, 3);
        assertEquals(
                List.of(
                        new Packet(7_000_000_001L, a, 3, 0),
                        new Packet(8_000_000_000L, b, 90, 1),
                        new Packet(9_000_000_000L, a, 1000, 0),
                        new Packet(9_000_000_000L, a, 3, 0),
                        new Packet(10_500_000_000L, a, 3, 2),
                        new Packet(10_500_000_000L, new byte[] {1, 2}, 3, 2)),
                read(blocks.bytes()).packets());
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] zstd(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new ZstdOutputStream(packed).setChecksum(true)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    @Test
    void packedCapturesAreRead() throws IOException {
        List<Packet> packets = Captures.random(20_000, 2);
        byte[] capture = Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 1, packets);
        for (byte[] packed : List.of(gzip(capture), zstd(capture))) {
            assertEquals(packets, read(packed).packets());
            Read cut = read(Arrays.copyOf(packed, packed.length / 2));
            assertTrue(cut.packets().size() > 5000, "only " + cut.packets().size());
            assertEquals(packets.subList(0, cut.packets().size()), cut.packets());
            assertTrue(cut.damage().reason().contains("unpacked"), cut.damage().reason());
        }
    }

    /** The memory is a window of four megabytes, and blocks that nobody needs may be longer than that. */
    @Test
    void whatIsLongerThanTheMemoryIsRead() throws IOException {
        byte[] longest = new byte[LinkType.MAX_PACKET_BYTES];
        Arrays.fill(longest, (byte) 3);
        Blocks blocks = new Blocks(32 << 20, ByteOrder.LITTLE_ENDIAN)
                .section(ByteOrder.LITTLE_ENDIAN)
                .on(1, 0);
        List<Packet> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            blocks.packet(0, i, longest, longest.length);
            expected.add(new Packet(i * 1000L, longest));
        }
        blocks.block(0x77, new byte[10 << 20]).packet(0, 50, new byte[] {5}, 1);
        expected.add(new Packet(50_000, new byte[] {5}));
        assertEquals(expected, read(blocks.bytes()).packets());
    }

    @Test
    void aDamagedCaptureIsReadUpToTheDamage() throws IOException {
        List<Packet> packets = Captures.random(500, 3);
        byte[] whole = Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 1, packets);
        int start = 24;
        for (int i = 0; i < packets.size(); i++) {
            int end = start + 16 + packets.get(i).data().length;
            if (i % 50 == 9) {
                Read cut = read(Arrays.copyOf(whole, end - 1));
                assertEquals(packets.subList(0, i), cut.packets());
                assertEquals(start, cut.damage().offset());
                byte[] wrong = whole.clone();
                wrong[start + 11] = 1; // a packet of 16 million bytes
                Read stopped = read(wrong);
                assertEquals(packets.subList(0, i), stopped.packets());
                assertEquals(start, stopped.damage().offset());
            }
            start = end;
        }
        Blocks blocks = new Blocks(1000, ByteOrder.LITTLE_ENDIAN)
                .section(ByteOrder.LITTLE_ENDIAN)
                .on(1, 0);
        int good = blocks.packet(0, 1, new byte[] {1}, 1).bytes().length;
        for (byte[] bad : List.of(
                blocks.packet(1, 1, new byte[] {1}, 1).bytes(), // of an interface that is not there
                new Blocks(100, ByteOrder.LITTLE_ENDIAN).block(6, new byte[8]).bytes(), // too short
                new Blocks(100, ByteOrder.LITTLE_ENDIAN)
                        .block(SECTION, new byte[16])
                        .bytes())) { // no byte order
            byte[] all = Arrays.copyOf(blocks.bytes(), good + bad.length);
            System.arraycopy(
                    bad, bad.length > good ? good : 0, all, good, bad.length > good ? bad.length - good : bad.length);
            Read read = read(all);
            assertEquals(1, read.packets().size());
            assertEquals(good, read.damage().offset(), read.damage().reason());
        }
    }

    /** An interface of which some options are lost would have its packets at times in another unit. */
    @Test
    void optionsThatDoNotFitTheirBlockAreDamage() throws IOException {
        Blocks blocks = new Blocks(2000, ByteOrder.LITTLE_ENDIAN).section(ByteOrder.LITTLE_ENDIAN);
        byte[] tooLong = blocks.option(4711, new byte[4]);
        tooLong[3] = 1; // 260 bytes
        blocks.on(1, 0).packet(0, 1, new byte[] {1}, 1);
        int good = blocks.bytes().length;
        for (byte[] option : List.of(tooLong, blocks.option(9, new byte[2]), blocks.option(14, new byte[4]))) {
            Blocks other = new Blocks(2000, ByteOrder.LITTLE_ENDIAN)
                    .section(ByteOrder.LITTLE_ENDIAN)
                    .on(1, 0)
                    .packet(0, 1, new byte[] {1}, 1)
                    .on(1, 0, option, blocks.option(9, (byte) 9))
                    .packet(1, 1, new byte[] {1}, 1);
            Read read = read(other.bytes());
            assertEquals(1, read.packets().size());
            assertEquals(good, read.damage().offset(), read.damage().reason());
        }
        Read read = read(blocks.packet(0, 2, new byte[] {2}, 1, tooLong).bytes());
        assertEquals(1, read.packets().size());
        assertEquals(good, read.damage().offset(), read.damage().reason());
    }

    @Test
    void timesThatGoBackwardsAreSortedAsFarAsPacketsAreLookedAhead() throws IOException {
        List<Packet> packets = Captures.random(5000, 4);
        List<Packet> mixed = new ArrayList<>(packets);
        for (int i = 0; i + 200 < mixed.size(); i += 200) {
            Collections.swap(mixed, i, i + 199);
        }
        Read read = read(Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 1, mixed));
        assertEquals(
                mixed.stream().sorted(Comparator.comparingLong(Packet::nanos)).toList(), read.packets());
        assertEquals(0, read.clamped());
        assertTrue(read.sorted() > 2000, read.sorted() + " sorted");

        List<Packet> late = new ArrayList<>(packets);
        late.add(3000, late.remove(100));
        read = read(Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 1, late));
        assertEquals(1, read.clamped());
        assertEquals(packets.size(), read.packets().size());
        int found = 3000 - 2 * CaptureReader.WINDOW;
        while (!Arrays.equals(read.packets().get(found).data(), packets.get(100).data())) {
            found++;
        }
        assertEquals(
                read.packets().get(found - 1).nanos(), read.packets().get(found).nanos());
    }

    /** Each kind of resolution against the definition. */
    @Test
    void timesAreWhatTheResolutionSays() {
        SplittableRandom random = new SplittableRandom(5);
        for (int resolution = 0; resolution < 256; resolution++) {
            for (int i = 0; i < 50; i++) {
                long ticks = random.nextLong() >>> random.nextInt(64);
                long offset = i % 3 == 0 ? random.nextLong() >> random.nextInt(64) : 0;
                BigInteger parts = BigInteger.valueOf(resolution < 128 ? 10 : 2).pow(resolution & 127);
                BigInteger nanos = new BigInteger(Long.toUnsignedString(ticks))
                        .multiply(BigInteger.TEN.pow(9))
                        .divide(parts)
                        .add(BigInteger.valueOf(offset).multiply(BigInteger.TEN.pow(9)));
                BigInteger expected = nanos.max(BigInteger.ZERO).min(BigInteger.valueOf(Ticks.LATEST_NANOS));
                assertEquals(
                        expected.longValue(), new Ticks(resolution, offset).nanos(ticks), resolution + " " + ticks);
            }
        }
    }

    @Test
    void whatIsNoCaptureIsRefused() throws IOException {
        assertRefused("is empty", new byte[0]);
        assertRefused("no capture", "PCAP, but not really".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertRefused("no capture", new byte[] {(byte) 0xd4, (byte) 0xc3, (byte) 0xb2, (byte) 0xa1, 2, 0});
        assertRefused("no capture", gzip(new byte[100]));
        assertRefused("no capture", zstd(new byte[100]));
        assertRefused(
                "is empty; it cannot be unpacked any further",
                new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0, 0, 0});
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> read(Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 147, Captures.random(1, 1))));
        assertTrue(refused.getMessage().contains("link type 147; possible are 1 (Ethernet)"), refused.getMessage());
    }

    private void assertRefused(String reason, byte[] bytes) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> read(bytes));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    /** Bits that are inverted, bytes cut off or put in: what is read before is right, and nothing hangs or breaks. */
    @Test
    @Timeout(600)
    void hostileCapturesAreReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        List<Packet> few = Captures.random(20, 7).stream()
                .filter(packet -> packet.data().length < 300)
                .toList();
        Blocks blocks = new Blocks(20_000, ByteOrder.LITTLE_ENDIAN).section(ByteOrder.LITTLE_ENDIAN);
        blocks.on(1, 0, blocks.name("a"), blocks.option(9, (byte) 9)).on(276, 96);
        few.forEach(packet -> blocks.packet(0, packet.nanos(), packet.data(), packet.data().length));
        blocks.oldPacket(1, 5, new byte[30], 900)
                .simplePacket(new byte[12], 12)
                .section(ByteOrder.BIG_ENDIAN)
                .on(101, 0);
        List<byte[]> seeds = List.of(
                Captures.pcap(ByteOrder.BIG_ENDIAN, false, 1, few),
                blocks.bytes(),
                gzip(Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 113, few)),
                zstd(Captures.pcap(ByteOrder.LITTLE_ENDIAN, false, 276, few)));
        Path file = Files.write(folder.resolve("fuzzed"), seeds.get(0));
        CaptureReader reader = open(file.toString());
        int refused = 0;
        int damaged = 0;
        for (int i = 0; i < FUZZED; i++) {
            byte[] capture = seeds.get(i % seeds.size()).clone();
            for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
                capture[random.nextInt(capture.length)] ^= (byte) (1 << random.nextInt(8));
                int at = random.nextInt(capture.length);
                capture[at] = random.nextInt(3) == 0 ? (byte) random.nextInt(256) : capture[at];
            }
            byte[] cut = random.nextInt(4) == 0 ? Arrays.copyOf(capture, random.nextInt(capture.length)) : capture;
            Files.write(file, cut);
            try {
                reader.rewind();
                Read read = read(reader, 8);
                damaged += read.damage() == null ? 0 : 1;
                long last = 0;
                for (Packet packet : read.packets()) {
                    assertTrue(packet.nanos() >= last && packet.data().length <= LinkType.MAX_PACKET_BYTES);
                    last = packet.nanos();
                }
            } catch (IllegalArgumentException | ZipException | EOFException | ZstdIOException e) { // as rewind says it
                refused++;
                assertTrue(e.getMessage() == null || e.getMessage().lines().count() == 1, e.getMessage());
            }
        }
        reader.close();
        assertTrue(damaged > FUZZED / 10 && refused > FUZZED / 100, damaged + " damaged, " + refused + " refused");
    }

    /** Frames tell of packets of other link types all that they need to become these again. */
    @Test
    void packetsBecomeWhatTheyWere() {
        SplittableRandom random = new SplittableRandom(8);
        MemorySegment memory = java.lang.foreign.Arena.ofAuto().allocate(10_000, 64);
        for (LinkType type : LinkType.values()) {
            for (int length = 0; length < 100; length++) {
                byte[] packet = new byte[length];
                random.nextBytes(packet);
                MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
                int frameBytes = type.frameBytes(length);
                long frame = type.frameWithin(0, length);
                if (frame < 0) {
                    frame = 2000;
                    type.toFrame(memory, 0, length, memory, frame, frameBytes);
                }
                MemorySegment.copy(memory, frame, memory, 4000, frameBytes);
                type.fromFrame(memory, 4000, type.aside(memory, 0, length), length, memory, 6000);
                assertArrayEquals(
                        packet, memory.asSlice(6000, length).toArray(ValueLayout.JAVA_BYTE), type + " " + length);
                if (length >= 20) {
                    assertEquals(length, type.packetBytes(frameBytes), type.label());
                }
            }
        }
    }

    @Test
    void labelsStayUntilTheirPacketsAreGone() {
        SplittableRandom random = new SplittableRandom(9);
        Labels labels = new Labels();
        Map<Long, Integer> leaving = new HashMap<>();
        for (long number = 0; number < 200_000; number++) {
            if (random.nextInt(3) > 0) {
                labels.put(number, (int) number, number * 2, (int) number & 0xffff, number * 3, number * 4, null);
                leaving.put(number, 1);
            }
            long other = number - random.nextInt(5000);
            if (random.nextInt(10) == 0 && leaving.containsKey(other)) {
                labels.again(other);
                leaving.merge(other, 1, Integer::sum);
            }
            for (int i = 0; i < 2; i++) {
                long gone = number - random.nextInt(5000);
                labels.gone(gone);
                leaving.computeIfPresent(gone, (key, times) -> times == 1 ? null : times - 1);
            }
            if (number % 1000 == 0) {
                assertEquals(leaving.size(), labels.count());
                leaving.keySet().forEach(key -> {
                    int label = labels.find(key);
                    assertEquals(key.intValue(), labels.captured(label));
                    assertEquals(key * 2, labels.original(label));
                    assertEquals(key.intValue() & 0xffff, labels.from(label));
                    assertEquals(key * 3, labels.aside(label));
                    assertEquals(key * 4, labels.order(label));
                });
            }
        }
        assertEquals(-1, labels.find(1_000_000));
    }
}
