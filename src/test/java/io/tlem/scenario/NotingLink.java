package io.tlem.scenario;

import io.tlem.impair.Role;
import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A link that notes what it is asked for. */
final class NotingLink implements Changing {
    private static final long MS = 1_000_000;

    /** A line each: ms, and delay and loss of A to B then. */
    final List<String> asked = new ArrayList<>();

    final List<CompletableFuture<Void>> answers = new ArrayList<>();
    LinkSpec present = new LinkSpec.Builder().conclude();
    LinkSpec last; // that it was asked to be
    RuntimeException fault; // of what is asked for, if any
    long firstArrival = Long.MAX_VALUE;

    /** All that has been asked for is in force. */
    void complete() {
        answers.forEach(answer -> answer.complete(null));
        present = last == null ? present : last;
    }

    @Override
    public long firstArrivalNanos() {
        return firstArrival;
    }

    @Override
    public LinkSpec spec() {
        return present;
    }

    @Override
    public CompletableFuture<?> changeAt(long nanos, LinkSpec next) {
        if (fault != null) {
            throw fault;
        }
        asked.add(nanos / MS + " " + next.direction(0).of(Role.DELAY) + " "
                + next.direction(0).of(Role.LOSS));
        last = next;
        answers.add(new CompletableFuture<>());
        return answers.getLast();
    }
}
