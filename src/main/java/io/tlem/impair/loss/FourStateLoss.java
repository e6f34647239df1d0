package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.SpecException;
import java.util.random.RandomGenerator;

/**
 * netem's {@code loss state}, the Markov chain of Salsano, Ludovici and Ordine ("General and Intuitive" loss model) as
 * loss_4state in sch_netem steps it: a packet moves the chain and is lost when that leads to, or stays in, a state of loss.
 *
 * <pre>{@code
 *                 p13                    p32
 *   1 good in gap ---> 3 lost in burst <-----> 2 good in burst
 *     |  ^        <---                   p23
 *     |  |        p31
 * p14 v  | 1
 *   4 lost in gap
 * }</pre>
 */
final class FourStateLoss implements LossModel {
    /** What rounding may add to two probabilities that people mean to be 1 together. */
    private static final double ROUNDING = 1e-9;

    /** sch_netem's states, in the order of their numbers there. */
    private enum State {
        GOOD_IN_GAP,
        GOOD_IN_BURST,
        LOST_IN_BURST,
        LOST_IN_GAP
    }

    private final double p14;
    private final double p14OrP13;
    private final double p23;
    private final double p32;
    private final double p32OrP31;
    private final RandomGenerator random;
    private State state = State.GOOD_IN_GAP;

    FourStateLoss(double p13, double p31, double p32, double p23, double p14, RandomGenerator random) {
        this.p14 = p14;
        this.p14OrP13 = sum("p13", p13, "p14", p14);
        this.p23 = p23;
        this.p32 = p32;
        this.p32OrP31 = sum("p31", p31, "p32", p32);
        this.random = random;
    }

    private static double sum(String firstName, double first, String secondName, double second) {
        if (first + second > 1 + ROUNDING) {
            throw new SpecException(firstName + " = " + first + " and " + secondName + " = " + second
                    + " are more than 1 together, and leave the same state");
        }
        return first + second;
    }

    @Override
    public boolean loses(PacketContext packet) {
        double draw = random.nextDouble();
        state = switch (state) {
            case GOOD_IN_GAP ->
                draw < p14 ? State.LOST_IN_GAP : draw < p14OrP13 ? State.LOST_IN_BURST : State.GOOD_IN_GAP;
            case GOOD_IN_BURST -> draw < p23 ? State.LOST_IN_BURST : State.GOOD_IN_BURST;
            case LOST_IN_BURST ->
                draw < p32 ? State.GOOD_IN_BURST : draw < p32OrP31 ? State.GOOD_IN_GAP : State.LOST_IN_BURST;
            case LOST_IN_GAP -> State.GOOD_IN_GAP;
        };
        return state == State.LOST_IN_BURST || state == State.LOST_IN_GAP;
    }
}
