package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which sets are given to kernels of FreeBSD that take no longer ones than this, and no shorter ones; recorded calls. */
class CpuSetsTest {
    private final List<String> calls = new ArrayList<>();

    /** As {@code kern_cpuset_getaffinity} checks the length, with a machine of 4 CPUs of which two may be used. */
    private final class Kernel implements CpuSets.Calls {
        private final int bits;
        private final int errno;

        Kernel(int bits, int errno) {
            this.bits = bits;
            this.errno = errno;
        }

        private int check(long[] set) {
            if (set.length * Long.SIZE != bits) {
                return -Errno.ERANGE;
            }
            return -errno;
        }

        @Override
        public int getAffinity(long[] set) {
            calls.add("get " + set.length * Long.SIZE);
            if (check(set) == 0) {
                set[0] = 0b1010;
            }
            return check(set);
        }

        @Override
        public int setAffinity(long[] set) {
            calls.add("set " + set.length * Long.SIZE + " " + BitSet.valueOf(set));
            return check(set);
        }
    }

    @Test
    void version14() {
        Kernel kernel = new Kernel(1024, 0);
        assertEquals("{1, 3}", CpuSets.allowed(kernel).toString());
        assertEquals(0, CpuSets.pin(kernel, 3));
        assertEquals(0, CpuSets.pin(kernel, 1000));
        assertEquals(-Errno.EINVAL, CpuSets.pin(kernel, 1024));
        assertEquals(-Errno.EINVAL, CpuSets.pin(kernel, -1));
        assertEquals(List.of("get 1024", "set 1024 {3}", "set 1024 {1000}"), calls);
    }

    @Test
    void version13RefusesTheLongSetAndGetsTheShortOne() {
        Kernel kernel = new Kernel(256, 0);
        assertEquals("{1, 3}", CpuSets.allowed(kernel).toString());
        assertEquals(0, CpuSets.pin(kernel, 70));
        assertEquals(-Errno.EINVAL, CpuSets.pin(kernel, 256));
        assertEquals(List.of("get 1024", "get 256", "set 1024 {70}", "set 256 {70}", "set 1024 {256}"), calls);
    }

    @Test
    void otherErrorsAreBelieved() {
        assertEquals(new BitSet(), CpuSets.allowed(new Kernel(1024, Errno.EPERM)));
        assertEquals(-Errno.EPERM, CpuSets.pin(new Kernel(1024, Errno.EPERM), 0));
        assertEquals(List.of("get 1024", "set 1024 {0}"), calls);
        assertEquals(-Errno.ERANGE, CpuSets.pin(new Kernel(64, 0), 0));
        assertEquals(new BitSet(), CpuSets.allowed(new Kernel(64, 0)));
    }
}
