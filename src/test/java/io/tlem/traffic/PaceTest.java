package io.tlem.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When packets are due. */
class PaceTest {
    private static final long SECOND = 1_000_000_000L;

    private static Pace pace(String stream) {
        return StreamReader.read(Map.of(), List.of(stream), 7).getFirst().pace().pace(7);
    }

    private long limit;

    /** As who asks now and then, up to a time that goes on. */
    private long next(Pace pace) {
        long due = pace.due(limit);
        while (due == Pace.UNKNOWN) {
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

    /** Packets that are due within each tenth of a second. */
    private int[] perTenth(String stream, int tenths) {
        limit = 0;
        Pace pace = pace(stream);
        int[] counts = new int[tenths];
        for (long due = next(pace); due < tenths * SECOND / 10; due = next(pace)) {
            counts[(int) (due * 10 / SECOND)]++;
            pace.advance(100);
        }
        return counts;
    }

    @Test
    void aRateFollowsAnExpressionOfTheTime() {
        int[] counts = perTenth("pps=10k+10k*t", 20);
        for (int i = 0; i < counts.length; i++) {
            assertEquals(1000 + 100 * (i + 0.5), counts[i], 1.5, "tenth " + i);
        }
        int[] gated = perTenth("rate=8M*(t>0.5),pattern=poisson", 10);
        assertEquals(0, gated[0] + gated[1] + gated[2] + gated[3] + gated[4]);
        assertEquals(5000, gated[5] + gated[6] + gated[7] + gated[8] + gated[9], 5 * Math.sqrt(5000));
    }

    @Test
    void aSineSwingsAroundItsRate() {
        int[] counts = perTenth("pps=100k,pattern=sine:2s:40%", 20);
        for (int i = 0; i < counts.length; i++) {
            double from = Math.cos(Math.PI * i / 10);
            double to = Math.cos(Math.PI * (i + 1) / 10);
            double expected = 10_000 + 100_000 * 0.4 * (from - to) / Math.PI;
            assertEquals(expected, counts[i], 2, "tenth " + i);
        }
    }

    @Test
    void burstsComeAtOnceAndKeepTheRate() {
        Pace pace = pace("rate=1M,pattern=bursts:8");
        for (int burst = 0; burst < 1000; burst++) {
            long due = next(pace);
            assertEquals((double) (burst * 8L * 8 * 125 * 1000), (double) due, 1); // 8 packets of 125 bytes take 8 ms
            for (int i = 0; i < 8; i++) {
                assertEquals(due, next(pace));
                pace.advance(125);
            }
        }
    }

    /** Times on and off have the means of their distribution, shape 3, and packets are even in between. */
    @Test
    void onOffIsEvenWhileItIsOnAndKeepsTheMeans() {
        Pace pace = pace("pps=20k,pattern=on-off:2ms:6ms:3");
        long gap = 12_500; // at four times the rate
        long start = next(pace);
        long last = start;
        double on = 0;
        double off = 0;
        int turns = 0;
        long packets = 0;
        while (turns < 20_000) {
            pace.advance(60);
            packets++;
            long due = next(pace);
            if (due - last > gap + 1) {
                turns++;
                off += due - last - gap;
                on += last - start + gap;
                start = due;
            } else {
                assertTrue(Math.abs(due - last - gap) <= 1);
            }
            last = due;
        }
        assertEquals(6e6, off / turns, 6e6 * 0.03);
        assertEquals(2e6, on / turns, 2e6 * 0.03);
        assertEquals(20_000, packets * 1e9 / last, 20_000 * 0.04);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2+3*4-6/3 | 12",
                "-2^2 | -4",
                "2^3^2 | 512",
                "(1+2)*3k | 9000",
                "1.5M+1e3 | 1501000",
                "min(3,max(1,2)) | 2",
                "abs(-4)*sqrt(16)+floor(2.7) | 18",
                "10*(1<2)+(2<1) | 10",
                "sin(pi/2)+log(e)+exp(0)+cos(0)+tan(0) | 4",
                "t*2 | 6",
                ".5-- .5 | 1"
            })
    void expressionsHaveTheirUsualValue(String text, double value) {
        assertEquals(value, Expression.parse(text).value().applyAsDouble(3), 1e-9);
        assertEquals(!text.contains("t*"), Expression.parse(text).isConstant());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1+ | ends where a number is expected",
                "(1 | lacks a closing parenthesis",
                "1 2 | has something behind its end",
                "sni(1) | did you mean 'sin'?",
                "sin | without a parenthesis",
                "min(1) | it takes two",
                "10x | not a number with k, M or G",
                "1.2.3 | where a number is expected",
                "* | has '*' where a number is expected"
            })
    void whatIsNoExpressionIsRefused(String text, String reason) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> Expression.parse(text));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Expression.parse("(".repeat(900)));
        assertThrows(IllegalArgumentException.class, () -> Expression.parse("-".repeat(900) + "1"));
    }
}
