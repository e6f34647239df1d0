package io.tlem.link;

import io.tlem.thread.Stage;
import io.tlem.thread.VirtualClock;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Runs pipelines on a virtual clock, without threads: the clock goes from each event to the next. What they decide is the
 * same to the nanosecond as with threads, for the same arrivals. Used by one thread.
 */
public final class VirtualRun {
    private final VirtualClock clock;
    private final List<Pipeline> pipelines;
    private final LongConsumer changes;
    private final BooleanSupplier room;
    private final Predicate<Stage> more;

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
        this(clock, pipelines, changes, () -> false);
    }

    /**
     * As the other, with sinks that may have no room.
     *
     * @param room asked when nothing more goes on at a time: makes room in sinks that have none, and tells whether it has
     */
    public VirtualRun(VirtualClock clock, List<Pipeline> pipelines, LongConsumer changes, BooleanSupplier room) {
        this(clock, pipelines, changes, room, stage -> false);
    }

    /**
     * As the other, with changes that come when so many packets have come, whatever the time is.
     *
     * @param more asked when a stage has nothing to do: brings about what is to change then, and tells whether it has
     */
    public VirtualRun(
            VirtualClock clock,
            List<Pipeline> pipelines,
            LongConsumer changes,
            BooleanSupplier room,
            Predicate<Stage> more) {
        this.clock = clock;
        this.pipelines = List.copyOf(pipelines);
        this.changes = changes;
        this.room = room;
        this.more = more;
    }

    /**
     * Lets everything happen up to a time, that time included.
     *
     * @param nanos {@link Long#MAX_VALUE} to go on until nothing more will happen
     */
    public void runUntil(long nanos) {
        changes.accept(clock.nanoTime());
        while (true) {
            while (step()) {
                // What has left makes room for what waits in a port, which is no event.
            }
            long next = first(Pipeline::nextEventNanos);
            if (next > nanos || next == Stage.UNKNOWN) {
                break;
            }
            changes.accept(next);
            goOn(first(Pipeline::nextEventNanos)); // perhaps a change, before
        }
        if (nanos != Long.MAX_VALUE) {
            changes.accept(nanos);
            clock.advanceTo(nanos);
            boolean ignored = step();
        }
    }

    /**
     * As {@link #runUntil}, but at once: what is decided is the same, and so is the order in which packets leave, and larger
     * batches cost less. Only where the buffers have no room does it go from event to event, beyond this time if need be,
     * until all that has arrived has come in.
     */
    public void leapTo(long nanos) {
        changes.accept(nanos);
        clock.advanceTo(nanos);
        while (step() && first(Pipeline::nextArrivalNanos) <= nanos) {
            // What has left makes room.
        }
        while (first(Pipeline::nextArrivalNanos) <= nanos) {
            goOn(first(Pipeline::nextReleaseNanos));
            while (step()) {
                // As above.
            }
        }
    }

    private long first(ToLongFunction<Pipeline> event) {
        long first = Stage.UNKNOWN;
        for (Pipeline pipeline : pipelines) {
            first = Math.min(first, event.applyAsLong(pipeline));
        }
        return first;
    }

    private void goOn(long next) {
        if (next <= clock.nanoTime() || next == Stage.UNKNOWN) {
            throw new IllegalStateException("what is due at " + next + " ns does not happen: a port has no room");
        }
        clock.advanceTo(next);
    }

    /** Everything that is due now; returns whether there was anything. */
    private boolean step() {
        boolean any = false;
        do {
            for (Pipeline pipeline : pipelines) {
                for (Stage stage : pipeline.stages()) {
                    while (stage.doWork() > 0 || more.test(stage)) {
                        any = true;
                    }
                }
            }
        } while (room.getAsBoolean());
        return any;
    }

    /** No packet comes any more, whatever the sources still have: sends all that is under way, and settles the rest. Once. */
    public void finish() {
        pipelines.forEach(pipeline -> pipeline.input().end());
        runUntil(Long.MAX_VALUE);
        pipelines.forEach(Pipeline::finish);
    }
}
