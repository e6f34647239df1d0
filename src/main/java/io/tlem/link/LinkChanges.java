package io.tlem.link;

import io.tlem.impair.RandomStreams;
import io.tlem.spec.Changing;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.LinkSpec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** What the pipelines of a link are specified to be, and what becomes of them. Any thread. */
public final class LinkChanges implements Changing {
    private final long seed;
    private final Map<Integer, Pipeline> pipelines;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private LinkSpec spec; // in force, as far as it is known
    private long changes;

    /** A specification that has been given a time. */
    private record Pending(LinkSpec spec, Map<String, CompletableFuture<Change>> answers) {
        /** Whether a direction has come to it. */
        boolean isInForce() {
            return answers.isEmpty()
                    || answers.values().stream()
                            .anyMatch(answer -> answer.isDone() && !answer.isCompletedExceptionally());
        }
    }

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
            spec = pending.remove().spec();
        }
        return spec;
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
        pending.add(new Pending(next, answers));
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
        spec = next;
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
