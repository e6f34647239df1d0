package io.tlem.link;

import io.tlem.impair.Annotator;
import java.util.concurrent.CompletableFuture;

/**
 * The models that are in force, or will be next, and what runs them. Made by whoever changes them; the deciding stage takes
 * it over between two batches.
 *
 * @param models of the direction
 * @param decider asks them
 * @param intake what becomes of received packets
 * @param terms what the other stages have to know
 * @param answer completed when they are in force
 */
record Epoch(DirectionModels models, Decider decider, Intake intake, Terms terms, CompletableFuture<Change> answer) {
    /**
     * What follows from the models for stages that do not decide.
     *
     * @param slackNanos how long a stage may leave its work undone without making a packet late
     * @param maxLagNanos a packet that could be sent only that long after its release time is dropped
     * @param reorders whether packets may leave in another order than they came in, or more than once
     */
    record Terms(long slackNanos, long maxLagNanos, boolean reorders) {
        /** While one takes the place of the other. */
        Terms until(Terms next) {
            return new Terms(Math.min(slackNanos, next.slackNanos), next.maxLagNanos, reorders || next.reorders);
        }
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
