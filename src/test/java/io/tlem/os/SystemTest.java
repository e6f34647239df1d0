package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.linux.Linux;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.testing.Privileged;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SystemTest {
    private static final long MIB = 1 << 20;

    @Test
    void aFailedCallSaysCallArgumentAndReason() {
        SystemCallException failure = new SystemCallException("socket", "AF_PACKET", Errno.EPERM);
        assertTrue(failure.getMessage().startsWith("socket(AF_PACKET): "), failure.getMessage());
        assertTrue(failure.getMessage().endsWith(" (EPERM)"), failure.getMessage());
        assertEquals(Errno.EPERM, failure.errno());
        assertEquals("EAGAIN", new SystemCallException("send", "", Errno.EAGAIN).errnoName());
        assertEquals("errno 9999", new SystemCallException("send", "", 9999).errnoName());
    }

    @Test
    void errnoIsThatOfTheCall() {
        assertEquals(-Errno.ENODEV, Calls.ifNameToIndex("nosuch0"));
        assertEquals(-Errno.EINVAL, Calls.mmap(0, 0, 0, Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(), -1));
        assertEquals(-Errno.EINVAL, Calls.prctl(-1, 0));
    }

    @ParameterizedTest
    @EnumSource(
            value = SystemMemory.HugePages.class,
            names = {"PREFER", "NEVER"})
    void memoryIsZeroedWritableAndAsLongAsAskedFor(SystemMemory.HugePages policy) {
        for (long bytes : new long[] {1, 4096, 3 * MIB + 5}) {
            try (Arena arena = Arena.ofShared()) {
                SystemMemory.Mapping mapping = SystemMemory.allocate(arena, bytes, policy);
                MemorySegment segment = mapping.segment();
                assertEquals(bytes, segment.byteSize());
                assertEquals(0, segment.address() % SystemMemory.pageSize());
                assertFalse(mapping.kind().isEmpty());
                for (long i = 0; i < bytes; i += 512) {
                    assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, i));
                }
                segment.fill((byte) 1);
            }
        }
    }

    @Test
    void hugePagesAreUsedWhenThereAreSome() {
        Privileged.hugepages(2);
        try (Arena arena = Arena.ofShared()) {
            String kind = SystemMemory.allocate(arena, 3 * MIB, SystemMemory.HugePages.REQUIRE)
                    .kind();
            assertTrue(kind.contains("huge pages (hugetlb memfd)"), kind);
        }
    }

    @Test
    void memoryThatIsNotThereIsRefusedWhenMapped() {
        try (Arena arena = Arena.ofShared()) {
            for (SystemMemory.HugePages policy : SystemMemory.HugePages.values()) {
                SystemCallException failure =
                        assertThrows(SystemCallException.class, () -> SystemMemory.allocate(arena, 1L << 43, policy));
                assertEquals("ENOMEM", failure.errnoName());
                assertTrue(failure.getMessage().contains("8388608 MiB"), failure.getMessage());
            }
        }
    }

    @Test
    void sleepsUntilTheTimeAndNotLonger() {
        SystemThreads.setTimerSlack(1);
        long start = System.nanoTime();
        SystemThreads.sleepUntil(start - 1_000_000_000);
        SystemThreads.sleepUntil(start + 20_000_000);
        long slept = System.nanoTime() - start;
        assertTrue(slept >= 20_000_000, slept + " ns");
        assertTrue(slept < 5_000_000_000L, slept + " ns");
    }

    @Test
    void clocksTellTheSameTimeAsJava() {
        long millis = System.currentTimeMillis();
        assertTrue(Math.abs(SystemClocks.realTimeNanos() / 1_000_000 - millis) < 5_000);
    }

    @Test
    void cpusAreReadFromLists() {
        Set<Integer> cpus = new TreeSet<>();
        SystemThreads.addRanges("0-2,5,7-8", cpus);
        assertEquals(Set.of(0, 1, 2, 5, 7, 8), cpus);
        assertFalse(SystemThreads.allowedCpus().isEmpty());
    }

    @Test
    void theLoopbackIsAnInterface() {
        assertTrue(NetworkInterfaces.exists("lo"));
        assertTrue(NetworkInterfaces.mtu("lo") >= 1280);
        NetworkInterface loopback = NetworkInterfaces.list().stream()
                .filter(found -> found.name().equals("lo"))
                .findFirst()
                .orElseThrow();
        assertEquals(loopback, NetworkInterfaces.find("lo").orElseThrow());
        assertTrue(loopback.ethernet());
        for (String name : new String[] {"", "nosuch0", "../lo", "lo/", "lo\0", "a-name-longer-than-any"}) {
            assertFalse(NetworkInterfaces.exists(name), name);
        }
    }

    @Test
    void powerLatencyIsHeldOrSaysWhyNot() {
        try (PowerLatency power = PowerLatency.hold()) {
            assertEquals(power.held(), power.reason().isEmpty());
        }
    }
}
