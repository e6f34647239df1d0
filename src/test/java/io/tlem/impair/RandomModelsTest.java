package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandomModelsTest {
    private static final int DRAWS = 1_000_000;

    private static PacketContext packet(long arrivalNanos) {
        PacketContext packet = new PacketContext();
        packet.reset(MemorySegment.NULL, 0, 1514, arrivalNanos);
        return packet;
    }

    /** Kolmogorov-Smirnov distance to the uniform distribution, below its critical value at the 0.1 % level. */
    @Test
    void uniformDelayIsUniform() {
        DelayModel delay = Models.delay("uniform,5ms,15ms", new RandomStreams(1, 0));
        double[] draws = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            long nanos = delay.delayNanos(packet(i));
            assertTrue(nanos >= 5_000_000 && nanos <= 15_000_000);
            draws[i] = (nanos - 5_000_000) / 10_000_001.0;
        }
        Arrays.sort(draws);
        double distance = 0;
        for (int i = 0; i < DRAWS; i++) {
            distance = Math.max(distance, Math.max((i + 1.0) / DRAWS - draws[i], draws[i] - (double) i / DRAWS));
        }
        assertTrue(distance < 1.95 / Math.sqrt(DRAWS), "distance " + distance);
        assertEquals(15_000_000, delay.maxNanos());
    }

    @Test
    void uniformDelayReachesBothEnds() {
        DelayModel delay = Models.delay("uniform,10n,12n", new RandomStreams(1, 0));
        int[] seen = new int[13];
        for (int i = 0; i < 3000; i++) {
            seen[(int) delay.delayNanos(packet(i))]++;
        }
        for (int nanos = 10; nanos <= 12; nanos++) {
            assertTrue(seen[nanos] > 850, nanos + " ns: " + seen[nanos]);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.01, 0.05, 0.5, 0.99})
    void lossRateIsWithinItsBinomialInterval(double probability) {
        LossModel loss = Models.loss("plr," + probability, new RandomStreams(3, 0));
        int lost = 0;
        for (int i = 0; i < DRAWS; i++) {
            lost += loss.loses(packet(i)) ? 1 : 0;
        }
        double sigma = Math.sqrt(DRAWS * probability * (1 - probability));
        assertEquals(DRAWS * probability, lost, 3.29 * sigma);
    }

    @Test
    void certainLossAndNoLoss() {
        LossModel all = Models.loss("1", new RandomStreams(3, 0));
        LossModel none = Models.loss("0", new RandomStreams(3, 0));
        for (int i = 0; i < 10_000; i++) {
            assertTrue(all.loses(packet(i)));
            assertFalse(none.loses(packet(i)));
        }
    }

    private static List<Object> decisions(long seed, int direction, String loss, String delay) {
        RandomStreams streams = new RandomStreams(seed, direction);
        Annotator annotator = new Annotator(LinkModels.of(
                Map.of(Role.LOSS, loss, Role.QUEUE, "50000", Role.BANDWIDTH, "ether,1G", Role.DELAY, delay), streams));
        List<Object> decisions = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            PacketContext packet = packet(i * 10_000L);
            Fate fate = annotator.decide(packet);
            decisions.add(fate);
            if (fate == Fate.FORWARD) {
                decisions.add(packet.releaseNanos());
            }
        }
        return decisions;
    }

    @Test
    void theSameSeedGivesTheSameDecisions() {
        List<Object> first = decisions(42, 0, "0.1", "uniform,1ms,5ms");
        assertEquals(first, decisions(42, 0, "0.1", "uniform,1ms,5ms"));
        assertNotEquals(first, decisions(43, 0, "0.1", "uniform,1ms,5ms"));
        assertNotEquals(first, decisions(42, 1, "0.1", "uniform,1ms,5ms"));
    }

    @Test
    void addingAModelDoesNotShiftAnother() {
        List<Object> without = decisions(42, 0, "0.1", "1ms");
        List<Object> with = decisions(42, 0, "0.1", "uniform,1ms,5ms");
        assertEquals(
                without.stream().filter(Fate.class::isInstance).toList(),
                with.stream().filter(Fate.class::isInstance).toList());
    }

    @Test
    void releaseTimesNeverGoBack() {
        long last = Long.MIN_VALUE;
        for (Object decision : decisions(5, 0, "0.01", "uniform,0,50ms")) {
            if (decision instanceof Long release) {
                assertTrue(release >= last);
                last = release;
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delay | uniform,5ms | takes 2 to 3 arguments",
                "delay | uniform,5ms,1ms | minimum",
                "delay | gaussian,1,2 | not a delay model",
                "delay | jitter | not a delay model",
                "delay | nan | not a time",
                "loss | plr | takes 1 argument",
                "loss | 1.5 | out of range",
                "loss | bernoulli | not a loss model",
                "bandwidth | ether | takes 1 argument",
                "bandwidth | 10x | not a bandwidth",
                "bandwidth | ether,1G,2G | takes 1 argument",
                "queue | packets,0 | whole number",
                "queue | packets,1.5 | whole number",
                "queue | 2G | too large"
            })
    void badSpecificationsAreRefusedInOneLine(String role, String spec, String reason) {
        RandomStreams streams = new RandomStreams(1, 0);
        SpecException e = assertThrows(SpecException.class, () -> {
            switch (role) {
                case "delay" -> Models.delay(spec, streams);
                case "loss" -> Models.loss(spec, streams);
                case "bandwidth" -> Models.bandwidth(spec, streams);
                default -> Models.queue(spec, streams);
            }
        });
        assertTrue(e.getMessage().contains(reason), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    @Test
    void tlemSpellings() {
        RandomStreams streams = new RandomStreams(1, 0);
        assertEquals(10_000_000, Models.bandwidth("constant,10M", streams).maxBitsPerSecond());
        assertEquals(10_000_000, Models.bandwidth("const,10M", streams).maxBitsPerSecond());
        assertEquals(BandwidthModel.UNLIMITED, Models.bandwidth("0", streams).maxBitsPerSecond());
        assertEquals(24, Models.bandwidth("ether,10M", streams).overheadBytes());
        assertEquals(10_000_000, Models.delay("constant,10m", streams).maxNanos());
        assertEquals(51_200, Models.queue("50k", streams).maxBytes());
    }
}
