package io.tlem.port.packet;

/**
 * The shape of a ring: slots that follow each other without gaps in blocks of whole pages, which the kernel allocates
 * one at a time.
 *
 * @param slots how many
 * @param slotBytes of each; a power of two or a multiple of the page size, so that slots fill blocks exactly
 * @param blockBytes of each block
 */
record RingShape(int slots, int slotBytes, int blockBytes) {
    /** Large enough that there are few blocks, small enough that they are found in fragmented memory. */
    private static final int WISHED_BLOCK_BYTES = 1 << 16;

    private static final int MIN_SLOT_BYTES = 256;

    /**
     * @param slots at least as many
     * @param frameBytes what a slot must hold at least
     */
    static RingShape of(int slots, int frameBytes, int pageBytes) {
        int slotBytes = slotBytes(frameBytes, pageBytes);
        int slotsInBlock = Math.max(1, WISHED_BLOCK_BYTES / slotBytes);
        int blocks = Math.ceilDiv(slots, slotsInBlock);
        return new RingShape(blocks * slotsInBlock, slotBytes, slotsInBlock * slotBytes);
    }

    /** Bytes of a slot that holds at least so many. */
    static int slotBytes(int frameBytes, int pageBytes) {
        if (frameBytes > pageBytes) {
            return Math.ceilDiv(frameBytes, pageBytes) * pageBytes;
        }
        int power = Integer.highestOneBit(Math.max(frameBytes, MIN_SLOT_BYTES));
        return power >= frameBytes ? power : power * 2;
    }

    int blocks() {
        return slots / (blockBytes / slotBytes);
    }

    long bytes() {
        return (long) slots * slotBytes;
    }
}
