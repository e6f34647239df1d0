package io.tlem.sweep;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Threads of this process.
 *
 * @param count at least 1
 */
record Threads(int count) implements Simulator {
    /** One that was simulated. */
    private record Simulated(Run run, Run.Result result) {}

    @Override
    public void simulate(List<Run> runs, Results taker) throws IOException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(
                count, task -> Thread.ofPlatform().name("tlem sweep").daemon().unstarted(task));
        try {
            ExecutorCompletionService<Simulated> results = new ExecutorCompletionService<>(pool);
            runs.forEach(run -> {
                Object ignored = results.submit(() -> new Simulated(run, run.simulate()));
            });
            for (int i = 0; i < runs.size(); i++) {
                Simulated one = results.take().get();
                taker.take(one.run(), one.result());
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
}
