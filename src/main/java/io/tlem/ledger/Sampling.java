package io.tlem.ledger;

/** Every so many numbers, from 0 on. Immutable. */
final class Sampling {
    private final long every;
    private final int zeros; // of the divisor, at its end
    private final long inverse; // of its odd part, modulo 2^64
    private final long most; // quotients of multiples are at most that

    /** @param every 1 or more */
    Sampling(long every) {
        this.every = every;
        this.zeros = Long.numberOfTrailingZeros(every);
        long odd = every >>> zeros;
        long x = odd; // right in three bits; each step doubles them
        for (int i = 0; i < 5; i++) {
            x *= 2 - odd * x;
        }
        this.inverse = x;
        this.most = Long.divideUnsigned(-1, every);
    }

    /** Whether it is one of them, without a division: multiples become their quotients, all others large numbers. */
    boolean has(long number) {
        return Long.compareUnsigned(Long.rotateRight(number * inverse, zeros), most) <= 0;
    }

    /** The first one that is not smaller. */
    long from(long number) {
        return every == 1 ? number : Math.ceilDiv(number, every) * every;
    }

    long every() {
        return every;
    }
}
