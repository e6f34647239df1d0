package io.tlem.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When packets are due. */
class PaceTest {
    private static final long SECOND = 1_000_000_000L;

    private static Pace pace(String stream) {
        return StreamReader.read(Map.of(), List.of(stream), 7).getFirst().pace().pace(7);
    }

    private static long next(Pace pace) {
        long limit = 0;
        long due = pace.due(limit);
        while (due == Pace.UNKNOWN) { // as whoever asks now and then
            limit += 50_000;
            due = pace.due(limit);
        }
        return due;
    }

    @Test
    void aConstantRateIsExactForMillionsOfPackets() {
        Pace pace = pace("rate=123456789,framing");
        BigInteger bits = BigInteger.ZERO;
        for (int i = 0; i < 2_000_000; i++) {
            long exact = bits.multiply(BigInteger.valueOf(SECOND))
                    .divide(BigInteger.valueOf(123_456_789))
                    .longValueExact();
            assertEquals(exact, pace.due(Long.MAX_VALUE));
            int bytes = 60 + i % 1000;
            pace.advance(bytes);
            bits = bits.add(BigInteger.valueOf(8L * (bytes + 24)));
        }
        Pace slow = pace("pps=0.5");
        slow.advance(60);
        assertEquals(2 * SECOND, slow.due(0));
    }

    /** Mean, variance and the shares beyond one and three means are those of an exponential distribution. */
    @Test
    void poissonHasExponentialGaps() {
        Pace pace = pace("pps=100k,pattern=poisson");
        int packets = 200_000;
        double mean = 10_000;
        double sum = 0;
        double squares = 0;
        int beyond = 0;
        int farBeyond = 0;
        long last = next(pace);
        for (int i = 0; i < packets; i++) {
            pace.advance(60);
            long due = next(pace);
            double gap = due - last;
            last = due;
            sum += gap;
            squares += gap * gap;
            beyond += gap > mean ? 1 : 0;
            farBeyond += gap > 3 * mean ? 1 : 0;
        }
        double error = 4 / Math.sqrt(packets);
        assertEquals(mean, sum / packets, mean * error);
        assertEquals(mean * mean, squares / packets - mean * mean, mean * mean * 3 * error);
        assertEquals(Math.exp(-1), (double) beyond / packets, error);
        assertEquals(Math.exp(-3), (double) farBeyond / packets, error);
        assertTrue(last > 0);
    }
}
