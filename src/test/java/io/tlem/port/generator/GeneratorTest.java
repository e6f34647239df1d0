package io.tlem.port.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketBatch;
import io.tlem.port.PortAddress;
import io.tlem.stats.Measured;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
    private static GeneratorPort open(String text) {
        return (GeneratorPort) new GeneratorProvider().open(PortAddress.parse(text));
    }

    @Test
    void packetsArriveExactlyAtTheirRateHoweverLateTheyAreAskedFor() {
        try (GeneratorPort port = open("generator:size=60,pps=3M")) {
            PacketBatch batch = new PacketBatch(64);
            long start = 5_000;
            assertEquals(1, port.receive(batch, () -> start));
            assertEquals(start, batch.arrivalNanos[0]);
            port.release();
            long number = 1;
            for (long now = start; number < 3_000; now += 7_001) {
                int count = receive(port, batch, now);
                for (int i = 0; i < count; i++) {
                    assertEquals(start + number * 1_000 / 3, batch.arrivalNanos[i]);
                    assertTrue(batch.arrivalNanos[i] <= now);
                    number++;
                }
            }
        }
    }

    @Test
    void bitRateCountsTheFrames() {
        try (GeneratorPort port = open("generator:size=imix,rate=100M")) {
            PacketBatch batch = new PacketBatch(512);
            long bits = 0;
            long end = 100_000_000;
            TreeSet<Integer> sizes = new TreeSet<>();
            for (long now = 0; now <= end; now += 50_000) {
                int count = receive(port, batch, now);
                for (int i = 0; i < count; i++) {
                    bits += 8L * batch.length[i];
                    sizes.add(batch.length[i]);
                }
            }
            assertEquals(10_000_000.0, (double) bits, 2 * 8 * 1514);
            assertEquals("[60, 590, 1514]", sizes.toString());
        }
    }

    @Test
    void framesAreValidAndNumbered() {
        try (GeneratorPort port = open("generator:size=60-1514,rate=max,count=5000")) {
            PacketBatch batch = new PacketBatch(100);
            MemorySegment memory = port.memory();
            int expected = 0;
            while (!port.exhausted()) {
                int count = receive(port, batch, 1_000 + expected);
                for (int i = 0; i < count; i++) {
                    long at = batch.offset[i];
                    int length = batch.length[i];
                    assertTrue(length >= 60 && length <= 1514);
                    assertTrue(at + Math.max(64, length) <= memory.byteSize());
                    assertTrue(TestFrame.isTestFrame(memory, at, length));
                    assertEquals(expected++, TestFrame.sequence(memory, at));
                    assertEquals(length - 14, bigEndian(memory, at + 16), "IPv4 total length");
                    assertEquals(0xffff, headerSum(memory, at + 14), "IPv4 header checksum");
                    assertEquals(length - 34, bigEndian(memory, at + 38), "UDP length");
                }
                port.release();
            }
            assertEquals(5_000, expected);
            assertEquals(0, port.receive(batch, () -> 1_000_000));
        }
    }

    private static int receive(GeneratorPort port, PacketBatch batch, long now) {
        return port.receive(batch, () -> now);
    }

    private static int bigEndian(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at) & 0xffff;
    }

    private static int headerSum(MemorySegment memory, long ip) {
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += bigEndian(memory, ip + i);
        }
        return (sum & 0xffff) + (sum >>> 16);
    }

    @Test
    void arrivalsSeeLossAndOrder() {
        try (GeneratorPort port = open("generator:size=100,rate=max,count=10")) {
            PacketBatch batch = new PacketBatch(10);
            port.receive(batch, () -> 1_000);
            Arrivals arrivals = new Arrivals();
            for (int i : new int[] {0, 1, 4, 3, 7}) {
                arrivals.add(port.memory(), batch.offset[i], 100, 1_500 + i * 100);
            }
            Measured measured = arrivals.measured();
            assertEquals(5, measured.packets());
            assertEquals(3, measured.missing());
            assertEquals(1, measured.outOfOrder());
            assertEquals(0, measured.duplicates());
            assertEquals(500, measured.delay().getMinValue());
            assertEquals(400 * 8 * 1e9 / 700, measured.bitsPerSecond(), 1);
            arrivals.add(MemorySegment.ofArray(new byte[100]), 0, 100, 5_000);
            assertEquals(1, arrivals.measured().foreignPackets());
        }
    }

    @Test
    void aPacketThatComesAgainIsADuplicateAndNeitherMissingNorOutOfOrder() {
        Arrivals arrivals = new Arrivals();
        MemorySegment frame = MemorySegment.ofArray(new byte[100]);
        TestFrame.writeTemplate(frame, 0, 100);
        int last = 200_000; // several times the window
        for (int i = 0; i < last; i++) {
            TestFrame.stamp(frame, 0, i, 0);
            arrivals.add(frame, 0, 100, i);
            if (i % 10 == 9) {
                TestFrame.stamp(frame, 0, i - 5, 0);
                arrivals.add(frame, 0, 100, i);
            }
        }
        Measured measured = arrivals.measured();
        assertEquals(last, measured.packets());
        assertEquals(last / 10, measured.duplicates());
        assertEquals(0, measured.outOfOrder());
        assertEquals(0, measured.missing());
        assertEquals(last, measured.delay().getTotalCount());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generator:size=59", "generator:size=9217", "generator:size=100-60", "generator:size=x",
                        "generator:pps=0",
                "generator:pps=-1", "generator:pps=1,rate=1", "generator:rate=fast", "generator:count=0",
                        "generator:foo=1",
                "generator:eth0", "generator:size=60-70-80"
            })
    void badOptionsAreRefused(String text) {
        GeneratorProvider provider = new GeneratorProvider();
        assertThrows(IllegalArgumentException.class, () -> provider.check(PortAddress.parse(text)));
        assertFalse(provider.usage().isEmpty());
    }
}
