package io.tlem.os;

import io.tlem.bindings.freebsd.FreeBsd;
import java.util.BitSet;

/**
 * FreeBSD's sets of CPUs, a bit each. Its kernel refuses those that are longer than the longest it knows: 1024 bits from
 * version 14 on, 256 before.
 */
final class CpuSets {
    /** The calls it takes; each returns its result or a negated error number. */
    interface Calls {
        /** The CPUs that the process may use. */
        int getAffinity(long[] set);

        /** Lets the calling thread run on these CPUs only. */
        int setAffinity(long[] set);
    }

    private static final int BITS_BEFORE_14 = 256;
    private static final int[] LENGTHS = {FreeBsd.CPU_MAXSIZE(), BITS_BEFORE_14};

    private CpuSets() {}

    /** The CPUs that the process may use; empty when the kernel does not tell. */
    static BitSet allowed(Calls calls) {
        for (int length : LENGTHS) {
            long[] set = new long[length / Long.SIZE];
            int done = calls.getAffinity(set);
            if (done != -Errno.ERANGE) {
                return done < 0 ? new BitSet() : BitSet.valueOf(set);
            }
        }
        return new BitSet();
    }

    /**
     * Lets the calling thread run on one CPU only.
     *
     * @return a negated error number when it fails
     */
    static int pin(Calls calls, int cpu) {
        for (int length : LENGTHS) {
            if (cpu < 0 || cpu >= length) {
                return -Errno.EINVAL;
            }
            long[] set = new long[length / Long.SIZE];
            set[cpu / Long.SIZE] = 1L << (cpu % Long.SIZE);
            int done = calls.setAffinity(set);
            if (done != -Errno.ERANGE) {
                return done;
            }
        }
        return -Errno.ERANGE;
    }
}
