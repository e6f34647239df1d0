package io.tlem.impair;

import java.util.random.RandomGenerator;

/**
 * Makes the models of one kind from their specification, {@code kind,arg,arg}. Providers are found as services
 * ({@link java.util.ServiceLoader}) under one of the four nested interfaces, so that a user's model is a name on the
 * command line like the built-in ones.
 *
 * @param <M> the model's interface
 */
public interface ModelProvider<M> {
    /** The name that starts the specification, lower case. */
    String kind();

    /** The specification's form, for example {@code uniform,MIN,MAX}. */
    String usage();

    /** What the model does, in one line with units. */
    String summary();

    /**
     * Makes a model for one direction.
     *
     * @param arguments what follows the kind
     * @param random this model's own generator; nothing else draws from it
     * @throws SpecException when the arguments are not acceptable
     */
    M create(Arguments arguments, RandomGenerator random);

    /** Provider of a bandwidth model. */
    interface Bandwidth extends ModelProvider<BandwidthModel> {}

    /** Provider of a queue model. */
    interface Queue extends ModelProvider<QueueModel> {}

    /** Provider of a loss model. */
    interface Loss extends ModelProvider<LossModel> {}

    /** Provider of a delay model. */
    interface Delay extends ModelProvider<DelayModel> {}
}
