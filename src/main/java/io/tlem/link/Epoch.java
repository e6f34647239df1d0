package io.tlem.link;

import io.tlem.impair.Annotator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The models that are in force, or will be, and what runs them. Made by whoever changes them; the deciding stage takes one
 * after the other over, when the time of each has come. They form a list that grows behind the one in force.
 */
final class Epoch {
    /** Of models that are to be in force as soon as possible. */
    static final long AT_ONCE = Long.MIN_VALUE;

    /**
     * What follows from the models for stages that do not decide.
     *
     * @param slackNanos how long a stage may leave its work undone without making a packet late
     * @param maxLagNanos a packet that could be sent only that long after its release time is dropped
     * @param reorders whether packets may leave in another order than they came in, or more than once
     */
    record Terms(long slackNanos, long maxLagNanos, boolean reorders) {
        /** While one is going to take the place of the other. */
        Terms until(Terms next) {
            return new Terms(Math.min(slackNanos, next.slackNanos), maxLagNanos, reorders || next.reorders);
        }
    }

    /** What becomes of an epoch, once. */
    private enum Fate {
        TAKEN,
        REVOKED
    }

    private final long fromNanos;
    private final DirectionModels models;
    private final Decider decider;
    private final Intake intake;
    private final Terms terms;
    private final CompletableFuture<Change> answer = new CompletableFuture<>();
    private final AtomicReference<Epoch> next = new AtomicReference<>();
    private final AtomicReference<Fate> fate = new AtomicReference<>();

    /**
     * @param fromNanos these models decide about packets that arrive then or later; {@link #AT_ONCE}
     * @param models of the direction
     * @param decider asks them
     * @param intake what becomes of received packets
     * @param terms what the other stages have to know
     */
    Epoch(long fromNanos, DirectionModels models, Decider decider, Intake intake, Terms terms) {
        this.fromNanos = fromNanos;
        this.models = models;
        this.decider = decider;
        this.intake = intake;
        this.terms = terms;
    }

    long fromNanos() {
        return fromNanos;
    }

    boolean isAtOnce() {
        return fromNanos == AT_ONCE;
    }

    DirectionModels models() {
        return models;
    }

    Decider decider() {
        return decider;
    }

    Intake intake() {
        return intake;
    }

    Terms terms() {
        return terms;
    }

    /** Completed when they are in force; cancelled when they will never be. */
    CompletableFuture<Change> answer() {
        return answer;
    }

    /** What takes its place, null while nothing is to. */
    Epoch next() {
        return next.getAcquire();
    }

    /** Of who changes models. */
    void setNext(Epoch following) {
        next.setRelease(following);
    }

    /** Of the deciding stage: false when it was revoked before. */
    boolean take() {
        return fate.compareAndSet(null, Fate.TAKEN);
    }

    /** Whether the deciding stage has come to it. */
    boolean isTaken() {
        return fate.get() == Fate.TAKEN;
    }

    /** Of who changes models: false when it was taken over before. */
    boolean revoke() {
        return fate.compareAndSet(null, Fate.REVOKED);
    }

    /** See {@link Clerk#decidedUpTo}. */
    long decidedUpToNanos() {
        return intake == null ? Long.MIN_VALUE : intake.decidedUpToNanos();
    }

    /** Takes the place of another. */
    void continueFrom(Epoch before) {
        Annotator annotator = decider.annotator();
        annotator.continueFrom(before.decider.annotator());
        if (intake != before.intake) {
            before.intake.handOver(intake);
        }
    }
}
