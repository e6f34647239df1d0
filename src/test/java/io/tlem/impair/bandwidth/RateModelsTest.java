package io.tlem.impair.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** The models that need no file against their formulas, in whole multiples of 1/bandwidth ns. */
class RateModelsTest {
    private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000L);
    private static final BigInteger EIGHT = BigInteger.valueOf(8);
    private static final int PACKETS = 200;

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    private static long floor(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[0].longValueExact() - (parts[1].signum() < 0 ? 1 : 0);
    }

    private static BigInteger bitNanos(long bytes) {
        return EIGHT.multiply(big(bytes)).multiply(NANOS);
    }

    /** Arrivals around what the rate carries, some at once. */
    static final class Traffic {
        private static final MemorySegment MEMORY = Arena.ofAuto().allocate(9216, 64);

        final SplittableRandom random;
        final PacketContext packet = new PacketContext();
        private final long meanGapNanos;
        long arrival;
        int length;

        Traffic(long seed, double bitsPerSecond) {
            random = new SplittableRandom(seed);
            arrival = random.nextLong(1L << 50) - (1L << 49);
            meanGapNanos = Math.max(1, (long) (8e9 * 600 / bitsPerSecond));
        }

        PacketContext next() {
            int kind = random.nextInt(20);
            arrival += kind < 7 ? 0 : random.nextLong(2 * meanGapNanos + 1) * (kind == 19 ? 50 : 1);
            length = random.nextInt(60, 9217);
            packet.reset(MEMORY, 0, length, arrival);
            return packet;
        }
    }

    @Property(tries = 300)
    void netemCountsOverheadAndWholeCells(
            @ForAll @LongRange(min = 1, max = 10_000_000_000_000L) long bitsPerSecond,
            @ForAll @IntRange(min = -1000, max = 1000) int overhead,
            @ForAll @IntRange(min = 0, max = 100) int cell,
            @ForAll @IntRange(min = 0, max = 20) int cellOverhead,
            @ForAll long seed) {
        BandwidthModel model = new ConstantBandwidth(bitsPerSecond, overhead, cell, cellOverhead);
        Traffic traffic = new Traffic(seed, bitsPerSecond);
        BigInteger rate = big(bitsPerSecond);
        BigInteger exit = big(Long.MIN_VALUE).multiply(rate);
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            int wire = Math.max(1, traffic.length + overhead);
            if (cell > 0) {
                int cells = wire / cell + (wire % cell > 0 ? 1 : 0);
                wire = cells * (cell + cellOverhead);
            }
            exit = exit.max(big(traffic.arrival).multiply(rate)).add(bitNanos(wire));
            assertEquals(floor(exit, rate), model.exitNanos(packet), "packet " + i);
        }
    }

    @Test
    void aNegativeOverheadRaisesThePeak() {
        assertEquals(0, new ConstantBandwidth(1000, -14, 0, 0).overheadBytes());
        assertEquals(1305, new ConstantBandwidth(1000, -14, 0, 0).maxBitsPerSecond()); // 60 / 46
        assertEquals(1_001_000, new ConstantBandwidth(1000, -1000, 0, 0).maxBitsPerSecond()); // 1001 / 1
        assertEquals(24, new ConstantBandwidth(1000, 24, 48, 5).overheadBytes());
    }

    @Property(tries = 300)
    void averageIsTlemsBucket(
            @ForAll @LongRange(min = 7630, max = 10_000_000_000_000L) long bitsPerSecond, @ForAll long seed) {
        BandwidthModel model = new AverageBandwidth(bitsPerSecond);
        Traffic traffic = new Traffic(seed, bitsPerSecond * 2.0);
        BigInteger token = big(bitsPerSecond).shiftLeft(20).divide(big(8_000_000_000L));
        BigInteger depth = token.multiply(big(4)).max(big(2 * 65536));
        BigInteger bucket = depth;
        long tick = 0;
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            long now = Math.floorDiv(traffic.arrival, 1L << 20);
            if (i > 0) {
                bucket = bucket.add(token.multiply(big(now - tick))).min(depth);
            }
            tick = now;
            BigInteger bytes = big(traffic.length + 24);
            boolean passes = bytes.compareTo(bucket) <= 0;
            bucket = passes ? bucket.subtract(bytes) : bucket;
            assertEquals(passes ? traffic.arrival : BandwidthModel.REFUSED, model.exitNanos(packet), "packet " + i);
        }
    }

    /** The bucket itself: how full it is, in 10^-9 bit, and when the packet at the head has its tokens. */
    @Property(tries = 300)
    void tokenBucketEqualsItsSimulation(
            @ForAll @LongRange(min = 1, max = 10_000_000_000_000L) long bitsPerSecond,
            @ForAll @LongRange(min = 0, max = 40_000) long burst,
            @ForAll long seed) {
        BandwidthModel model = new TokenBucket(bitsPerSecond, burst);
        Traffic traffic = new Traffic(seed, bitsPerSecond);
        BigInteger rate = big(bitsPerSecond);
        BigInteger depth = bitNanos(burst);
        BigInteger level = depth;
        BigInteger time = null; // of the level, in units of 1/bitsPerSecond ns
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            BigInteger arrival = big(traffic.arrival).multiply(rate);
            if (time == null) {
                time = arrival;
            }
            if (arrival.compareTo(time) > 0) {
                level = level.add(arrival.subtract(time)).min(depth);
                time = arrival;
            }
            BigInteger need = bitNanos(traffic.length);
            if (level.compareTo(need) < 0) {
                time = time.add(need.subtract(level)); // a bit's tokens take 1/bitsPerSecond s
                level = need;
            }
            level = level.subtract(need);
            assertEquals(floor(time, rate), model.exitNanos(packet), "packet " + i);
        }
    }

    @Property(tries = 300)
    void timeDivisionEqualsTheFormula(
            @ForAll @LongRange(min = 10_000, max = 10_000_000_000L) long bitsPerSecond,
            @ForAll @IntRange(min = 1, max = 100) int slotPercent,
            @ForAll @IntRange(min = 0, max = 99) int guardPercent,
            @ForAll long seed) {
        Traffic traffic = new Traffic(seed, bitsPerSecond * (slotPercent / 100.0));
        long period = 1 + (long) (8e9 * 20_000 / bitsPerSecond * (1 + traffic.random.nextInt(8)));
        long slot = Math.max(1, period * slotPercent / 100);
        long guard = slot * guardPercent / 100;
        BandwidthModel model = new TimeDivision(bitsPerSecond, period, slot, guard);
        BigInteger rate = big(bitsPerSecond);
        BigInteger usable = big(slot - guard).multiply(rate);
        BigInteger exit = null;
        BigInteger origin = null;
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            BigInteger arrival = big(traffic.arrival).multiply(rate);
            origin = origin == null ? arrival : origin;
            exit = exit == null ? arrival : exit;
            BigInteger duration = bitNanos(traffic.length);
            if (duration.compareTo(usable) > 0) {
                assertEquals(BandwidthModel.REFUSED, model.exitNanos(packet), "packet " + i);
                continue;
            }
            BigInteger start = exit.max(arrival);
            BigInteger inPeriod = start.subtract(origin).mod(big(period).multiply(rate));
            if (inPeriod.add(duration).compareTo(usable) > 0) {
                start = start.subtract(inPeriod).add(big(period).multiply(rate));
            }
            exit = start.add(duration);
            assertEquals(floor(exit, rate), model.exitNanos(packet), "packet " + i);
        }
    }

    /** A queue and a clock of slots, event by event. */
    @Property(tries = 300)
    void slotsEqualNetemsRules(
            @ForAll @LongRange(min = 0, max = 2_000_000) long min,
            @ForAll @LongRange(min = 0, max = 2_000_000) long more,
            @ForAll @IntRange(min = 0, max = 12) int packets,
            @ForAll @IntRange(min = 0, max = 20_000) int bytes,
            @ForAll long seed) {
        RandomGenerator draws = new RandomStreams(seed, 0).stream("slots");
        long maxPackets = packets == 0 ? Long.MAX_VALUE : packets;
        long maxBytes = bytes == 0 ? Long.MAX_VALUE : bytes;
        RandomGenerator same = new RandomStreams(seed, 0).stream("slots");
        BandwidthModel model = new SlottedRelease(() -> drawn(same, min, more), maxPackets, maxBytes);
        Traffic traffic = new Traffic(seed, 50e6);
        long slot = Long.MIN_VALUE;
        long leftThen = 0;
        long bytesThen = 0;
        long last = Long.MIN_VALUE;
        for (int i = 0; i < PACKETS; i++) {
            PacketContext packet = traffic.next();
            boolean full = leftThen >= maxPackets || bytesThen >= maxBytes;
            if (full && slot != Long.MIN_VALUE) { // the next slot follows the full one
                slot += drawn(draws, min, more);
                leftThen = 0;
                bytesThen = 0;
            }
            if (traffic.arrival > slot) {
                slot = traffic.arrival + drawn(draws, min, more);
                leftThen = 0;
                bytesThen = 0;
            }
            leftThen++;
            bytesThen += traffic.length;
            long exit = model.exitNanos(packet);
            assertEquals(slot, exit, "packet " + i);
            assertTrue(exit >= last && exit >= traffic.arrival);
            last = exit;
        }
    }

    private static long drawn(RandomGenerator draws, long min, long more) {
        BigInteger word = new BigInteger(Long.toUnsignedString(draws.nextLong()));
        return min + word.multiply(big(more + 1)).shiftRight(64).longValueExact();
    }
}
