package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ArrivalClockTest {
    private static final long EPOCH = 1_700_000_000_000_000_000L;

    private final ManualClocks clocks = new ManualClocks();
    private final ArrivalClock clock = new ArrivalClock(clocks);

    @Test
    void mapsTheKernelsTimeToTheMonotonicClock() {
        clocks.monotonicNanos = 50_000_000;
        clock.startBatch(50_000_000);
        assertEquals(49_000_000, clock.arrival(EPOCH + 49_000_000));
        assertEquals(49_500_000, clock.arrival(EPOCH + 49_500_000));
    }

    @Test
    void isNeverLaterThanNowNorEarlierThanTheOneBefore() {
        clocks.monotonicNanos = 50_000_000;
        clock.startBatch(49_900_000);
        assertEquals(49_900_000, clock.arrival(EPOCH + 49_950_000), "stamped after now was read");
        assertEquals(49_900_000, clock.arrival(EPOCH + 49_000_000), "stamped by another CPU");
    }

    @Test
    void followsARealTimeClockThatIsSet() {
        clocks.monotonicNanos = 50_000_000;
        clock.startBatch(50_000_000);
        clocks.epoch += 3600_000_000_000L;
        clocks.monotonicNanos = 60_000_000;
        clock.startBatch(60_000_000);
        assertEquals(60_000_000, clock.arrival(EPOCH + 59_000_000), "stamped before it was set");
        clocks.monotonicNanos = 70_000_000;
        clock.startBatch(70_000_000);
        assertEquals(69_000_000, clock.arrival(clocks.epoch + 69_000_000));
    }

    @Test
    void ignoresAMeasurementThatWasInterrupted() {
        clocks.monotonicNanos = 50_000_000;
        clock.startBatch(50_000_000);
        clocks.monotonicNanos = 60_000_000;
        clocks.interruptionNanos = 4_000_000;
        clock.startBatch(60_000_000);
        assertEquals(59_000_000, clock.arrival(EPOCH + 59_000_000));
    }

    /** The first packets come when the code is cold and measuring takes long: none may seem to have come too early. */
    @Test
    void calibratesWithTheQuickestMeasurement() {
        clocks.monotonicNanos = 50_000_000;
        clocks.interruptionNanos = 8_000_000;
        clocks.quickAfter = 700;
        clock.calibrate();
        long now = clocks.monotonicNanos;
        clocks.quickAfter = Integer.MAX_VALUE;
        clock.startBatch(now);
        long error = clock.arrival(EPOCH + now - 1000) - (now - 1000);
        assertTrue(Math.abs(error) <= 50, error + " ns off");
    }

    @Test
    void nothingArrivesBeforeTheBeginning() {
        clocks.monotonicNanos = 50_000_000;
        clock.notBefore(49_000_000);
        clock.startBatch(50_000_000);
        assertEquals(49_000_000, clock.arrival(EPOCH + 40_000_000));
        assertEquals(49_500_000, clock.arrival(EPOCH + 49_500_000));
    }

    private static final class ManualClocks implements ArrivalClock.Clocks {
        long monotonicNanos;
        long epoch = EPOCH;
        long interruptionNanos;
        int quickAfter = Integer.MAX_VALUE;
        private int readings;

        @Override
        public long realTimeNanos() {
            long now = epoch + monotonicNanos;
            monotonicNanos += ++readings > quickAfter ? 100 : interruptionNanos;
            return now;
        }

        @Override
        public long monotonicNanos() {
            return monotonicNanos;
        }
    }
}
