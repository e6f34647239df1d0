package io.tlem.simulate;

import io.tlem.impair.RandomStreams;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.port.pcap.CaptureSource;
import io.tlem.record.Recording;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Has a direction change where it changed when it was recorded. Used by one thread. */
final class Replay {
    private final Pipeline pipeline;
    private final CaptureSource source;
    private final Deque<Recording.Change> changes;
    private final long seed;
    private final int direction;

    Replay(Pipeline pipeline, CaptureSource source, List<Recording.Change> changes, long seed, int direction) {
        this.pipeline = pipeline;
        this.source = source;
        this.changes = new ArrayDeque<>(changes);
        this.seed = seed;
        this.direction = direction;
        awaitNext();
    }

    /** No packet behind the next change comes before it, and none that waits is decided about that was not. */
    private void awaitNext() {
        Recording.Change next = changes.peek();
        if (next == null) {
            source.stopAfter(Long.MAX_VALUE, Long.MAX_VALUE);
        } else {
            source.stopAfter(next.number(), next.decidedUpToNanos());
        }
    }

    Pipeline pipeline() {
        return pipeline;
    }

    /** Brings the next change about, if all has come that came before it; returns whether it does. */
    boolean change() {
        if (changes.isEmpty() || !source.hasStopped()) {
            return false;
        }
        Recording.Change next = changes.remove();
        DirectionModels models =
                pipeline.models().changed(next.spec(), new RandomStreams(seed, direction, next.generation()));
        var ignored = pipeline.change(models);
        awaitNext();
        return true;
    }
}
