package io.tlem.impair.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.impair.PacketContext;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ConstantBandwidthTest {
    /** The formula of the paper with exact rational numbers; what is returned is its floor. */
    @Property(tries = 300)
    void equalsTheFormula(
            @ForAll @LongRange(min = 1, max = 10_000_000_000_000L) long bitsPerSecond,
            @ForAll @LongRange(min = 0, max = 1) long framed,
            @ForAll long seed) {
        int overhead = framed == 0 ? 0 : 24;
        ConstantBandwidth model = new ConstantBandwidth(bitsPerSecond, overhead);
        SplittableRandom random = new SplittableRandom(seed);
        BigInteger rate = BigInteger.valueOf(bitsPerSecond);
        BigInteger exitTimesRate = BigInteger.valueOf(Long.MIN_VALUE).multiply(rate);
        PacketContext packet = new PacketContext();
        long arrival = random.nextLong(1L << 50);
        long meanGap = Math.max(1, (long) (8e9 * 600 / bitsPerSecond));
        for (int i = 0; i < 200; i++) {
            arrival += random.nextInt(3) == 0 ? 0 : random.nextLong(2 * meanGap + 1);
            int length = random.nextInt(60, 9217);
            packet.reset(MemorySegment.NULL, 0, length, arrival);
            BigInteger bitNanos =
                    BigInteger.valueOf(8L * (length + overhead)).multiply(BigInteger.valueOf(1_000_000_000L));
            exitTimesRate = exitTimesRate
                    .max(BigInteger.valueOf(arrival).multiply(rate))
                    .add(bitNanos);
            assertEquals(exitTimesRate.divide(rate).longValueExact(), model.exitNanos(packet), "packet " + i);
        }
    }

    /** 84 bytes at 10 Gbit/s are 67.2 ns: whole nanoseconds would be 0.3 % off. */
    @Test
    void tenGigabitEthernetCarries14880952PacketsASecond() {
        ConstantBandwidth model = new ConstantBandwidth(10_000_000_000L, 24);
        PacketContext packet = new PacketContext();
        long exit = 0;
        for (int i = 0; i < 14_880_952; i++) {
            packet.reset(MemorySegment.NULL, 0, 60, 1);
            exit = model.exitNanos(packet);
        }
        assertEquals(999_999_974L + 1, exit); // 14 880 952 x 67.2 ns after the arrival at 1 ns, rounded down
    }
}
