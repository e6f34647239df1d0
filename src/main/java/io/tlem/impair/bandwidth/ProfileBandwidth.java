package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.SpecException;
import io.tlem.impair.SpecLines;
import io.tlem.impair.Units;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * dummynet's profile (ipfw(8), "profile"): beside its transmission time a packet holds the channel for an extra time, as with
 * preambles, contention and retransmissions: {@code t_L = max(t_L', t_A) + 8 length / bandwidth + sample[i]}, i uniform of the
 * S samples. With {@code i >= int(loss-level S)} it is refused, after it has held the channel for that time.
 *
 * <p>The samples are the points of the file, joined by lines: between two points, for i from {@code int(p1 S)} to
 * {@code int(p2 S) - 1}, {@code delay1 + (i - p1 S) (delay2 - delay1) / ((p2 - p1) S)}, in whole nanoseconds where dummynet
 * has whole milliseconds. Exit times are exact beside that; returned is the floor.
 */
final class ProfileBandwidth implements BandwidthModel {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int MAX_LINES = 10_000;

    private final long bitsPerSecond;
    private final long[] sampleNanos;
    private final int lossIndex;
    private final RandomGenerator random;
    private long exitNanos = Long.MIN_VALUE;
    private long remainder; // of the exit time, in units of 1/bitsPerSecond ns

    private ProfileBandwidth(long bitsPerSecond, long[] sampleNanos, int lossIndex, RandomGenerator random) {
        this.bitsPerSecond = bitsPerSecond;
        this.sampleNanos = sampleNanos;
        this.lossIndex = lossIndex;
        this.random = random;
    }

    /**
     * Reads the file.
     *
     * @param bitsPerSecond 0 for the file's
     */
    static ProfileBandwidth read(long bitsPerSecond, Path file, RandomGenerator random) {
        try (SpecLines lines = new SpecLines(file, MAX_LINES)) {
            Reader reader = new Reader(lines);
            reader.read();
            long rate = bitsPerSecond > 0 ? bitsPerSecond : reader.bitsPerSecond;
            if (rate == 0) {
                throw lines.fileError("bps is 0, and there is no bw in the file");
            }
            int lossIndex = reader.lossLevel
                    .multiply(BigDecimal.valueOf(reader.samples))
                    .intValue();
            return new ProfileBandwidth(rate, reader.sampleNanos(), lossIndex, random);
        }
    }

    @Override
    public long exitNanos(PacketContext packet) {
        if (packet.arrivalNanos() > exitNanos) {
            exitNanos = packet.arrivalNanos();
            remainder = 0;
        }
        int index = random.nextInt(sampleNanos.length);
        long bitNanos = 8L * packet.lengthBytes() * NANOS_PER_SECOND + remainder;
        long transmissionNanos = bitNanos / bitsPerSecond;
        remainder = bitNanos - transmissionNanos * bitsPerSecond;
        exitNanos += transmissionNanos + sampleNanos[index];
        return index >= lossIndex ? REFUSED : exitNanos;
    }

    @Override
    public long maxBitsPerSecond() {
        return bitsPerSecond;
    }

    private record Point(BigDecimal delayMillis, BigDecimal probability) {}

    /** The file, and what is checked line by line. */
    private static final class Reader {
        private static final int MAX_POINTS = 1024;
        private static final int MAX_SAMPLES = 1024;
        private static final int MAX_NAME = 31;
        private static final BigDecimal MAX_MILLIS = BigDecimal.valueOf(3_600_000);
        /** Decimal places and exponent are bounded, so that no number takes long. */
        private static final Pattern NUMBER =
                Pattern.compile("([0-9]{1,12}\\.?[0-9]{0,20}|\\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})?");

        private final SpecLines lines;
        private final Set<String> seen = new HashSet<>();
        private final List<Point> points = new ArrayList<>();
        private boolean inPoints;
        private boolean delayFirst;
        private int samples = 100;
        private BigDecimal lossLevel = BigDecimal.ONE;
        private long bitsPerSecond;

        Reader(SpecLines lines) {
            this.lines = lines;
        }

        void read() {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                String[] words = content.split("\\s+", -1);
                if (words.length != 2) {
                    throw lines.error("expected two words, found " + SpecLines.quote(content));
                }
                line(words[0], words[1]);
            }
            if (points.size() < 2) {
                throw lines.fileError("a profile has at least two points, found " + points.size());
            }
            points.sort(Comparator.comparing(Point::probability).thenComparing(Point::delayMillis));
        }

        private void line(String first, String second) {
            String keyword = first.toLowerCase(Locale.ROOT);
            switch (keyword) {
                case "name" -> {
                    if (second.length() > MAX_NAME) {
                        throw lines.error("a name has at most " + MAX_NAME + " characters");
                    }
                }
                case "bw" -> bitsPerSecond = bandwidth(second);
                case "loss-level" -> lossLevel = number(second, BigDecimal.ONE);
                case "samples" -> samples = samples(second);
                case "delay", "prob" -> {
                    String other = keyword.equals("delay") ? "prob" : "delay";
                    if (!second.equalsIgnoreCase(other)) {
                        throw lines.error("expected '" + keyword + " " + other + "', found " + SpecLines.quote(second));
                    }
                    delayFirst = keyword.equals("delay");
                    keyword = "points";
                }
                default -> {
                    point(first, second);
                    return;
                }
            }
            if (!seen.add(keyword)) {
                throw lines.error("a second " + keyword);
            }
            inPoints = keyword.equals("points");
        }

        private void point(String first, String second) {
            if (!inPoints) {
                throw lines.error(
                        "expected name, bw, loss-level, samples, delay or prob, found " + SpecLines.quote(first));
            }
            if (points.size() == MAX_POINTS) {
                throw lines.error("more than " + MAX_POINTS + " points");
            }
            points.add(new Point(
                    number(delayFirst ? first : second, MAX_MILLIS),
                    number(delayFirst ? second : first, BigDecimal.ONE)));
        }

        private long bandwidth(String word) {
            try {
                return Units.parseBandwidth(word);
            } catch (SpecException e) {
                throw lines.error("expected a bandwidth in bit/s, found " + SpecLines.quote(word));
            }
        }

        private int samples(String word) {
            BigDecimal number = number(word, BigDecimal.valueOf(MAX_SAMPLES));
            if (number.signum() == 0 || number.stripTrailingZeros().scale() > 0) {
                throw lines.error("expected a whole number of samples from 1 to " + MAX_SAMPLES + ", found "
                        + SpecLines.quote(word));
            }
            return number.intValueExact();
        }

        private BigDecimal number(String word, BigDecimal max) {
            BigDecimal number = NUMBER.matcher(word).matches() ? new BigDecimal(word) : null;
            if (number == null || number.compareTo(max) > 0) {
                throw lines.error("expected a number from 0 to " + max + ", found " + SpecLines.quote(word));
            }
            return number;
        }

        /** Those that no pair of points covers are 0. */
        long[] sampleNanos() {
            long[] nanos = new long[samples];
            BigDecimal count = BigDecimal.valueOf(samples);
            for (int k = 0; k + 1 < points.size(); k++) {
                BigDecimal from = points.get(k).probability().multiply(count);
                BigDecimal to = points.get(k + 1).probability().multiply(count);
                BigDecimal base = points.get(k).delayMillis();
                BigDecimal rise = points.get(k + 1).delayMillis().subtract(base);
                BigInteger end = to.toBigInteger();
                for (int i = from.intValue(); i < end.intValue(); i++) {
                    BigDecimal millis = base.multiply(to.subtract(from))
                            .add(rise.multiply(BigDecimal.valueOf(i).subtract(from)));
                    nanos[i] = Math.max(
                            0,
                            millis.scaleByPowerOfTen(6)
                                    .divide(to.subtract(from), 0, RoundingMode.FLOOR)
                                    .longValueExact());
                }
            }
            return nanos;
        }
    }
}
