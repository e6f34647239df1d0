package io.tlem.stats;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Collects what a link does, and makes a sample of it each time it is asked to. The link's threads wait for it as little as it
 * waits for those who read the samples. One thread asks for the {@link #next}; any other may {@link #read} them, have the
 * {@link #latest}, or ask how it is {@link #soFar}.
 */
public final class Collector {
    private final List<DirectionRecord> directions;
    private final LongSupplier clock;
    private final List<Samples> readers = new CopyOnWriteArrayList<>();
    private long startNanos;
    private long lastNanos;
    private volatile Sample latest;

    /** @param clock the link's, ns */
    Collector(List<Observed> directions, LongSupplier clock) {
        this.directions = directions.stream().map(DirectionRecord::new).toList();
        this.clock = clock;
        start();
        latest = take(0, startNanos, false);
    }

    /** The link starts now. */
    public synchronized void start() {
        startNanos = clock.getAsLong();
        lastNanos = startNanos;
    }

    /** Hands every reader what has happened since the sample before. */
    public synchronized Sample next() {
        directions.forEach(DirectionRecord::collect);
        return publish(false);
    }

    /** As {@link #next}, for the thread that runs the link by itself. */
    public synchronized Sample nextOfOwn() {
        directions.forEach(DirectionRecord::collectOwn);
        return publish(false);
    }

    /**
     * As {@link #next}, when no more will happen. Once.
     *
     * @param ended whether the link's threads have: what is inside can be counted then
     */
    public synchronized Sample last(boolean ended) {
        directions.forEach(ended ? DirectionRecord::collectFinal : DirectionRecord::collect);
        return publish(true);
    }

    /** What has happened so far, for whoever asked: the readers' next sample begins where it would begin without. */
    public synchronized Sample soFar() {
        if (latest.last()) {
            return latest;
        }
        directions.forEach(DirectionRecord::collect);
        return take(latest.number() + 1, clock.getAsLong(), false);
    }

    private Sample publish(boolean last) {
        long now = clock.getAsLong();
        Sample sample = take(latest.number() + 1, now, last);
        directions.forEach(DirectionRecord::endSpan);
        lastNanos = now;
        latest = sample;
        readers.forEach(reader -> reader.offer(sample));
        return sample;
    }

    private Sample take(long number, long now, boolean last) {
        return new Sample(
                number,
                Instant.now(),
                now - startNanos,
                Math.max(1, now - lastNanos),
                directions.stream().map(DirectionRecord::span).toList(),
                directions.stream().map(DirectionRecord::total).toList(),
                last);
    }

    /** The sample that the readers have been handed last; at first one of nothing. */
    public Sample latest() {
        return latest;
    }

    /** A reader of its own for the samples from now on. */
    public Samples read() {
        Samples reader = new Samples(this);
        readers.add(reader);
        return reader;
    }

    void forget(Samples reader) {
        readers.remove(reader);
    }
}
