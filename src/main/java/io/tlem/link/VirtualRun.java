package io.tlem.link;

import io.tlem.thread.Stage;
import io.tlem.thread.VirtualClock;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Runs pipelines on a virtual clock, without threads: the clock goes from each event to the next. What they decide is the
 * same to the nanosecond as with threads, for the same arrivals. Used by one thread.
 */
public final class VirtualRun {
    private final VirtualClock clock;
    private final List<Pipeline> pipelines;
    private final LongConsumer changes;

    /**
     * @param clock the pipelines'
     * @param pipelines whose sources know when their next packet arrives, and whose sinks always have room
     */
    public VirtualRun(VirtualClock clock, List<Pipeline> pipelines) {
        this(clock, pipelines, nanos -> {});
    }

    /**
     * As the other, with changes in time.
     *
     * @param changes is told, before the clock goes there, up to what time it has to have asked for all that changes
     */
    public VirtualRun(VirtualClock clock, List<Pipeline> pipelines, LongConsumer changes) {
        this.clock = clock;
        this.pipelines = List.copyOf(pipelines);
        this.changes = changes;
    }

    /**
     * Lets everything happen up to a time, that time included.
     *
     * @param nanos {@link Long#MAX_VALUE} to go on until nothing more will happen
     */
    public void runUntil(long nanos) {
        changes.accept(clock.nanoTime());
        while (true) {
            step();
            long next = nextEventNanos();
            if (next > nanos || next == Stage.UNKNOWN) {
                break;
            }
            changes.accept(next);
            next = nextEventNanos(); // perhaps a change, before
            if (next <= clock.nanoTime()) {
                throw new IllegalStateException("what is due at " + next + " ns does not happen: a port has no room");
            }
            clock.advanceTo(next);
        }
        if (nanos != Long.MAX_VALUE) {
            changes.accept(nanos);
            clock.advanceTo(nanos);
            step();
        }
    }

    private long nextEventNanos() {
        return pipelines.stream().mapToLong(Pipeline::nextEventNanos).min().orElse(Stage.UNKNOWN);
    }

    /** Everything that is due now. */
    private void step() {
        for (Pipeline pipeline : pipelines) {
            for (Stage stage : pipeline.stages()) {
                while (stage.doWork() > 0) {}
            }
        }
    }

    /** No packet comes any more, whatever the sources still have: sends all that is under way, and settles the rest. Once. */
    public void finish() {
        pipelines.forEach(pipeline -> pipeline.input().end());
        runUntil(Long.MAX_VALUE);
        pipelines.forEach(Pipeline::finish);
    }
}
