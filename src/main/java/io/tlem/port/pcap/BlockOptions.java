package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;

/** Goes over the options of a block of pcapng: code, length and value of each, until an end is said or the block ends. */
final class BlockOptions {
    static final int HEADER_BYTES = 4;

    static final int END = 0;

    private final MemorySegment memory;
    private final boolean swapped;
    private final long end;
    private long next;
    private int code;
    private int length;

    /**
     * Before the first one.
     *
     * @param from where the options begin in the memory
     * @param end where the block has its length again
     * @param swapped whether numbers begin with the most significant byte
     */
    BlockOptions(MemorySegment memory, long from, long end, boolean swapped) {
        this.memory = memory;
        this.swapped = swapped;
        this.end = end;
        this.next = from;
    }

    /**
     * Goes to the next one, and says whether there is one.
     *
     * @throws CaptureDamage when it is longer than what is left of the block
     */
    boolean next() throws CaptureDamage {
        if (end - next < HEADER_BYTES) {
            return false;
        }
        code = FileNumbers.unsignedShort(memory, next, swapped);
        length = FileNumbers.unsignedShort(memory, next + 2, swapped);
        if (code == END) {
            next = end;
            return false;
        }
        if (length > end - next - HEADER_BYTES) {
            throw new CaptureDamage("has an option of " + length + " bytes, which is more than is left of its block");
        }
        next += HEADER_BYTES + (length + 3 & -4);
        return true;
    }

    int code() {
        return code;
    }

    /** Bytes of its value. */
    int length() {
        return length;
    }

    /** Where in the memory its value is. */
    long value() {
        return next - (length + 3 & -4);
    }
}
