package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.link.MemoryBudget.Wish;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long MIB = 1 << 20;

    private static MemoryBudget budget(long ordinaryMib, long hugeMib) {
        return new MemoryBudget(ordinaryMib * MIB, hugeMib * MIB, "here");
    }

    private static Wish yielding(long mib) {
        return new Wish(mib * MIB, true);
    }

    private static Wish fixed(long mib) {
        return new Wish(mib * MIB, false);
    }

    @Test
    void defaultBuffersTakeAQuarterAtMostForBothDirections() {
        assertArrayEquals(new long[] {50 * MIB, 50 * MIB}, budget(400, 0).share(yielding(300), yielding(300)));
        assertArrayEquals(new long[] {50 * MIB, 0}, budget(400, 0).share(yielding(300), Wish.NOTHING));
        assertArrayEquals(new long[] {20 * MIB, 10 * MIB}, budget(400, 0).share(yielding(20), yielding(10)));
    }

    @Test
    void whatIsAskedForIsGivenOrRefused() {
        assertArrayEquals(new long[] {200 * MIB, 160 * MIB}, budget(400, 0).share(fixed(200), fixed(160)));
        String refusal = assertThrows(
                        IllegalArgumentException.class, () -> budget(400, 0).share(fixed(200), fixed(161)))
                .getMessage();
        assertTrue(
                refusal.contains("361 MiB of buffer and 400 MiB of memory is available besides Java's here"), refusal);
        assertTrue(refusal.startsWith("bandwidth, delay and queue, or --buffer, need "), refusal);
        assertThrows(
                IllegalArgumentException.class,
                () -> budget(400, 0).share(new Wish(Long.MAX_VALUE, false), new Wish(Long.MAX_VALUE, false)));
    }

    /** A buffer lies on huge pages wholly or not at all, so the two kinds of memory do not add up for it. */
    @Test
    void hugePagesServeWholeBuffers() {
        assertArrayEquals(new long[] {300 * MIB, 300 * MIB}, budget(400, 310).share(fixed(300), fixed(300)));
        String refusal = assertThrows(
                        IllegalArgumentException.class, () -> budget(400, 310).share(fixed(600), Wish.NOTHING))
                .getMessage();
        assertTrue(refusal.contains("here, and 310 MiB of huge pages; "), refusal);
        assertThrows(IllegalArgumentException.class, () -> budget(400, 310).share(fixed(500), fixed(10)));
    }

    @Test
    void tooLittleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> budget(8, 0).share(yielding(300), yielding(300)));
        assertThrows(IllegalArgumentException.class, () -> budget(0, 0).requireAny());
        assertThrows(IllegalArgumentException.class, () -> budget(8, 0).requireAny());
        assertDoesNotThrow(() -> budget(9, 0).requireAny());
    }
}
