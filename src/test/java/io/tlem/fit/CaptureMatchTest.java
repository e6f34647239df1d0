package io.tlem.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packets of one capture are found in another, whatever a network does to them. */
class CaptureMatchTest {
    private static final long START = 1_700_000_000_000_000_000L;
    private static final int TCP = 6;
    private static final int UDP = 17;

    @TempDir
    Path folder;

    /** A packet in Ethernet and IPv4 that carries a number, at a time in microseconds. */
    private static Packet packet(long micros, int protocol, int number, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        bytes.putShort(12, (short) 0x0800).put(14, (byte) 0x45).putShort(16, (short) (length - 14));
        bytes.putShort(18, (short) number).put(22, (byte) 64).put(23, (byte) protocol);
        bytes.putInt(26, 0x0a000001)
                .putInt(30, 0x0a000002)
                .putShort(34, (short) 4000)
                .putShort(36, (short) 5000);
        bytes.putInt(protocol == TCP ? 38 : 42, number);
        return new Packet(START + micros * 1000, bytes.array());
    }

    /** What a router and an address translation make of it. */
    private static Packet routed(Packet packet, long laterMicros, boolean translated) {
        ByteBuffer bytes = ByteBuffer.wrap(packet.data().clone());
        bytes.putLong(0, 0x0102030405060708L)
                .put(15, (byte) 3)
                .put(22, (byte) 61)
                .putShort(24, (short) 0x7777);
        if (translated) {
            bytes.putInt(26, 0xc0000201).putShort(34, (short) 61000);
            bytes.putShort(bytes.get(23) == TCP ? 50 : 40, (short) 0x1234);
        }
        return new Packet(packet.nanos() + laterMicros * 1000, bytes.array());
    }

    private Path write(String name, List<Packet> packets) throws IOException {
        return Captures.write(folder.resolve(name), packets);
    }

    private CaptureMatch.Result match(List<Packet> before, List<Packet> after, int most) throws IOException {
        return CaptureMatch.of(
                write("before.pcap", before).toString(),
                write("after.pcap", after).toString(),
                most,
                (from, type, memory, packet, captured, original) -> 0);
    }

    private static long[] times(Passage passage) {
        return Arrays.stream(FitCheck.delays(passage))
                .map(nanos -> nanos / 1000)
                .toArray();
    }

    @Test
    void routersAndTranslationsChangeNothingThatCounts() throws IOException {
        for (boolean translated : new boolean[] {false, true}) {
            List<Packet> before = new ArrayList<>();
            List<Packet> after = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Packet packet = packet(i * 100L, i % 2 == 0 ? UDP : TCP, i, 60 + i);
                before.add(packet);
                if (i % 10 != 5) { // those are lost
                    after.add(routed(packet, 20 + i, translated));
                }
            }
            CaptureMatch.Result result = match(before, after, 1000);
            assertEquals(100, result.passage().count());
            assertEquals(90, result.passage().received());
            for (int i = 0; i < 100; i++) {
                assertEquals(i % 10 == 5, result.passage().isLost(i));
                assertEquals(60 + i, result.passage().bytes()[i]);
            }
            assertEquals(20, times(result.passage())[0]);
            assertEquals(1000, result.passage().tickNanos());
            assertEquals(translated, result.remarks().toString().contains("of 90 packets were changed"));
        }
    }

    @Test
    void theSamePacketAgainIsACopyOrTheNextOfItsKind() throws IOException {
        List<Packet> before =
                List.of(packet(0, UDP, 1, 60), packet(10, UDP, 1, 60), packet(20, UDP, 1, 60), packet(30, UDP, 2, 60));
        List<Packet> after = List.of(
                before.get(0).at(START + 100_000),
                before.get(0).at(START + 112_000),
                before.get(0).at(START + 124_000),
                before.get(3).at(START + 130_000),
                before.get(3).at(START + 135_000));
        CaptureMatch.Result result = match(before, after, 1000);
        assertArrayEquals(new long[] {100, 102, 104, 100}, times(result.passage()));
        assertEquals(START + 135_000, result.passage().again()[3]);
        assertEquals(Passage.LOST, result.passage().again()[0]);
        assertTrue(
                result.remarks().toString().contains("2 packets were the same as others"), result.remarks()::toString);
    }

    @Test
    void capturesMayBeginAndEndApart() throws IOException {
        List<Packet> before = new ArrayList<>();
        List<Packet> after = new ArrayList<>();
        after.add(packet(-50, UDP, 70_000, 90)); // of before the first capture began
        for (int i = 0; i < 50; i++) {
            before.add(packet(i * 10L, UDP, i, 60));
            if (i >= 10 && i < 40 && i != 20) {
                after.add(before.get(i).at(before.get(i).nanos() + 5_000));
            }
        }
        CaptureMatch.Result result = match(before, after, 1000);
        assertEquals(30, result.passage().count());
        assertEquals(29, result.passage().received());
        String remarks = result.remarks().toString();
        assertTrue(remarks.contains("10 packets before") && remarks.contains("10 behind"), remarks);
        assertTrue(remarks.contains("1 packets are in"), remarks);
        CaptureMatch.Result some = match(before, after, 25);
        assertEquals(15, some.passage().count());
        assertTrue(some.remarks().toString().contains("1 packets are in"), some.remarks()::toString);
    }

    /** What is remembered of the first capture is passed many times. */
    @Test
    void memoryDoesNotGrowWithTheCaptures() throws IOException {
        int packets = 3 * CaptureMatch.WINDOW / 2;
        int bytes = 46;
        ByteBuffer in = ByteBuffer.allocate(24 + packets * (16 + bytes)).order(ByteOrder.LITTLE_ENDIAN);
        in.put(Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, Captures.ETHERNET, List.of()));
        ByteBuffer out = ByteBuffer.allocate(in.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        out.put(in.array(), 0, in.position());
        long lost = 0;
        for (int i = 0; i < packets; i++) {
            Packet packet = packet(0, UDP, i, bytes);
            boolean isLost = i % 1000 == 999;
            lost += isLost ? 1 : 0;
            for (int end = 0; end < (isLost ? 1 : 2); end++) {
                ByteBuffer file = end == 0 ? in : out;
                int micros = i + 7 * end;
                file.putInt(1_700_000_000 + micros / 1_000_000).putInt(micros % 1_000_000 * 1000);
                file.putInt(bytes).putInt(bytes).put(packet.data());
            }
        }
        Path before = Files.write(folder.resolve("b.pcap"), Arrays.copyOf(in.array(), in.position()));
        Path after = Files.write(folder.resolve("a.pcap"), Arrays.copyOf(out.array(), out.position()));
        Passage passage = CaptureMatch.of(
                        before.toString(), after.toString(), CaptureFit.MOST_PACKETS, (f, t, m, p, c, o) -> 0)
                .passage();
        assertEquals(packets, passage.count());
        assertEquals(packets - lost, passage.received());
        assertTrue(Arrays.stream(times(passage)).allMatch(micros -> micros == 7));
    }

    @Test
    void whatHasNothingInCommonIsRefusedInOneLine() throws IOException {
        List<Packet> one = List.of(packet(0, UDP, 1, 60), packet(5, UDP, 2, 60));
        List<List<Packet>> others = List.of(List.of(), List.of(packet(0, UDP, 3, 60)), List.of(one.get(1)));
        for (List<Packet> other : others) {
            String message = assertThrows(IllegalArgumentException.class, () -> match(one, other, 100))
                    .getMessage();
            assertEquals(1, message.lines().count(), message);
            assertTrue(message.contains("in common"), message);
        }
        assertThrows(IllegalArgumentException.class, () -> match(List.of(), one, 100));
    }
}
