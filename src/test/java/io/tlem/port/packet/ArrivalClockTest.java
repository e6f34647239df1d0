package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArrivalClockTest {
    private static final long EPOCH = 1_700_000_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private long monotonicNanos = 50_000_000;
    private long epoch = EPOCH;
    private long interruptionNanos;
    private long beforeNanos; // part of it before the real-time clock is read
    private int quickAfter = Integer.MAX_VALUE;
    private int readings;
    private final ArrivalClock clock = new ArrivalClock(this::realTimeNanos);

    private long realTimeNanos() {
        monotonicNanos += beforeNanos;
        long now = epoch + monotonicNanos;
        monotonicNanos += (++readings > quickAfter ? 100 : interruptionNanos) - beforeNanos;
        return now;
    }

    /** Arrival time of a batch of one packet, of this time on the real-time clock. */
    private long arrival(long realTime) {
        long[] times = {0, realTime, 0};
        clock.convert(times, 1, 2, () -> monotonicNanos);
        assertEquals(times[1], clock.horizonNanos());
        return times[1];
    }

    @Test
    void mapsTheKernelsTimeToTheMonotonicClock() {
        assertEquals(49_000_000, arrival(EPOCH + 49_000_000));
        assertEquals(49_500_000, arrival(EPOCH + 49_500_000));
    }

    @Test
    void isNeverLaterThanNowNorEarlierThanTheOneBefore() {
        assertEquals(50_000_000, arrival(EPOCH + 50_050_000), "later than now");
        monotonicNanos += 1_000_000;
        assertEquals(50_000_000, arrival(EPOCH + 49_000_000), "stamped by another CPU");
        assertEquals(51_000_000, arrival(EPOCH + 51_000_000 - SECOND - 1), "too long ago to be its time");
        assertEquals(51_000_000, arrival(0), "no time");
    }

    @Test
    void followsARealTimeClockThatIsSet() {
        arrival(EPOCH);
        epoch += 3600 * SECOND;
        monotonicNanos = 60_000_000;
        assertEquals(60_000_000, arrival(EPOCH + 59_000_000), "stamped before it was set");
        clock.seenEmpty(60_500_000);
        monotonicNanos = 70_000_000;
        assertEquals(69_000_000, arrival(epoch + 69_000_000));
    }

    /** Set by less than a second the stamps look like good ones; those of before stay in the ring for several batches. */
    @Test
    void stampsOfBeforeAndAfterASettingAreNotMixed() {
        arrival(EPOCH);
        for (long step : new long[] {300_000_000, -300_000_000, 5_000, -5_000}) {
            long old = epoch;
            epoch += step;
            monotonicNanos += 10_000_000;
            long now = monotonicNanos;
            assertEquals(now, arrival(old + now - 1_000_000), "stamped before the step of " + step);
            monotonicNanos += 1_000;
            assertEquals(now + 1_000, arrival(old + now - 900_000), "still of before");
            clock.seenEmpty(now + 2_000);
            monotonicNanos += 1_000_000;
            assertEquals(now + 500_000, arrival(epoch + now + 500_000));
        }
    }

    /** However long comparing takes, and whatever it finds: not one nanosecond early, and late by what is not known only. */
    @Test
    void isNeverBeforeTheTrueArrival() {
        SplittableRandom random = new SplittableRandom(4);
        long narrowest = Long.MAX_VALUE;
        for (int i = 0; i < 10_000; i++) {
            interruptionNanos = random.nextInt(10) == 0 ? random.nextLong(4_000_000) : 30 + random.nextLong(60);
            beforeNanos = random.nextLong(interruptionNanos + 1);
            narrowest = Math.min(narrowest, interruptionNanos);
            monotonicNanos += random.nextLong(1_000_000);
            long arrived = monotonicNanos;
            monotonicNanos += random.nextLong(100_000);
            long last = clock.horizonNanos();
            long arrival = arrival(epoch + arrived);
            assertTrue(arrival >= arrived, (arrived - arrival) + " ns early");
            assertTrue(arrival <= Math.max(last, arrived + narrowest), (arrival - arrived) + " ns late, " + narrowest);
            clock.seenEmpty(monotonicNanos);
        }
    }

    /** The first packets come when the code is cold and comparing takes long. */
    @Test
    void calibratesWithTheQuickestComparison() {
        interruptionNanos = 8_000_000;
        quickAfter = 700;
        clock.calibrate(() -> monotonicNanos);
        long now = monotonicNanos;
        quickAfter = Integer.MAX_VALUE;
        long error = arrival(EPOCH + now - 1000) - (now - 1000);
        assertTrue(error >= 0 && error <= 100, error + " ns off");
    }

    @Test
    void nothingArrivesBeforeTheBeginning() {
        clock.notBefore(49_000_000);
        assertEquals(49_000_000, arrival(EPOCH + 40_000_000));
        assertEquals(49_500_000, arrival(EPOCH + 49_500_000));
    }
}
