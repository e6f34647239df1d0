package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Round-trip times that ping measures. */
final class Ping {
    /** Not measured: the first ones meet code that the JVM has not compiled yet, and resolve addresses. */
    private static final int WARM_UP = 50;

    private static final Pattern TIME = Pattern.compile(" time=([0-9.]+) ms");

    private Ping() {}

    /** Sorted round-trip times, ms, of as many pings from an end to an address, one each 10 ms; all must come back. */
    static double[] sortedMillis(Namespace from, String address, int count) {
        return sortedMillis(from, address, WARM_UP, count);
    }

    /** As the other, with so many before them that are not measured. */
    static double[] sortedMillis(Namespace from, String address, int warmUp, int count) {
        int all = warmUp + count;
        Program.Result result = from.run(
                Duration.ofSeconds(60), "ping", "-n", "-c", Integer.toString(all), "-i", "0.01", "-W", "2", address);
        double[] times = TIME.matcher(result.succeeded())
                .results()
                .mapToDouble(match -> Double.parseDouble(match.group(1)))
                .toArray();
        assertEquals(all, times.length, () -> "answers: " + result.out());
        double[] measured = Arrays.copyOfRange(times, warmUp, all);
        Arrays.sort(measured);
        return measured;
    }

    static double median(double[] sorted) {
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    static String describe(double[] sorted) {
        return String.format(
                java.util.Locale.ROOT,
                "min %.3f median %.3f p99 %.3f max %.3f ms",
                sorted[0],
                median(sorted),
                sorted[(int) (sorted.length * 0.99)],
                sorted[sorted.length - 1]);
    }
}
