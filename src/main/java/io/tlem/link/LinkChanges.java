package io.tlem.link;

import io.tlem.impair.RandomStreams;
import io.tlem.spec.Changing;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.LinkSpec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** What the pipelines of a link are specified to be, and what becomes of them. Any thread. */
public final class LinkChanges implements Changing {
    /** As many as are kept until somebody asks for them. */
    private static final int MOST_KEPT = 1000;

    private final long seed;
    private final Map<Integer, Pipeline> pipelines;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Deque<Came> came = new ArrayDeque<>();
    private long forgotten; // of those that have come
    private boolean keeps; // those, since somebody has asked for them
    private LinkSpec spec; // in force, as far as it is known
    private long changes;

    /** A specification that has been given a time. */
    private record Pending(long nanos, LinkSpec spec, Map<String, CompletableFuture<Change>> answers) {
        /** Whether a direction has come to it. */
        boolean isInForce() {
            return answers.isEmpty()
                    || answers.values().stream()
                            .anyMatch(answer -> answer.isDone() && !answer.isCompletedExceptionally());
        }
    }

    /**
     * A change that has come about, or is about to.
     *
     * @param nanos the time that it was asked for, ns of the pipelines' clock; empty for at once
     * @param before what the link was
     * @param after what it has become
     * @param answers by the names of the directions that change, from where on they do
     */
    public record Came(
            OptionalLong nanos, LinkSpec before, LinkSpec after, Map<String, CompletableFuture<Change>> answers) {}

    /**
     * Changes in their order.
     *
     * @param forgotten how many came ahead of them of which nothing is known any more
     */
    public record AllThatCame(long forgotten, List<Came> changes) {}

    /**
     * @param spec whose models the pipelines have
     * @param seed of the random models
     * @param pipelines 0 is A to B, 1 is B to A; made of {@link DirectionModels#of}
     */
    public LinkChanges(LinkSpec spec, long seed, Map<Integer, Pipeline> pipelines) {
        this.spec = spec;
        this.seed = seed;
        this.pipelines = pipelines;
    }

    @Override
    public synchronized LinkSpec spec() {
        while (!pending.isEmpty() && pending.peek().isInForce()) {
            Pending next = pending.remove();
            become(OptionalLong.of(next.nanos()), next.spec(), next.answers());
        }
        return spec;
    }

    private void become(OptionalLong nanos, LinkSpec next, Map<String, CompletableFuture<Change>> answers) {
        if (keeps && !next.equals(spec)) {
            came.add(new Came(nanos, spec, next, answers));
            if (came.size() > MOST_KEPT) {
                Came ignored = came.remove();
                forgotten++;
            }
        }
        spec = next;
    }

    /** What the link has become since the last call, change by change; of very many the last ones; nothing with the first call. */
    synchronized AllThatCame takeCame() {
        keeps = true;
        LinkSpec ignored = spec();
        AllThatCame all = new AllThatCame(forgotten, List.copyOf(came));
        came.clear();
        forgotten = 0;
        return all;
    }

    @Override
    public long firstArrivalNanos() {
        return pipelines.values().stream()
                .mapToLong(Pipeline::firstArrivalNanos)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public synchronized CompletableFuture<Map<String, Change>> changeAt(long nanos, LinkSpec next) {
        Map<String, CompletableFuture<Change>> answers =
                ask(next, (pipeline, models) -> pipeline.changeAt(nanos, models));
        LinkSpec ignored = spec(); // what is in force is not pending any more
        pending.add(new Pending(nanos, next, answers));
        return CompletableFuture.allOf(answers.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing -> {
                    Map<String, Change> inForce = new LinkedHashMap<>();
                    answers.forEach((name, answer) -> inForce.put(name, answer.join()));
                    return inForce;
                });
    }

    /** As {@link Link#change}, with answers to come. */
    synchronized Map<String, CompletableFuture<Change>> change(LinkSpec next) {
        requireChangeable(next);
        LinkSpec ignored = revoke();
        Map<String, CompletableFuture<Change>> answers = ask(next, Pipeline::change);
        become(OptionalLong.empty(), next, answers);
        return answers;
    }

    /** As the other, if the link is this one still; empty when it is not. */
    synchronized Optional<Map<String, CompletableFuture<Change>>> change(LinkSpec present, LinkSpec next) {
        requireChangeable(next);
        return spec().equals(present) && revoke().equals(present) ? Optional.of(change(next)) : Optional.empty();
    }

    /** Takes back what was to come, and says what is in force then. */
    private LinkSpec revoke() {
        pipelines.values().forEach(Pipeline::revokeChanges);
        LinkSpec present = spec();
        pending.clear();
        return present;
    }

    /**
     * Refuses what a change to it would refuse.
     *
     * @throws IllegalArgumentException with one line
     */
    synchronized void requireFit(LinkSpec next) {
        requireChangeable(next);
        pipelines.forEach((direction, pipeline) ->
                pipeline.requireFit(DirectionModels.of(next.direction(direction), new RandomStreams(seed, direction))));
    }

    private void requireChangeable(LinkSpec next) {
        spec.fixedDifference(next).stream().findFirst().ifPresent(line -> {
            throw new IllegalArgumentException("this cannot change while the link runs: " + line);
        });
    }

    /** Has each direction that becomes another one change, or none where one cannot. */
    private Map<String, CompletableFuture<Change>> ask(
            LinkSpec next, BiFunction<Pipeline, DirectionModels, CompletableFuture<Change>> how) {
        requireChangeable(next);
        Map<Pipeline, DirectionModels> changed = new LinkedHashMap<>();
        pipelines.forEach((direction, pipeline) -> {
            DirectionSpec from = pipeline.models().spec();
            DirectionSpec to = next.direction(direction);
            if (!from.equals(to)) {
                RandomStreams streams = new RandomStreams(seed, direction, changes + 1);
                DirectionModels models = pipeline.models().changed(to, streams);
                pipeline.requireFit(models);
                changed.put(pipeline, models);
            }
        });
        Map<String, CompletableFuture<Change>> answers = new LinkedHashMap<>();
        changed.forEach((pipeline, models) -> answers.put(pipeline.name(), how.apply(pipeline, models)));
        changes++;
        return answers;
    }
}
