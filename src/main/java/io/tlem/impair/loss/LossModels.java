package io.tlem.impair.loss;

import static io.tlem.impair.Parameter.list;
import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.LossModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.StepFile;
import io.tlem.impair.Units;
import io.tlem.impair.random.CorrelatedChance;
import java.util.List;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/** The losses that come with the emulator. */
public final class LossModels implements ModelLibrary {
    private static final Parameter P = required("p", Unit.PROBABILITY, "of each packet");
    private static final Parameter ECN = optional(
            "ecn", Unit.WORD, "off", "on: packets whose senders take part are marked instead of lost (netem's ecn)");
    private static final long MAX_BURST = 1_000_000_000;
    private static final long MAX_NUMBER = 1_000_000_000_000L;
    private static final String WRAP = "wrap";
    private static final String ONCE = "once";

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                kind(
                        "plr",
                        List.of(P),
                        "loses each packet with probability P, independently",
                        "0.01",
                        (arguments, random) -> new PacketLossRate(arguments.probability("p"), random)),
                kind(
                        "ber",
                        List.of(required("p", Unit.PROBABILITY, "of each bit to be wrong")),
                        "loses packets in which a bit is wrong, with probability P of each bit: long ones more often",
                        "ber,1e-6",
                        (arguments, random) -> new BitErrorRate(arguments.probability("p"), random)),
                kind(
                        "burst",
                        List.of(
                                required("p", Unit.PROBABILITY, "of a packet outside a burst to begin one"),
                                required("min", Unit.COUNT, "packets, 1 to 1000000000"),
                                required("max", Unit.COUNT, "packets, MIN to 1000000000")),
                        "loses bursts of MIN to MAX packets; each packet outside begins one with probability P (TLEM)",
                        "burst,0.1%,2,10",
                        LossModels::burst),
                kind(
                        "random",
                        List.of(P, optional("correlation", Unit.PROBABILITY, "0", "from one packet to the next"), ECN),
                        "loses packets with probability P and a correlation, as netem's loss random",
                        "random,1%,25%",
                        (arguments, random) -> {
                            CorrelatedChance chance = new CorrelatedChance(
                                    arguments.probability("p"), arguments.probability("correlation"), random);
                            return marking(arguments, packet -> chance.happens());
                        }),
                kind(
                        "state",
                        List.of(
                                required("p13", Unit.PROBABILITY, "from good to a burst's loss"),
                                optional(
                                        "p31",
                                        Unit.PROBABILITY,
                                        "",
                                        "from a burst's loss to good; 1 - P13 if not given"),
                                optional("p32", Unit.PROBABILITY, "0", "from loss to good within a burst"),
                                optional("p23", Unit.PROBABILITY, "1", "from good to loss within a burst"),
                                optional("p14", Unit.PROBABILITY, "0", "from good to an isolated loss"),
                                ECN),
                        "loses packets by a Markov chain with 4 states, as netem's loss state",
                        "state,1%,20%,10%,50%,0.1%",
                        (arguments, random) -> marking(arguments, fourState(arguments, random))),
                kind(
                        "gemodel",
                        List.of(
                                required("p", Unit.PROBABILITY, "from the good state to the bad one"),
                                optional("r", Unit.PROBABILITY, "", "from bad to good; 1 - P if not given"),
                                optional("bad-loss", Unit.PROBABILITY, "1", "of a packet in the bad state, 1-h"),
                                optional("good-loss", Unit.PROBABILITY, "0", "of a packet in the good state, 1-k"),
                                ECN),
                        "loses packets by the Gilbert-Elliott model, as netem's loss gemodel",
                        "gemodel,1%,10%,70%,0.1%",
                        (arguments, random) -> marking(arguments, gilbertElliott(arguments, random))),
                kind(
                        "gilbert",
                        List.of(
                                required("p", Unit.PROBABILITY, "from the good state to the bad one"),
                                required(
                                        "r", Unit.PROBABILITY, "from bad to good; bursts have 1/R packets on average")),
                        "loses all packets of the bad state and none of the good one (simple Gilbert model)",
                        "gilbert,1%,25%",
                        (arguments, random) ->
                                new GilbertLoss(arguments.probability("p"), arguments.probability("r"), random)),
                kind(
                        "dummynet",
                        List.of(
                                required("good-loss", Unit.PROBABILITY, "of a packet in the good state, K"),
                                required("p", Unit.PROBABILITY, "from the good state to the bad one"),
                                required("bad-loss", Unit.PROBABILITY, "of a packet in the bad state, H"),
                                required("r", Unit.PROBABILITY, "from bad to good")),
                        "the Gilbert-Elliott model in the order of dummynet's plr K,p,H,r, see ipfw(8)",
                        "dummynet,0.1%,1%,70%,10%",
                        LossModels::gilbertElliott),
                kind(
                        "every",
                        List.of(
                                required("n", Unit.COUNT, "1 to 10^12"),
                                optional("first", Unit.COUNT, "", "number of the first one, from 1; N if not given")),
                        "loses the packets FIRST, FIRST + N, FIRST + 2 N and so on",
                        "every,100",
                        LossModels::every),
                kind(
                        "packets",
                        List.of(list("list", Unit.WORD, "numbers of packets, from 1, and ranges such as 10-20")),
                        "loses the packets with these numbers, and no others",
                        "packets,3,7,10-20",
                        (arguments, random) -> new ListedLoss(arguments.texts("list"))),
                kind(
                        "trace",
                        List.of(
                                required("file", Unit.FILE, "lines TIME P, from time 0 on"),
                                optional("end", Unit.WORD, "hold", "the last probability stays, or wrap: begin again")),
                        "loses packets with a probability that changes over time, which begins with the first packet",
                        "trace,loss-rates.txt,wrap",
                        LossModels::trace),
                kind(
                        "bits",
                        List.of(
                                required("file", Unit.FILE, "a character a packet, 1 lost, 0 not; # begins a comment"),
                                optional(
                                        "end", Unit.WORD, WRAP, "wrap: begin again at the end; or once: no more loss")),
                        "loses packets as a file of 0 and 1 says",
                        "bits,losses.txt",
                        (arguments, random) -> new RecordedLoss(
                                arguments.file("file"),
                                arguments.word("end", List.of(WRAP, ONCE)).equals(WRAP))));
    }

    private static ModelKind kind(
            String name,
            List<Parameter> parameters,
            String summary,
            String example,
            BiFunction<Arguments, RandomGenerator, LossModel> factory) {
        return new ModelKind(Role.LOSS, name, parameters, summary, example, factory);
    }

    private static LossModel marking(Arguments arguments, LossModel loss) {
        return arguments.word("ecn", List.of("off", "on")).equals("on") ? new MarkingLoss(loss) : loss;
    }

    private static LossModel burst(Arguments arguments, RandomGenerator random) {
        long min = arguments.count("min", 1, MAX_BURST);
        long max = arguments.count("max", 1, MAX_BURST);
        if (max < min) {
            throw new SpecException("a burst's minimum of " + min + " packets is above its maximum of " + max);
        }
        return new BurstLoss(arguments.probability("p"), min, max, random);
    }

    private static LossModel fourState(Arguments arguments, RandomGenerator random) {
        double p13 = arguments.probability("p13");
        return new FourStateLoss(
                p13,
                arguments.has("p31") ? arguments.probability("p31") : 1 - p13,
                arguments.probability("p32"),
                arguments.probability("p23"),
                arguments.probability("p14"),
                random);
    }

    private static LossModel gilbertElliott(Arguments arguments, RandomGenerator random) {
        double p = arguments.probability("p");
        return new GilbertElliottLoss(
                p,
                arguments.has("r") ? arguments.probability("r") : 1 - p,
                arguments.probability("bad-loss"),
                arguments.probability("good-loss"),
                random);
    }

    private static LossModel trace(Arguments arguments, RandomGenerator random) {
        boolean wraps = arguments.word("end", List.of("hold", WRAP)).equals(WRAP);
        return new TraceLoss(
                StepFile.read(
                        arguments.file("file"),
                        wraps,
                        "probability",
                        text -> Double.doubleToRawLongBits(Units.parseProbability(text))),
                wraps,
                random);
    }

    private static LossModel every(Arguments arguments, RandomGenerator random) {
        long n = arguments.count("n", 1, MAX_NUMBER);
        return new PeriodicLoss(n, arguments.has("first") ? arguments.count("first", 1, MAX_NUMBER) : n);
    }
}
