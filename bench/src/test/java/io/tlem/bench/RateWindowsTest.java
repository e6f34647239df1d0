package io.tlem.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateWindowsTest {
    private static final long WINDOW_NANOS = 10_000_000;
    private static final RateWindows.Packets PACKETS = new RateWindows.Packets(66, 1448);

    @TempDir
    private Path folder;

    /** Packets of one length every so many ns; the one of this number is that much later. */
    private Path capture(int count, int length, long gapNanos, int late, long lateNanos) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(24 + count * 16).order(ByteOrder.nativeOrder());
        file.putInt(0xa1b23c4d).position(24);
        for (int i = 0; i < count; i++) {
            long nanos = 7_000_000_123L + i * gapNanos + (i == late ? lateNanos : 0);
            file.putInt((int) (nanos / 1_000_000_000)).putInt((int) (nanos % 1_000_000_000));
            file.putInt(0).putInt(length);
        }
        return Files.write(folder.resolve("flow.pcap"), file.array());
    }

    @Test
    void anEvenFlowIsAtItsRateInEveryWindow() throws IOException {
        // 1000 bytes every 80 us: 100 Mbit/s, 125 packets a window
        RateWindows rate = RateWindows.of(capture(10_001, 1000, 80_000, -1, 0), PACKETS, 100e6, WINDOW_NANOS, 0, 0.05);
        assertEquals(80, rate.windows());
        assertEquals(100e6, rate.mean(), 1);
        assertEquals(0, rate.worst(), 1e-12);
        assertEquals(0, rate.beyond(), 1e-12);
    }

    @Test
    void aWindowThatLacksPacketsIsFound() throws IOException {
        // 10,000 bytes every 800 us, of which 12 or 13 come in a window: one of them moves to the next window but one
        RateWindows rate = RateWindows.of(
                capture(1001, 1000, 800_000, 500, 2 * WINDOW_NANOS), PACKETS, 10e6, WINDOW_NANOS, 0, 0.05);
        assertEquals(80, rate.windows());
        assertEquals(10e6, rate.mean(), 1e6 / 80);
        assertEquals(0.12, rate.worst(), 1e-9); // 14 packets instead of 12.5
    }

    @Test
    void aSuperPacketCountsAsItsPackets() {
        assertEquals(66 + 1448, PACKETS.bytes(66 + 1448));
        assertEquals(60, PACKETS.bytes(60));
        assertEquals(3 * 66 + 2 * 1448 + 1, PACKETS.bytes(66 + 2 * 1448 + 1));
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("other"), new byte[100]);
        assertThrows(IOException.class, () -> RateWindows.of(file, PACKETS, 1e6, WINDOW_NANOS, 0, 0.05));
        assertThrows(
                IOException.class,
                () -> RateWindows.of(capture(2, 1000, 80_000, -1, 0), PACKETS, 1e6, WINDOW_NANOS, 0, 0.05));
    }
}
