package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

    private static final class ManualClocks implements ArrivalClock.Clocks {
        long monotonicNanos;
        long epoch = EPOCH;
        long interruptionNanos;

        @Override
        public long realTimeNanos() {
            long now = epoch + monotonicNanos;
            monotonicNanos += interruptionNanos;
            return now;
        }

        @Override
        public long monotonicNanos() {
            return monotonicNanos;
        }
    }
}
