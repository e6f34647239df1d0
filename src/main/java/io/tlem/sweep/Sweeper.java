package io.tlem.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Runs a sweep. What was done before is not done again. Used once, by one thread. */
public final class Sweeper {
    private final Sweep sweep;
    private final Simulator simulator;
    private final Set<String> damage = new TreeSet<>();
    private int simulated;

    /** Is told how far it is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * A run is done, or was.
         *
         * @param done of the runs
         * @param kept of these were done before
         */
        void done(int done, int kept);
    }

    /** @param simulator has them run */
    public Sweeper(Sweep sweep, Simulator simulator) {
        this.sweep = sweep;
        this.simulator = simulator;
    }

    /**
     * Does what is not done.
     *
     * @param done file with what is done
     * @param program that simulates, and its version
     * @param progress told one run after the other
     * @return the rows, the same whatever the threads and however often it was ended on the way
     * @throws IOException when a file cannot be read or written
     * @throws IllegalArgumentException with one line, when a run cannot be done as it is asked for
     */
    public Table run(Path done, String program, Progress progress) throws IOException, InterruptedException {
        List<List<Object>> numbers =
                new ArrayList<>(Collections.nCopies(sweep.runs().size(), List.of()));
        try (DoneRows rows = new DoneRows(done, program, Run.columns(sweep.bothDirections()))) {
            List<Run> left = new ArrayList<>();
            for (Run run : sweep.runs()) {
                Optional<List<Object>> known = rows.find(run);
                known.ifPresent(its -> numbers.set(run.number(), its));
                if (known.isEmpty()) {
                    left.add(run);
                }
            }
            int kept = sweep.runs().size() - left.size();
            progress.done(kept, kept);
            simulator.simulate(left, (run, result) -> {
                if (result.damage().isEmpty()) { // else it is told again the next time
                    rows.add(run, result.cells());
                }
                damage.addAll(result.damage());
                numbers.set(run.number(), result.cells());
                progress.done(kept + ++simulated, kept);
            });
        }
        return sweep.table(numbers);
    }

    /** What of captures is damaged, a line each. */
    public List<String> damage() {
        return List.copyOf(damage);
    }
}
