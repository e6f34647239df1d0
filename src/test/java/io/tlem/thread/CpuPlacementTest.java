package io.tlem.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.thread.CpuPlacement.Machine;
import io.tlem.thread.CpuPlacement.Threads;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Emulators on machines of many sizes; each {@link CpuClaims} stands for one of them. */
class CpuPlacementTest {
    private static final double NO_QUOTA = Double.MAX_VALUE;
    private static final Threads BOTH_WAYS = new Threads(2, 4, 0);

    @TempDir
    private Path folder;

    private static Machine machine(int cpus) {
        return new Machine(IntStream.range(0, cpus).boxed().toList(), NO_QUOTA);
    }

    private CpuClaims emulator() {
        return CpuClaims.in(folder);
    }

    @Test
    void severalAtOnceTakeDifferentCpus() {
        Machine machine = machine(10);
        CpuClaims first = emulator();
        assertEquals(new CpuPlacement(List.of(6, 7, 8, 9), true), CpuPlacement.byDefault(BOTH_WAYS, machine, first));
        try (CpuClaims second = emulator();
                CpuClaims third = emulator()) {
            assertEquals(
                    new CpuPlacement(List.of(2, 3, 4, 5), true), CpuPlacement.byDefault(BOTH_WAYS, machine, second));
            assertEquals(new CpuPlacement(List.of(), false), CpuPlacement.byDefault(BOTH_WAYS, machine, third));
            assertEquals(Set.of(2, 3, 4, 5, 6, 7, 8, 9), third.ofOthers());
        }
        try (CpuClaims fourth = emulator()) {
            assertEquals(
                    new CpuPlacement(List.of(2, 3, 4, 5), true), CpuPlacement.byDefault(BOTH_WAYS, machine, fourth));
            first.close();
        }
        try (CpuClaims last = emulator()) {
            assertEquals(new CpuPlacement(List.of(6, 7, 8, 9), true), CpuPlacement.byDefault(BOTH_WAYS, machine, last));
        }
    }

    @Test
    void whoFindsTooFewKeepsNone() {
        try (CpuClaims first = emulator();
                CpuClaims second = emulator();
                CpuClaims third = emulator()) {
            assertTrue(CpuPlacement.byDefault(BOTH_WAYS, machine(8), first).alone());
            assertFalse(CpuPlacement.byDefault(BOTH_WAYS, machine(8), second).alone());
            assertEquals(
                    new CpuPlacement(List.of(2, 3, 2, 3), true),
                    CpuPlacement.byDefault(new Threads(2, 2, 0), machine(8), third));
        }
    }

    /** With a CPU for each thread and none for the rest of the machine, nobody spins. */
    @Test
    void aCpuIsLeftForTheRest() {
        for (int cpus = 1; cpus <= 4; cpus++) {
            try (CpuClaims claims = emulator()) {
                assertEquals(
                        new CpuPlacement(List.of(), false), CpuPlacement.byDefault(BOTH_WAYS, machine(cpus), claims));
                assertFalse(
                        CpuPlacement.unpinned(BOTH_WAYS, machine(cpus), claims).alone());
                assertFalse(CpuPlacement.byDefault(new Threads(2, 2, 2), machine(cpus), claims)
                        .alone());
            }
        }
        try (CpuClaims claims = emulator()) {
            assertEquals(
                    new CpuPlacement(List.of(1, 2, 3, 4), true), CpuPlacement.byDefault(BOTH_WAYS, machine(5), claims));
        }
    }

    @Test
    void aQuotaOfTimeCountsAsCpus() {
        List<Integer> allowed = IntStream.range(0, 64).boxed().toList();
        try (CpuClaims claims = emulator()) {
            assertFalse(CpuPlacement.byDefault(BOTH_WAYS, new Machine(allowed, 4.9), claims)
                    .alone());
            assertTrue(CpuPlacement.byDefault(BOTH_WAYS, new Machine(allowed, 5), claims)
                    .alone());
        }
    }

    @Test
    void unpinnedThreadsThatSpinClaimCpusToo() {
        try (CpuClaims first = emulator();
                CpuClaims second = emulator();
                CpuClaims demo = emulator()) {
            assertEquals(new CpuPlacement(List.of(), true), CpuPlacement.unpinned(BOTH_WAYS, machine(8), first));
            assertEquals(new CpuPlacement(List.of(), false), CpuPlacement.unpinned(BOTH_WAYS, machine(8), second));
            assertEquals(
                    new CpuPlacement(List.of(9, 10, 9, 10), true),
                    CpuPlacement.byDefault(new Threads(2, 2, 1), machine(11), demo));
        }
    }

    @Test
    void namedCpusAreTakenWhoeverElseIsThere() {
        try (CpuClaims first = emulator();
                CpuClaims second = emulator();
                CpuClaims third = emulator()) {
            List<Integer> cpus = List.of(7, 6, 5, 4);
            assertEquals(new CpuPlacement(cpus, true), CpuPlacement.on(cpus, BOTH_WAYS, machine(8), first));
            assertEquals(new CpuPlacement(cpus, false), CpuPlacement.on(cpus, BOTH_WAYS, machine(8), second));
            assertEquals(Set.of(4, 5, 6, 7), second.ofOthers());
            assertFalse(CpuPlacement.on(List.of(1, 1, 2, 2), BOTH_WAYS, machine(8), third)
                    .alone());
            assertFalse(CpuPlacement.byDefault(new Threads(2, 2, 0), machine(5), emulator())
                    .alone());
        }
    }

    @Test
    void tlemsShortForms() {
        List<Integer> allowed = List.of(0, 1, 2, 3, 8, 9);
        assertEquals(List.of(3, 8, 0, 1), CpuPlacement.expand(List.of(3, 0), BOTH_WAYS, allowed));
        assertEquals(List.of(3, 8, 9, 0), CpuPlacement.expand(List.of(3), BOTH_WAYS, allowed));
        assertEquals(List.of(9, 3, 2, 0), CpuPlacement.expand(List.of(9, 3, 2, 0), BOTH_WAYS, allowed));
        assertThrows(IllegalArgumentException.class, () -> CpuPlacement.expand(List.of(0, 0, 0), BOTH_WAYS, allowed));
    }
}
