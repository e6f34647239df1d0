package io.tlem.impair.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.SpecException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The models of files, and the Markov one, against simulations step by step. */
class FileModelsTest {
    private static final int PACKETS = 100;

    static BandwidthModel model(String kind, String content, String after, long seed) {
        try {
            Path file = Files.createTempFile("bandwidth", ".txt");
            try {
                Files.write(file, content.getBytes(StandardCharsets.UTF_8));
                String spec = kind.equals("profile") ? "profile," + after + "," + file : kind + "," + file + after;
                return Models.bandwidth(spec, new RandomStreams(seed, 0));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    /** A rate at a time, and how long it stays; null for ever. */
    private interface Rates {
        long rate(int step);

        BigInteger duration(int step);
    }

    /** The sum of rate times duration, with rational times. */
    private static void assertEqualsIntegral(BandwidthModel model, Rates rates, RateModelsTest.Traffic traffic) {
        Rational time = null;
        BigInteger stepStart = null;
        int step = 0;
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            Rational arrival = new Rational(big(traffic.arrival), BigInteger.ONE);
            if (time == null) {
                time = arrival;
                stepStart = big(traffic.arrival);
            }
            time = time.compareTo(arrival) < 0 ? arrival : time;
            Rational need = new Rational(big(8L * traffic.length).multiply(big(1_000_000_000L)), BigInteger.ONE);
            while (true) {
                BigInteger duration = rates.duration(step);
                Rational end = duration == null ? null : new Rational(stepStart.add(duration), BigInteger.ONE);
                Rational rate = new Rational(big(rates.rate(step)), BigInteger.ONE);
                if (end == null || time.compareTo(end) <= 0) {
                    Rational capacity = end == null ? need : end.minus(time).times(rate);
                    if (rates.rate(step) > 0 && capacity.compareTo(need) >= 0) {
                        time = time.plus(need.over(rate));
                        break;
                    }
                    need = need.minus(capacity);
                    time = end;
                }
                stepStart = stepStart.add(duration);
                step++;
            }
            assertEquals(time.floor(), model.exitNanos(packet), "packet " + i);
        }
    }

    private record Rational(BigInteger top, BigInteger bottom) implements Comparable<Rational> {
        Rational {
            BigInteger divisor = top.gcd(bottom);
            top = top.divide(divisor);
            bottom = bottom.divide(divisor);
        }

        Rational plus(Rational o) {
            return new Rational(top.multiply(o.bottom).add(o.top.multiply(bottom)), bottom.multiply(o.bottom));
        }

        Rational minus(Rational o) {
            return plus(new Rational(o.top.negate(), o.bottom));
        }

        Rational times(Rational o) {
            return new Rational(top.multiply(o.top), bottom.multiply(o.bottom));
        }

        Rational over(Rational o) {
            return new Rational(top.multiply(o.bottom), bottom.multiply(o.top));
        }

        long floor() {
            return new BigDecimal(top)
                    .divide(new BigDecimal(bottom), 0, RoundingMode.FLOOR)
                    .longValueExact();
        }

        @Override
        public int compareTo(Rational o) {
            return top.multiply(o.bottom).compareTo(o.top.multiply(bottom));
        }
    }

    @Property(tries = 300)
    void stepsEqualTheIntegral(
            @ForAll @IntRange(min = 1, max = 8) int steps, @ForAll boolean wraps, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] times = new long[steps + 1];
        long[] rates = new long[steps + 1];
        StringBuilder file = new StringBuilder("# rates\n\n");
        boolean brief = random.nextBoolean();
        long spread = brief ? 1_000 : 1_000_000;
        for (int i = 0; i <= steps; i++) {
            times[i] = i == 0 ? 0 : times[i - 1] + 1 + random.nextLong(spread);
            boolean stands = random.nextInt(4) == 0 && i > 0 && i < steps;
            rates[i] = stands ? 0 : 1 + (long) Math.pow(10, (brief ? 9 : 6) + 3 * random.nextDouble());
            file.append(times[i]).append("ns ").append(rates[i]).append(" # a step\n");
        }
        BandwidthModel model = model("steps", file.toString(), wraps ? ",wrap" : "", 1);
        assertEqualsIntegral(
                model,
                new Rates() {
                    @Override
                    public long rate(int step) {
                        return rates[wraps ? step % steps : Math.min(step, steps)];
                    }

                    @Override
                    public BigInteger duration(int step) {
                        int index = wraps ? step % steps : step;
                        return index >= steps ? null : big(times[index + 1] - times[index]);
                    }
                },
                new RateModelsTest.Traffic(seed, 100e6));
    }

    @Property(tries = 120)
    void markovEqualsTheIntegralOfItsDraws(
            @ForAll @LongRange(min = 0, max = 1_000_000_000L) long rate1,
            @ForAll @LongRange(min = 100_000, max = 10_000_000L) long mean1,
            @ForAll @LongRange(min = 1_000_000, max = 1_000_000_000L) long rate2,
            @ForAll @LongRange(min = 100_000, max = 10_000_000L) long mean2,
            @ForAll long seed) {
        RandomGenerator draws = new RandomStreams(seed, 0).stream("bandwidth.markov");
        List<BigInteger> durations = new ArrayList<>();
        BandwidthModel model = Models.bandwidth(
                "markov," + rate1 + "," + mean1 + "n," + rate2 + "," + mean2 + "n", new RandomStreams(seed, 0));
        assertEquals(Math.max(rate1, rate2), model.maxBitsPerSecond());
        assertEqualsIntegral(
                model,
                new Rates() {
                    @Override
                    public long rate(int step) {
                        return step % 2 == 0 ? rate1 : rate2;
                    }

                    @Override
                    public BigInteger duration(int step) {
                        while (durations.size() <= step) {
                            long mean = durations.size() % 2 == 0 ? mean1 : mean2;
                            durations.add(big(Math.round(-Math.log(1 - draws.nextDouble()) * mean)));
                        }
                        return durations.get(step);
                    }
                },
                new RateModelsTest.Traffic(seed, 100e6));
    }

    /** Opportunity by opportunity, as mm-link does it: first those until the packet's arrival pass, then it queues. */
    @Property(tries = 300)
    void mahimahiEqualsItsQueue(
            @ForAll @IntRange(min = 1, max = 30) int lines,
            @ForAll @IntRange(min = 1, max = 4000) int bytes,
            @ForAll boolean once,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] millis = new long[lines];
        StringBuilder file = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            millis[i] = (i == 0 ? 0 : millis[i - 1]) + random.nextInt(3) + (i == lines - 1 ? 1 : 0);
            file.append(millis[i]).append('\n');
        }
        BandwidthModel model = model("mahimahi", file.toString(), "," + bytes + (once ? ",once" : ""), 1);
        RateModelsTest.Traffic traffic = new RateModelsTest.Traffic(seed, 8e3 * bytes);
        long origin = 0;
        long next = 0; // opportunity not yet used, counted over all rounds
        long left = 0; // bytes in the opportunity before that one
        long leftTime = Long.MIN_VALUE;
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            origin = i == 0 ? traffic.arrival : origin;
            while ((!once || next < lines) && time(millis, next, origin) <= traffic.arrival) {
                next++;
            }
            left = leftTime > traffic.arrival ? left : 0;
            long need = traffic.length - 14L + 4; // mm-link has 4 bytes of TUN's before the IP packet
            while (need > left && (!once || next < lines)) {
                need -= left;
                left = bytes;
                leftTime = time(millis, next, origin);
                next++;
            }
            boolean leaves = need <= left;
            left = leaves ? left - need : 0;
            assertEquals(leaves ? leftTime : BandwidthModel.REFUSED, model.exitNanos(packet), "packet " + i);
        }
    }

    /** A line carries one packet of the MTU, as with mm-link, whatever stands around it here. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8})
    void mahimahiCountsTheIpPacket(int tags) {
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        ByteBuffer frame = memory.asByteBuffer();
        for (int i = 0; i < tags; i++) {
            frame.putShort(12 + 4 * i, (short) (i % 2 == 0 ? 0x88A8 : 0x8100));
        }
        int start = 14 + 4 * tags;
        frame.putShort(start - 2, (short) 0x0800);
        frame.put(start, (byte) 0x45);
        PacketContext packet = new PacketContext();
        BandwidthModel model = model("mahimahi", "100\n", "", 1);
        frame.putShort(start + 2, (short) 1500);
        for (int i = 1; i <= 5; i++) {
            packet.reset(memory, 0, start + 1500, 0);
            assertEquals(i * 100_000_000L, model.exitNanos(packet));
        }
        frame.putShort(start + 2, (short) 28); // a short packet is padded, which it is not behind a TUN device
        for (int i = 0; i < 1504 / 32; i++) {
            packet.reset(memory, 0, 60 + 4 * tags, 0);
            assertEquals(600_000_000L, model.exitNanos(packet), "short packet " + i);
        }
        assertEquals(700_000_000L, model.exitNanos(packet));
    }

    private static long time(long[] millis, long opportunity, long origin) {
        long round = opportunity / millis.length;
        int index = (int) (opportunity % millis.length);
        return origin + (round * millis[millis.length - 1] + millis[index]) * 1_000_000;
    }

    @Property(tries = 300)
    void profileEqualsTheFormula(
            @ForAll @IntRange(min = 1, max = 1024) int samples,
            @ForAll @IntRange(min = 0, max = 100) int lossPercent,
            @ForAll boolean delayFirst,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long bitsPerSecond,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder file = new StringBuilder("Name test # a comment\nBW " + bitsPerSecond + "\nsamples " + samples
                + "\nloss-level " + BigDecimal.valueOf(lossPercent, 2) + "\n"
                + (delayFirst ? "delay prob\n" : "PROB delay\n"));
        int points = random.nextInt(2, 8);
        BigDecimal[] delays = new BigDecimal[points];
        BigDecimal[] probabilities = new BigDecimal[points];
        BigDecimal delay = BigDecimal.ZERO;
        BigDecimal probability = BigDecimal.ZERO;
        for (int i = 0; i < points; i++) {
            delay = delay.add(BigDecimal.valueOf((long) random.nextInt(3) * random.nextInt(1000), 2));
            probability = probability.add(BigDecimal.valueOf(random.nextInt(1428), 4));
            delays[i] = delay;
            probabilities[i] = probability;
            file.append(delayFirst ? delay : probability)
                    .append(' ')
                    .append(delayFirst ? probability : delay)
                    .append('\n');
        }
        BandwidthModel model = model("profile", file.toString(), "0", seed);
        assertEquals(bitsPerSecond, model.maxBitsPerSecond());
        RandomGenerator draws = new RandomStreams(seed, 0).stream("bandwidth.profile");
        BigInteger rate = big(bitsPerSecond);
        BigInteger exit = null;
        RateModelsTest.Traffic traffic = new RateModelsTest.Traffic(seed, bitsPerSecond);
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            int index = draws.nextInt(samples);
            BigInteger arrival = big(traffic.arrival).multiply(rate);
            exit = exit == null ? arrival : exit.max(arrival);
            exit = exit.add(big(8L * traffic.length).multiply(big(1_000_000_000L)))
                    .add(extraNanos(delays, probabilities, samples, index).multiply(rate));
            boolean lost = index >= lossPercent * samples / 100;
            long expected = new Rational(exit, rate).floor();
            assertEquals(lost ? BandwidthModel.REFUSED : expected, model.exitNanos(packet), "packet " + i);
        }
    }

    private static BigInteger extraNanos(BigDecimal[] delays, BigDecimal[] probabilities, int samples, int index) {
        BigInteger nanos = BigInteger.ZERO;
        for (int k = 0; k + 1 < delays.length; k++) {
            BigDecimal from = probabilities[k].multiply(BigDecimal.valueOf(samples));
            BigDecimal to = probabilities[k + 1].multiply(BigDecimal.valueOf(samples));
            if (index >= from.intValue() && index < to.intValue()) {
                BigDecimal rise = delays[k + 1].subtract(delays[k]);
                Rational slope = new Rational(rise.movePointRight(10).toBigIntegerExact(), BigInteger.ONE)
                        .over(new Rational(to.subtract(from).movePointRight(4).toBigIntegerExact(), BigInteger.ONE));
                Rational along = new Rational(
                        BigDecimal.valueOf(index)
                                .subtract(from)
                                .movePointRight(4)
                                .toBigIntegerExact(),
                        big(10_000));
                Rational base = new Rational(delays[k].movePointRight(6).toBigIntegerExact(), BigInteger.ONE);
                nanos = big(Math.max(0, base.plus(along.times(slope)).floor()));
            }
        }
        return nanos;
    }

    @Provide
    Arbitrary<String> contents() {
        Arbitrary<String> word = Arbitraries.of(
                "0",
                "1",
                "5",
                "0.5",
                "100",
                "1e9",
                "1e99",
                "-1",
                "nan",
                "10ms",
                "10M",
                "1T",
                "delay",
                "prob",
                "bw",
                "samples",
                "loss-level",
                "name",
                "#",
                "delay prob",
                "prob delay",
                "\r",
                "99999999999999999999",
                "é");
        Arbitrary<String> line = word.list().ofMinSize(0).ofMaxSize(3).map(words -> String.join(" ", words));
        Arbitrary<String> lines = line.list().ofMaxSize(20).map(all -> String.join("\n", all));
        return Arbitraries.oneOf(lines, Arbitraries.strings().ofMaxLength(2000));
    }

    @Property(tries = 500)
    void anyFileGivesAModelOrOneLine(@ForAll("contents") String content) {
        for (String kind : List.of("steps", "steps-wrap", "mahimahi", "profile")) {
            assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
                try {
                    String after = kind.equals("profile") ? "1M" : kind.endsWith("wrap") ? ",wrap" : "";
                    BandwidthModel model = model(kind.replace("-wrap", ""), content, after, 1);
                    RateModelsTest.Traffic traffic = new RateModelsTest.Traffic(1, 1e6);
                    for (int i = 0; i < 20; i++) {
                        model.exitNanos(traffic.next());
                    }
                } catch (SpecException e) {
                    assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
                }
            });
        }
    }
}
