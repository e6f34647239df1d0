package io.tlem.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.Drops;
import io.tlem.stats.LinkTimes;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import io.tlem.thread.HiccupMeter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Packets that leave late are told of, with the times and what the machine did then. */
class LatenessTest {
    private static final long MS = 1_000_000;

    private static DirectionSample sample(long delayNanos, long lateNanos, int packets) {
        TimeHistogram late = new TimeHistogram();
        late.recordValueWithCount(lateNanos, packets);
        DirectionSnapshot nothing = new DirectionSnapshot(
                "a->b", Map.of(Counter.RECEIVED_PACKETS, 0L), Map.of(DropReason.LOSS, Drops.NONE), 0, Map.of());
        return new DirectionSample(
                nothing,
                nothing,
                TimeDistribution.of(late),
                TimeDistribution.of(late),
                new LinkTimes(packets, 0, 0, (double) delayNanos * packets, 0, 0, delayNanos),
                0,
                List.of());
    }

    @Test
    void aLargePartOfTheDelayMakesARunWorthless() {
        String line = Lateness.verdict(sample(10 * MS, 3 * MS, 1000)).orElseThrow();
        assertTrue(line.startsWith("a->b: lateness makes this run worthless: "), line);
        assertTrue(line.contains("3.00 ms") && line.contains("10.0 ms"), line);
        assertFalse(Lateness.verdict(sample(10 * MS, 2 * MS, 1000)).isPresent());
        assertFalse(Lateness.verdict(sample(10 * MS, 3 * MS, 50)).isPresent(), "of too few packets");
        assertFalse(Lateness.verdict(sample(0, 3 * MS, 1000)).isPresent(), "without a delay");
    }

    /** A packet each ms for a second; those between 300 and 340 ms leave at 342 ms, and one at 700 ms leaves 9 ms late. */
    @Test
    void timesInWhichPacketsLeftLateAreFoundAndExplained() {
        long start = 5_000 * MS;
        Departures departures = new Departures();
        for (int i = 0; i < 1000; i++) {
            long due = start + i * MS;
            long sent = i >= 300 && i < 340 ? start + 342 * MS : i == 700 ? due + 9 * MS : due;
            departures.sent(i, 100, due, sent);
        }
        HiccupMeter.Hiccup[] hiccups = {new HiccupMeter.Hiccup(start + 301 * MS, 40 * MS)};
        List<Disturbance> found = Disturbance.of(departures, start, 20 * MS, hiccups, List.of(), 0);
        assertEquals(2, found.size(), found.toString());
        assertEquals(300 * MS, found.get(0).startNanos());
        assertEquals(340 * MS, found.get(0).endNanos());
        assertEquals(42 * MS, found.get(0).lateNanos());
        assertTrue(
                found.get(0).line().endsWith("the machine held a thread up for 40.0 ms"),
                found.get(0).line());
        assertEquals(9 * MS, found.get(1).lateNanos());
        assertTrue(
                found.get(1).line().contains("nothing that is known"),
                found.get(1).line());
        assertEquals(0, departures.outOfOrder);
    }

    /** The coarse record of a long run has longer slots, and loses nothing. */
    @Test
    void aLongRunHasLongerSlots() {
        Departures departures = new Departures();
        long bits = 0;
        for (long nanos = 0; nanos < 500_000 * MS; nanos += 7 * MS) {
            departures.sent(nanos, 125, nanos, nanos);
            bits += 1000;
        }
        assertTrue(departures.slots() <= Departures.SLOTS && departures.slots() > Departures.SLOTS / 2);
        long sum = 0;
        for (int i = 0; i < departures.slots(); i++) {
            sum += departures.sentBits[i];
            assertEquals(departures.dueBits[i], departures.sentBits[i]);
        }
        assertEquals(bits, sum);
        assertEquals(499.0, (double) departures.perSecond.rates().getTotalCount(), 1);
        assertEquals(1000 * 1000.0 / 7, departures.perSecond.rates().getMean(), 1000);
    }
}
