package io.tlem.impair.delay;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.DelayModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.StepFile;
import io.tlem.impair.Units;
import io.tlem.impair.random.CorrelatedRandom;
import io.tlem.impair.random.CorrelatedUniform;
import io.tlem.impair.random.NetemTable;
import io.tlem.impair.random.QuantileTable;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.ContinuousDistribution;
import org.apache.commons.statistics.distribution.ExponentialDistribution;
import org.apache.commons.statistics.distribution.GammaDistribution;
import org.apache.commons.statistics.distribution.LogNormalDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.ParetoDistribution;
import org.apache.commons.statistics.distribution.WeibullDistribution;

/** The delays that come with the emulator. */
public final class DelayModels implements ModelLibrary {
    private static final double DEFAULT_TAIL = 1e-6;
    private static final double MAX_NANOS = 3600e9;
    private static final long MAX_JITTER_NANOS = (1L << 31) - 1;
    private static final Parameter MAX =
            optional("max", Unit.TIME, "", "longer delays are cut to it; default what one packet in a million exceeds");
    private static final Parameter CORRELATION = optional(
            "correlation", Unit.PROBABILITY, "0", "with the delay before, of normal scores: the distribution stays");
    private static final List<String> ENDS = List.of("hold", "wrap");

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                kind(
                        "constant",
                        List.of(required("t", Unit.TIME, "at most an hour")),
                        "T for every packet",
                        "10ms",
                        (arguments, random) -> DelayModel.constant(arguments.timeNanos("t"))),
                kind(
                        "uniform",
                        List.of(
                                required("min", Unit.TIME, "smallest delay"),
                                required("max", Unit.TIME, "largest delay"),
                                CORRELATION),
                        "uniformly distributed from MIN to MAX",
                        "uniform,5ms,15ms",
                        DelayModels::uniform),
                kind(
                        "exp",
                        List.of(
                                required("min", Unit.TIME, "smallest delay"),
                                required("mean", Unit.TIME, "mean, MIN included"),
                                MAX,
                                CORRELATION),
                        "MIN and an exponentially distributed time (TLEM)",
                        "exp,5ms,10ms",
                        DelayModels::exponential),
                kind(
                        "normal",
                        List.of(
                                required("mean", Unit.TIME, "mean"),
                                required("deviation", Unit.TIME, "standard deviation"),
                                MAX,
                                CORRELATION),
                        "normally distributed; negative delays are none",
                        "normal,20ms,3ms",
                        (arguments, random) -> distributed(
                                NormalDistribution.of(
                                        (double) arguments.timeNanos("mean"), positive(arguments, "deviation")),
                                0,
                                arguments,
                                random)),
                kind(
                        "pareto",
                        List.of(
                                required("min", Unit.TIME, "smallest delay, above 0"),
                                required("shape", Unit.NUMBER, "tail index, 0.1 to 1000; the mean is infinite up to 1"),
                                MAX,
                                CORRELATION),
                        "Pareto distributed: longer than t with probability (MIN / t)^SHAPE",
                        "pareto,5ms,3",
                        (arguments, random) -> distributed(
                                ParetoDistribution.of(positive(arguments, "min"), arguments.number("shape", 0.1, 1000)),
                                0,
                                arguments,
                                random)),
                kind(
                        "paretonormal",
                        List.of(
                                required("mean", Unit.TIME, "mean"),
                                required("jitter", Unit.TIME, "scale of the deviation"),
                                MAX,
                                CORRELATION),
                        "MEAN + JITTER (a quarter of a normal + three quarters of a Pareto quantile, shape 3, mean 0)",
                        "paretonormal,20ms,3ms",
                        DelayModels::paretoNormal),
                kind(
                        "lognormal",
                        List.of(
                                required("median", Unit.TIME, "median, above 0"),
                                required("sigma", Unit.NUMBER, "standard deviation of the logarithm, 0.001 to 10"),
                                MAX,
                                CORRELATION),
                        "lognormally distributed",
                        "lognormal,20ms,0.3",
                        (arguments, random) -> distributed(
                                LogNormalDistribution.of(
                                        Math.log(positive(arguments, "median")), arguments.number("sigma", 0.001, 10)),
                                0,
                                arguments,
                                random)),
                kind(
                        "weibull",
                        List.of(
                                required("scale", Unit.TIME, "what 63 % do not exceed, above 0"),
                                required("shape", Unit.NUMBER, "0.1 to 1000"),
                                MAX,
                                CORRELATION),
                        "Weibull distributed",
                        "weibull,20ms,2",
                        (arguments, random) -> distributed(
                                WeibullDistribution.of(
                                        arguments.number("shape", 0.1, 1000), positive(arguments, "scale")),
                                0,
                                arguments,
                                random)),
                kind(
                        "gamma",
                        List.of(
                                required("mean", Unit.TIME, "mean, above 0"),
                                required("shape", Unit.NUMBER, "0.1 to 1000; the deviation is the mean / sqrt(SHAPE)"),
                                MAX,
                                CORRELATION),
                        "gamma distributed",
                        "gamma,20ms,4",
                        DelayModels::gamma),
                kind(
                        "netem",
                        List.of(
                                required("mu", Unit.TIME, "mean"),
                                required("jitter", Unit.TIME, "at most 2.147s"),
                                optional(
                                        "correlation",
                                        Unit.PROBABILITY,
                                        "0",
                                        "of the numbers drawn; little of it reaches delays"),
                                optional("table", Unit.FILE, "", "distribution table (.dist); else uniform")),
                        "as netem: MU + JITTER T[random] / 8192, or uniform within MU +- JITTER",
                        "netem,20ms,5ms,25%",
                        DelayModels::netem),
                kind(
                        "samples",
                        List.of(required("file", Unit.FILE, "delays, one a line"), CORRELATION),
                        "distributed as measured delays are, with straight lines between them",
                        "samples,samples.txt",
                        (arguments, random) ->
                                samples(DelayFiles.readSamples(arguments.file("file")), correlated(arguments, random))),
                kind(
                        "trace",
                        List.of(
                                required("file", Unit.FILE, "lines TIME DELAY, from time 0 on"),
                                optional("end", Unit.WORD, "hold", "hold the last delay, or wrap: begin again")),
                        "a delay that changes over time, which begins with the first packet",
                        "trace,delays.txt,wrap",
                        DelayModels::trace),
                kind(
                        "inter-packet",
                        List.of(
                                required("min-gap", Unit.TIME, "smallest gap"),
                                required("max-gap", Unit.TIME, "largest gap"),
                                required("delay", Unit.TIME, "of a packet that finds none ahead"),
                                optional("max", Unit.TIME, "1s", "longest delay")),
                        "packets leave a uniformly distributed gap after the one ahead (TLEM)",
                        "inter-packet,1ms,3ms,10ms",
                        DelayModels::interPacket));
    }

    private static ModelKind kind(
            String name,
            List<Parameter> parameters,
            String summary,
            String example,
            BiFunction<Arguments, RandomGenerator, DelayModel> factory) {
        return new ModelKind(Role.DELAY, name, parameters, summary, example, factory);
    }

    private static double positive(Arguments arguments, String name) {
        long nanos = arguments.timeNanos(name);
        if (nanos == 0) {
            throw new SpecException(name + " is 0; it must be above");
        }
        return (double) nanos;
    }

    private static void requireOrder(String lowName, long low, String highName, long high) {
        if (low > high) {
            throw new SpecException(lowName + ", " + low + " ns, is above " + highName + ", " + high + " ns");
        }
    }

    private static DelayModel uniform(Arguments arguments, RandomGenerator random) {
        long min = arguments.timeNanos("min");
        long max = arguments.timeNanos("max");
        requireOrder("the minimum", min, "the maximum", max);
        if (arguments.probability("correlation") == 0) {
            return new UniformDelay(min, max, random);
        }
        double width = (double) (max - min);
        QuantileTable table = new QuantileTable(p -> min + p * width, p -> max - p * width, min, max);
        return new DistributedDelay(table, correlated(arguments, random));
    }

    private static RandomGenerator correlated(Arguments arguments, RandomGenerator random) {
        double rho = arguments.probability("correlation");
        return rho == 0 ? random : new CorrelatedUniform(rho, random);
    }

    private static DelayModel exponential(Arguments arguments, RandomGenerator random) {
        long min = arguments.timeNanos("min");
        long mean = arguments.timeNanos("mean");
        requireOrder("the minimum", min, "the mean", mean);
        return min == mean
                ? DelayModel.constant(min)
                : distributed(ExponentialDistribution.of((double) (mean - min)), min, arguments, random);
    }

    private static DelayModel gamma(Arguments arguments, RandomGenerator random) {
        double shape = arguments.number("shape", 0.1, 1000);
        return distributed(GammaDistribution.of(shape, positive(arguments, "mean") / shape), 0, arguments, random);
    }

    private static DelayModel paretoNormal(Arguments arguments, RandomGenerator random) {
        long mean = arguments.timeNanos("mean");
        long jitter = arguments.timeNanos("jitter");
        ContinuousDistribution normal = NormalDistribution.of(0, 1);
        ContinuousDistribution pareto = ParetoDistribution.of(1, 3);
        return table(
                p -> mean
                        + jitter
                                * (normal.inverseCumulativeProbability(p) / 4
                                        + (pareto.inverseCumulativeProbability(p) - pareto.getMean()) * 3 / 4),
                p -> mean
                        + jitter
                                * (normal.inverseSurvivalProbability(p) / 4
                                        + (pareto.inverseSurvivalProbability(p) - pareto.getMean()) * 3 / 4),
                arguments,
                random);
    }

    /** @param shift ns, added to what is drawn */
    private static DelayModel distributed(
            ContinuousDistribution distribution, long shift, Arguments arguments, RandomGenerator random) {
        return table(
                p -> shift + distribution.inverseCumulativeProbability(p),
                p -> shift + distribution.inverseSurvivalProbability(p),
                arguments,
                random);
    }

    private static DelayModel table(
            DoubleUnaryOperator quantile,
            DoubleUnaryOperator upperQuantile,
            Arguments arguments,
            RandomGenerator random) {
        double max = arguments.has("max")
                ? arguments.timeNanos("max")
                : Math.ceil(Math.max(0, upperQuantile.applyAsDouble(DEFAULT_TAIL)));
        if (max > MAX_NANOS) {
            throw new SpecException("one delay in a million is longer than an hour; give max=TIME");
        }
        return new DistributedDelay(
                new QuantileTable(quantile, upperQuantile, 0, (long) max), correlated(arguments, random));
    }

    private static DelayModel netem(Arguments arguments, RandomGenerator random) {
        long jitter = arguments.timeNanos("jitter");
        if (jitter > MAX_JITTER_NANOS) {
            throw new SpecException("a jitter of " + jitter + " ns is too large; at most " + MAX_JITTER_NANOS + " ns");
        }
        NetemTable table = arguments.has("table") ? NetemTable.read(arguments.file("table")) : null;
        CorrelatedRandom correlated = new CorrelatedRandom(arguments.probability("correlation"), random);
        return new NetemDelay(arguments.timeNanos("mu"), jitter, table, correlated);
    }

    private static DelayModel samples(long[] sorted, RandomGenerator random) {
        DoubleUnaryOperator quantile = p -> {
            double place = p * (sorted.length - 1);
            int below = (int) Math.min(place, sorted.length - 1);
            int above = Math.min(below + 1, sorted.length - 1);
            return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
        };
        return new DistributedDelay(
                new QuantileTable(quantile, p -> quantile.applyAsDouble(1 - p), sorted[0], sorted[sorted.length - 1]),
                random);
    }

    private static DelayModel trace(Arguments arguments, RandomGenerator random) {
        boolean wraps = arguments.word("end", ENDS).equals("wrap");
        return new TraceDelay(StepFile.read(arguments.file("file"), wraps, "delay", Units::parseTime), wraps);
    }

    private static DelayModel interPacket(Arguments arguments, RandomGenerator random) {
        long minGap = arguments.timeNanos("min-gap");
        long maxGap = arguments.timeNanos("max-gap");
        long delay = arguments.timeNanos("delay");
        long max = arguments.timeNanos("max");
        requireOrder("the smallest gap", minGap, "the largest", maxGap);
        requireOrder("the delay", delay, "the longest", max);
        return new InterPacketDelay(minGap, maxGap, delay, max, random);
    }
}
