package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * Loses a packet in which at least one bit is wrong: one of n bytes with probability {@code 1 - (1 - P)^(8 n)}, for
 * independent bit errors with probability P. It is TLEM's {@code ber}, and ns-3's RateErrorModel in bits. As
 * {@code -expm1(8 n log1p(-P))} it keeps its precision for a P far below 2^-53.
 */
final class BitErrorRate implements LossModel {
    /** Longest packet in the table, bytes: a jumbo frame. */
    private static final int TABLE_BYTES = 9216;

    private final double logBitRight; // log(1 - P)
    private final long[] limits = new long[TABLE_BYTES + 1]; // by length in bytes
    private final RandomGenerator random;

    BitErrorRate(double probability, RandomGenerator random) {
        this.logBitRight = Math.log1p(-probability);
        this.random = random;
        for (int bytes = 0; bytes < limits.length; bytes++) {
            limits[bytes] = limit(lossProbability(bytes));
        }
    }

    /** What becomes of a packet of that length. */
    double lossProbability(int bytes) {
        return bytes == 0 ? 0 : -Math.expm1(8.0 * bytes * logBitRight);
    }

    /** Largest number of 63 bits that means a loss; a double from 0 to 1 would be too coarse for 10^-16. */
    private static long limit(double probability) {
        return probability == 1 ? Long.MAX_VALUE : (long) (probability * 0x1p63) - 1;
    }

    @Override
    public boolean loses(PacketContext packet) {
        int bytes = packet.lengthBytes();
        long limit = bytes <= TABLE_BYTES ? limits[bytes] : limit(lossProbability(bytes));
        return random.nextLong() >>> 1 <= limit;
    }
}
