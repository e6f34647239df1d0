package io.tlem.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Runs a sweep on threads of this process. What was done before is not done again. */
public final class Sweeper {
    private final Sweep sweep;
    private final int threads;
    private final Set<String> damage = new TreeSet<>();

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

    /** @param threads at least 1 */
    public Sweeper(Sweep sweep, int threads) {
        this.sweep = sweep;
        this.threads = threads;
    }

    /**
     * Does what is not done.
     *
     * @param done file with what is done
     * @param program that simulates, and its version
     * @param progress told by the thread that calls this
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
            simulate(left, rows, numbers, kept, progress);
        }
        return sweep.table(numbers);
    }

    /** One that was simulated. */
    private record Simulated(Run run, Run.Result result) {}

    private void simulate(List<Run> left, DoneRows rows, List<List<Object>> numbers, int kept, Progress progress)
            throws IOException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(
                threads, task -> Thread.ofPlatform().name("tlem sweep").daemon().unstarted(task));
        try {
            ExecutorCompletionService<Simulated> results = new ExecutorCompletionService<>(pool);
            left.forEach(run -> {
                Object ignored = results.submit(() -> new Simulated(run, run.simulate()));
            });
            for (int i = 0; i < left.size(); i++) {
                Simulated one = results.take().get();
                if (one.result().damage().isEmpty()) { // else it is told again the next time
                    rows.add(one.run(), one.result().cells());
                }
                damage.addAll(one.result().damage());
                numbers.set(one.run().number(), one.result().cells());
                progress.done(kept + i + 1, kept);
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException mistake -> throw mistake;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        } finally {
            Object ignored = pool.shutdownNow();
        }
    }

    /** What of captures is damaged, a line each. */
    public List<String> damage() {
        return List.copyOf(damage);
    }
}
