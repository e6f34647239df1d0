package io.tlem.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ShortWindowsTest {
    private final ShortWindows windows = new ShortWindows(0);

    private void lookUntil(long from, long to) {
        for (long now = from; now <= to; now += ShortWindows.GAP_NANOS) {
            windows.look(now);
        }
    }

    @Test
    void aWindowIsShortWhenMoreThanItsToleranceIsMissing() {
        lookUntil(0, 1_000_000);
        lookUntil(1_000_000 + ShortWindows.TOLERATED_NANOS, 11_000_000);
        lookUntil(11_000_000 + ShortWindows.TOLERATED_NANOS + ShortWindows.GAP_NANOS, 40_000_000);
        assertEquals(0.25, windows.part());
    }

    @Test
    void gapsOfAWindowAreAdded() {
        lookUntil(0, 1_000_000);
        lookUntil(1_300_000, 2_000_000);
        lookUntil(2_300_000, 20_000_000);
        assertEquals(0.5, windows.part());
    }

    @Test
    void aGapCountsInEachWindowForWhatIsInIt() {
        lookUntil(0, 9_900_000);
        lookUntil(30_300_000, 100_000_000); // 0.1 ms of the first, two whole ones, 0.3 ms of the fourth
        assertEquals(0.2, windows.part());
    }

    @Test
    void withoutAWindowThereIsNone() {
        lookUntil(0, 9_000_000);
        assertEquals(0, windows.part());
    }
}
