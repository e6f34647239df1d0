package io.tlem.spec;

import java.util.concurrent.CompletableFuture;

/** A link that can be another one from a time on. */
public interface Changing {
    /** What it is now. */
    LinkSpec spec();

    /** When its first packet came, ns of its clock; {@link Long#MAX_VALUE} before that. */
    long firstArrivalNanos();

    /**
     * Has it be another one for packets that arrive at a time or later, behind all such changes that have been asked for: what
     * has been asked for in time is exact to the nanosecond.
     *
     * @param nanos ns of the link's clock, not before that of the change ahead of it
     * @param next what it is to be; it differs from {@link #spec()}, or from the change ahead of it, in what may change only
     * @return completed when it is so in each direction, exceptionally when another change came first that was to be in force at
     *     once: then this one has to be asked for again
     * @throws IllegalArgumentException with one line, when it cannot be: then nothing changes
     */
    CompletableFuture<?> changeAt(long nanos, LinkSpec next);
}
