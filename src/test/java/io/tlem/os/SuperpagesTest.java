package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is asked of FreeBSD for large pages, in which order, and what becomes of refusals; the calls are recorded. */
class SuperpagesTest {
    private static final long LARGE = 2 << 20;

    private final List<String> calls = new ArrayList<>();
    private long[] sizes = {4096, LARGE, 1 << 30};
    private int created = 7;
    private int truncated;
    private long mapped = 0x10_0000_0000L;

    private final Superpages.Calls system = new Superpages.Calls() {
        @Override
        public long[] pageSizes() {
            return sizes;
        }

        @Override
        public int createLargepage(int pageSizeIndex) {
            calls.add("create " + pageSizeIndex);
            return created;
        }

        @Override
        public int truncate(int fd, long bytes) {
            calls.add("truncate " + fd + " " + bytes);
            return truncated;
        }

        @Override
        public long mapShared(int fd, long bytes) {
            calls.add("map " + fd + " " + bytes);
            return mapped;
        }

        @Override
        public void close(int fd) {
            calls.add("close " + fd);
        }
    };

    @Test
    void anObjectOfLargePagesIsMadeSizedMappedAndClosed() {
        assertEquals(LARGE, Superpages.pageBytes(system));
        assertEquals(mapped, Superpages.map(system, 3 * LARGE));
        assertEquals(List.of("create 1", "truncate 7 6291456", "map 7 6291456", "close 7"), calls);
    }

    @Test
    void aKernelWithoutThemIsBelieved() {
        created = -Errno.EOPNOTSUPP;
        assertEquals(-Errno.EOPNOTSUPP, Superpages.map(system, LARGE));
        assertEquals(List.of("create 1"), calls);
        sizes = new long[] {4096};
        assertEquals(0, Superpages.pageBytes(system));
    }

    @Test
    void fragmentedMemoryLeavesNothingOpen() {
        truncated = -Errno.ENOMEM;
        assertEquals(-Errno.ENOMEM, Superpages.map(system, LARGE));
        assertEquals(List.of("create 1", "truncate 7 2097152", "close 7"), calls);
    }

    @Test
    void aMappingThatFailsLeavesNothingOpen() {
        mapped = -Errno.ENOMEM;
        assertEquals(-Errno.ENOMEM, Superpages.map(system, LARGE));
        assertTrue(calls.contains("close 7"));
    }

    /** The way without the kernel's files gives the same as the one with them, as far as it knows. */
    @Test
    void javaKnowsTheSameInterfaces() {
        if (!Platform.LINUX) {
            return;
        }
        for (NetworkInterfaces.NetworkInterface byJava : NetworkInterfaces.listByJava()) {
            NetworkInterfaces.NetworkInterface bySystem =
                    NetworkInterfaces.find(byJava.name()).orElseThrow();
            assertEquals(bySystem.index(), byJava.index());
            assertEquals(bySystem.mtuBytes(), byJava.mtuBytes());
            assertEquals(bySystem.running(), byJava.running(), byJava.name());
        }
    }
}
