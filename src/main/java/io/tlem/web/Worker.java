package io.tlem.web;

import io.tlem.stats.Collector;
import io.tlem.stats.Sample;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * The one thread that touches a link for all requests, one after the other. A link's threads wake it, when a change is in force,
 * and never one of the requests' own threads: those are virtual, and their scheduler would start carriers that inherit the link
 * threads' policy and CPU.
 */
final class Worker implements AutoCloseable {
    /** A sample that is so old is as good as a new one: however many ask, the link's stages are disturbed no more often. */
    private static final long FRESH_NANOS = 100_000_000;

    private static final long STACK_BYTES = 512 * 1024;

    private final Collector collector;
    private final ExecutorService thread;
    private Sample recent; // of the thread
    private long recentNanos;

    Worker(Collector collector) {
        this.collector = collector;
        this.thread = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                .name("tlem http")
                .daemon()
                .stackSize(STACK_BYTES)
                .factory());
    }

    /**
     * Waits for what a task makes.
     *
     * @throws RuntimeException that it throws
     */
    <T> T call(Callable<T> task) throws InterruptedException {
        Future<T> future;
        try {
            future = thread.submit(task);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the link has ended", e);
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case InterruptedException interrupted ->
                    throw new IllegalStateException("the link has ended", interrupted);
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        } finally {
            boolean ignored = future.cancel(false);
        }
    }

    /** What the link has done so far. This thread only. */
    Sample recent() {
        long now = System.nanoTime();
        if (recent == null || now - recentNanos > FRESH_NANOS) {
            recent = collector.soFar();
            recentNanos = now;
        }
        return recent;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
