package io.tlem.link;

import io.tlem.os.SystemMemory;
import io.tlem.stats.Format;

/**
 * Divides memory between the buffers of a link.
 *
 * @param ordinaryBytes that may be had as ordinary pages, what Java needs not counted
 * @param hugePageBytes that may be had as huge pages; a buffer lies on these wholly or not at all
 * @param limitedBy whose limit the ordinary bytes are, as in "available on this machine"
 */
public record MemoryBudget(long ordinaryBytes, long hugePageBytes, String limitedBy) {
    /** Least that a buffer is made of where its size is ours to choose. */
    public static final long LEAST_BYTES = 4L << 20;

    /** A default buffer's part: those of both directions take a quarter together. */
    private static final int PART_OF_ALL = 8;

    /** What Java takes after the start for compiled code, threads and their stacks. */
    private static final long JAVA_BESIDES_HEAP_BYTES = 64L << 20;

    private static final double USABLE = 0.9;

    /** What there is, but for what Java is still going to take of it. */
    static MemoryBudget ofThisMachine() {
        long heapToCome = Runtime.getRuntime().freeMemory(); // of what Java has mapped
        long available = SystemMemory.availableBytes() - heapToCome - JAVA_BESIDES_HEAP_BYTES;
        return new MemoryBudget(
                Math.max(0, available), SystemMemory.freeHugePageBytes(), SystemMemory.availableWithin());
    }

    /**
     * What one direction wants.
     *
     * @param bytes of buffer, 0 for a direction that is not used
     * @param yields whether less than that will do
     */
    public record Wish(long bytes, boolean yields) {
        /** Of a direction that is not used. */
        public static final Wish NOTHING = new Wish(0, false);
    }

    /**
     * Bytes of buffer of each direction.
     *
     * @param wishes of each direction
     * @throws IllegalArgumentException when there is too little memory
     */
    public long[] share(Wish... wishes) {
        long part = (ordinaryBytes + hugePageBytes) / PART_OF_ALL;
        long[] bytes = new long[wishes.length];
        for (int i = 0; i < wishes.length; i++) {
            bytes[i] =
                    wishes[i].yields() ? Math.min(wishes[i].bytes(), Math.max(part, LEAST_BYTES)) : wishes[i].bytes();
        }
        if (onOrdinaryPages(bytes) > ordinaryBytes * USABLE) {
            throw tooLittle(
                    "bandwidth, delay and queue, or --buffer, need " + Format.bytes(total(bytes)) + " of buffer",
                    "; lower these, or set --buffer lower");
        }
        return bytes;
    }

    /**
     * Refuses to start where there is no memory for even the smallest buffers.
     *
     * @throws IllegalArgumentException when there is too little memory
     */
    public void requireAny() {
        if (ordinaryBytes * USABLE < 2 * LEAST_BYTES) {
            throw tooLittle("a link needs " + Format.bytes(2 * LEAST_BYTES) + " of buffer", "");
        }
    }

    private IllegalArgumentException tooLittle(String need, String cure) {
        return new IllegalArgumentException(need + " and " + Format.bytes(ordinaryBytes)
                + " of memory is available besides Java's "
                + limitedBy
                + (hugePageBytes > 0 ? ", and " + Format.bytes(hugePageBytes) + " of huge pages" : "") + cure);
    }

    /** Bytes of the buffers for which there are no huge pages, in the order in which they are mapped. */
    private double onOrdinaryPages(long... buffers) {
        long huge = hugePageBytes;
        double ordinary = 0;
        for (long bytes : buffers) {
            if (bytes <= huge) {
                huge -= bytes;
            } else {
                ordinary += bytes;
            }
        }
        return ordinary;
    }

    private static long total(long... buffers) {
        double total = 0;
        for (long bytes : buffers) {
            total += bytes;
        }
        return (long) total;
    }
}
