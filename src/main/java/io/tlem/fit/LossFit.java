package io.tlem.fit;

import io.tlem.fit.LossSequence.Fate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How well a loss model fits.
 *
 * @param family of the model
 * @param estimates of its parameters
 * @param logLikelihood of what was seen
 * @param packets of which it is known whether they were lost
 */
public record LossFit(LossFamily family, List<Estimate> estimates, double logLikelihood, long packets) {
    /** So many losses are needed to tell models with a memory apart. */
    private static final int LEAST_LOSSES = 20;

    /**
     * The Bayesian information criterion (Schwarz 1978): of several models the one with the least is taken, so that a parameter
     * more has to be worth it.
     */
    public double bic() {
        return estimates.size() * Math.log((double) Math.max(2, packets)) - 2 * logLikelihood;
    }

    /** The specification of the model. */
    public String specification() {
        String parameters = estimates.stream().map(Estimate::parameter).collect(Collectors.joining(","));
        return family == LossFamily.INDEPENDENT ? parameters : family.kind() + "," + parameters;
    }

    /** Packets that the model loses, of all. */
    public double lossRate() {
        return family.lossRate(estimates.stream().mapToDouble(Estimate::value).toArray());
    }

    /**
     * The models that may have lost these packets, the best first; empty when nothing was lost.
     *
     * @param sequence of which something is known
     */
    static List<LossFit> of(LossSequence sequence) {
        long lost = sequence.count(Fate.LOST);
        if (lost == 0) {
            return List.of();
        }
        List<LossFit> fits = new ArrayList<>(List.of(LossFamily.INDEPENDENT.fit(sequence)));
        if (lost >= LEAST_LOSSES && sequence.count(Fate.KEPT) >= LEAST_LOSSES) {
            for (LossFamily family : LossFamily.values()) {
                if (family != LossFamily.INDEPENDENT) {
                    fits.add(family.fit(sequence));
                }
            }
        }
        fits.removeIf(fit -> !Double.isFinite(fit.logLikelihood()));
        fits.sort(Comparator.comparingDouble(LossFit::bic));
        return fits;
    }
}
