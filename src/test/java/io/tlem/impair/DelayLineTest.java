package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short way through the annotator, of links that only delay. */
class DelayLineTest {
    private static Annotator annotator(Role role, String spec) {
        Map<Role, String> specs = new EnumMap<>(Map.of(Role.DELAY, "1ms"));
        specs.put(role, spec);
        return new Annotator(LinkModels.of(specs, new RandomStreams(1, 0)));
    }

    @Property(tries = 200)
    void decidesManyAsItDecidesOne(
            @ForAll @LongRange(min = 0, max = 3_600_000_000_000L) long delayNanos, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Annotator many = annotator(Role.DELAY, delayNanos + "ns");
        Annotator one = annotator(Role.DELAY, delayNanos + "ns");
        assertTrue(many.isDelayLine(0));
        PacketContext packet = new PacketContext();
        long[] arrivals = new long[64];
        long[] releases = new long[64];
        long now = random.nextLong() >> 2;
        for (int batch = 0; batch < 20; batch++) {
            int count = random.nextInt(65);
            for (int i = 0; i < count; i++) {
                now += random.nextInt(3) == 0 ? 0 : random.nextLong(1_000_000);
                arrivals[i] = now;
            }
            many.delay(arrivals, count, releases);
            for (int i = 0; i < count; i++) {
                packet.reset(MemorySegment.NULL, 0, 60, arrivals[i]);
                assertEquals(Fate.FORWARD, one.decide(packet));
                assertEquals(packet.releaseNanos(), releases[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OUTAGE | periodic,1s,1s",
                "LOSS | 0",
                "QUEUE | 1M",
                "BANDWIDTH | 1G",
                "BANDWIDTH | avg,1G",
                "LOSS_AFTER | 0",
                "CORRUPT | 0",
                "MARK | 0",
                "TRUNCATE | 0,60",
                "DELAY | uniform,1ms,1ms",
                "DELAY_OFFSET | 1ms",
                "ORDER | drop",
                "REORDER | jitter",
                "DUPLICATE | 0"
            })
    void anyOtherModelIsAsked(Role role, String spec) {
        assertFalse(annotator(role, spec).isDelayLine(0));
    }
}
