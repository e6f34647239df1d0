package io.tlem.sweep;

import java.io.IOException;
import java.util.List;

/** Has runs simulated, somewhere. */
@FunctionalInterface
public interface Simulator {
    /** Takes results. */
    @FunctionalInterface
    interface Results {
        /**
         * A run is done.
         *
         * @throws IOException when that cannot be written down
         */
        void take(Run run, Run.Result result) throws IOException;
    }

    /**
     * Simulates runs, in any order.
     *
     * @param results are given one after the other; what is visible to one call is so to the next, and to who waits for all
     * @throws IOException when a file cannot be read or written, or a machine has failed
     * @throws IllegalArgumentException with one line, when a run cannot be done as it is asked for
     */
    void simulate(List<Run> runs, Results results) throws IOException, InterruptedException;

    /** On threads of this process, so many at a time, at least 1. */
    static Simulator onThreads(int threads) {
        return new Threads(threads);
    }
}
