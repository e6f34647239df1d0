package io.tlem.stats;

import io.tlem.layout.ThreadOwned;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.HdrHistogram.Histogram;

/** What the two threads of a {@link LatencyRecorder} change. */
abstract class RecorderState extends ThreadOwned {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup()
                    .findVarHandle(RecorderState.class, "state", int.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    TimeHistogram active = LatencyRecorder.newHistogram();
    TimeHistogram other = LatencyRecorder.newHistogram();

    @SuppressWarnings("unused") // through STATE
    private int state;

    final int stateAcquire() {
        return (int) STATE.getAcquire(this);
    }

    final void stateRelease(int next) {
        STATE.setRelease(this, next);
    }
}

/**
 * A histogram of times that one thread fills without any atomic operation per value, and another collects at
 * intervals.
 *
 * <p>Two histograms change hands: the collector asks, the recording thread notices between two batches, swaps them and
 * publishes; the one given away is the collector's until it asks again. The release store of {@code state} in each
 * step orders the plain accesses to the histograms.
 */
public final class LatencyRecorder extends RecorderState {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Times above one hour are recorded as one hour. */
    public static final long MAX_NANOS = 3_600_000_000_000L;

    private static final long PATIENCE_NANOS = 20_000_000;

    /** Times that are compared together: packets that came together are often due together. */
    private static final int BLOCK = 64;

    private static final int IDLE = 0;
    private static final int ASKED = 1;
    private static final int GIVEN = 2;

    /** An empty histogram with the recorder's range and precision. */
    public static TimeHistogram newHistogram() {
        return new TimeHistogram();
    }

    /** Records one time in ns; below 0 counts as 0. Recording thread only. */
    public void record(long nanos) {
        active.recordValue(Math.min(Math.max(nanos, 0), MAX_NANOS));
    }

    /** Records one time {@code count} times. Recording thread only. */
    public void record(long nanos, int count) {
        active.recordValueWithCount(Math.min(Math.max(nanos, 0), MAX_NANOS), count);
    }

    /**
     * Records how long ago each of the first {@code count} times was, ns; those that follow an equal one at once. Recording thread
     * only.
     */
    public void recordSince(long[] times, int count, long nowNanos) {
        int first = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int to = Math.min(from + BLOCK, count);
            if (!areAll(times, from, to, times[first])) {
                for (int end = from; end < to; end++) {
                    if (times[end] != times[first]) {
                        record(nowNanos - times[first], end - first);
                        first = end;
                    }
                }
            }
        }
        if (count > 0) {
            record(nowNanos - times[first], count - first);
        }
    }

    /** A loop that the JIT compiler turns into vector instructions. */
    private static boolean areAll(long[] times, int from, int to, long time) {
        long differences = 0;
        for (int i = from; i < to; i++) {
            differences |= times[i] ^ time;
        }
        return differences == 0;
    }

    /** Hands the histogram over if the collector has asked. Recording thread only, once a batch, idle or not. */
    public void handOver() {
        if (stateAcquire() == ASKED) {
            TimeHistogram filled = active;
            active = other;
            other = filled;
            stateRelease(GIVEN);
        }
    }

    /**
     * Adds what was recorded since the last collection to each of the sums. Collecting thread only.
     *
     * @return false when the recording thread did not answer within 20 ms; nothing is lost, the next collection has it
     */
    public boolean collect(Histogram... sums) {
        if (stateAcquire() == IDLE) {
            stateRelease(ASKED);
        }
        long start = System.nanoTime();
        while (stateAcquire() != GIVEN) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                return false;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(100_000);
        }
        drain(other, sums);
        stateRelease(IDLE);
        return true;
    }

    /** Collects all that is left. Only after the recording thread has been joined, or by it. */
    public void collectFinal(Histogram... sums) {
        drain(other, sums);
        drain(active, sums);
        stateRelease(IDLE);
    }

    private static void drain(Histogram from, Histogram... sums) {
        for (Histogram sum : sums) {
            sum.add(from);
        }
        from.reset();
    }
}
