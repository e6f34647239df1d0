package io.tlem.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.LossModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parameters of loss models are found again, of what the models themselves have lost. */
class LossFitTest {
    private static final int PACKETS = 60_000;

    private static LossSequence lostBy(String model, int packets, long seed) {
        LossModel loss = Models.loss(model, new RandomStreams(seed, 0));
        PacketContext packet = new PacketContext();
        LossSequence sequence = new LossSequence();
        for (int i = 0; i < packets; i++) {
            packet.reset(MemorySegment.NULL, 0, 100, i * 1000L);
            sequence.add(loss.loses(packet) ? LossSequence.Fate.LOST : LossSequence.Fate.KEPT);
        }
        return sequence;
    }

    private static double[] numbers(String model) {
        return Arrays.stream(model.split(",", -1))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plr,0.02",
                "gilbert,0.01,0.3",
                "gemodel,0.01,0.1,0.5",
                "gemodel,0.01,0.1,0.6,0.005",
                "state,0.01,0.2,0.2,0.1,0.02"
            })
    void aModelIsFoundAgain(String model) {
        LossFit fit = LossFit.of(lostBy(model, PACKETS, 1)).getFirst();
        double[] numbers = numbers(model);
        assertEquals(numbers.length, fit.estimates().size(), fit.specification());
        assertEquals(model.split(",", -1)[0], fit.family().kind());
        for (int i = 0; i < numbers.length; i++) {
            Estimate estimate = fit.estimates().get(i);
            assertTrue(estimate.contains(numbers[i]), model + ": " + estimate.name() + " " + estimate.shown());
            assertTrue(estimate.high() - estimate.low() < 0.9 * numbers[i] + 0.05, estimate.shown());
        }
    }

    /** By all ways through the states, which are few for a short sequence. */
    @Test
    void theLikelihoodIsTheSumOverAllWays() {
        HiddenChain chain = LossFamily.STATES_ISOLATED.chain(0.1, 0.3, 0.2, 0.4, 0.05);
        boolean[] lost = {false, true, true, false, false, true, false, false};
        LossSequence sequence = new LossSequence();
        for (int i = 0; i < lost.length; i++) {
            sequence.add(
                    i == 4 ? LossSequence.Fate.UNKNOWN : lost[i] ? LossSequence.Fate.LOST : LossSequence.Fate.KEPT);
        }
        double sum = 0;
        int states = chain.loss().length;
        for (int way = 0; way < Math.pow(states, lost.length); way++) {
            double product = 1;
            int before = -1;
            int left = way;
            for (int i = 0; i < lost.length; i++) {
                int state = left % states;
                left /= states;
                product *= before < 0 ? chain.start()[state] : chain.next()[before][state];
                product *= i == 4 ? 1 : lost[i] ? chain.loss()[state] : 1 - chain.loss()[state];
                before = state;
            }
            sum += product;
        }
        assertEquals(Math.log(sum), chain.logLikelihood(sequence), 1e-9);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.02 | 3    | -   | -     | -",
                "0.05 | 8    | 0.6 | -     | -",
                "0.02 | 8    | 0.6 | 0.002 | -",
                "0.02 | 8    | 0.6 | 0.002 | 2",
                "0.1  | 20.5 | 0.3 | -     | 4"
            })
    void whatTestersKnowIsWhatTheModelDoes(double loss, double burst, String density, String isolated, String good) {
        LinkFile.Model model =
                new KnownLoss(loss, Optional.of(burst), given(density), given(isolated), given(good)).model();
        LossSequence sequence = lostBy(model.specification(), 400_000, 5);
        double worth = sequence.known() / (2 * burst);
        Estimate found = Estimate.ofShare("loss", loss * worth, worth);
        double rate = (double) sequence.count(LossSequence.Fate.LOST) / sequence.known();
        assertTrue(found.contains(rate), model.specification() + " loses " + rate);
        if (given(density).isEmpty()) {
            double bursts = Arrays.stream(sequence.bursts(1000)).sum();
            assertEquals(burst, sequence.count(LossSequence.Fate.LOST) / bursts, burst * 0.05);
        }
        double[] numbers = numbers(model.specification());
        LossFamily family = LossFamily.values()[numbers.length == 2 ? 1 : numbers.length == 4 ? 3 : 5];
        assertEquals(loss, family.lossRate(numbers), loss * 1e-6);
    }

    private static Optional<Double> given(String text) {
        return text.equals("-") ? Optional.empty() : Optional.of(Double.valueOf(text));
    }

    @Test
    void impossibleLossesAreRefused() {
        List<KnownLoss> impossible = List.of(
                known(0, 3, Optional.empty()),
                known(1, 3, Optional.empty()),
                known(0.8, 2, Optional.empty()),
                known(0.1, 0.5, Optional.empty()),
                known(0.1, 3, Optional.of(0.05)),
                new KnownLoss(0.1, Optional.empty(), Optional.of(0.5), Optional.empty(), Optional.empty()));
        for (KnownLoss known : impossible) {
            String message =
                    assertThrows(IllegalArgumentException.class, known::model).getMessage();
            assertEquals(1, message.lines().count(), message);
        }
    }

    private static KnownLoss known(double loss, double burst, Optional<Double> density) {
        return new KnownLoss(loss, Optional.of(burst), density, Optional.empty(), Optional.empty());
    }

    @Test
    void nothingLostHasNoModelAndAnUpperBound() {
        assertEquals(List.of(), LossFit.of(lostBy("plr,0", 1000, 1)));
        Estimate none = Estimate.ofShare("loss", 0, 1000);
        assertEquals(0, none.low());
        assertTrue(none.high() > 0.003 && none.high() < 0.01, none.shown());
    }
}
