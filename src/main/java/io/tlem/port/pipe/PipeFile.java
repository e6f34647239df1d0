package io.tlem.port.pipe;

import io.tlem.os.NetmapLayout;
import io.tlem.os.SharedFile;
import io.tlem.os.SlotKernel;
import io.tlem.os.SystemMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * What lies in the memory of a software pipe: netmap's structures for both ends, as a program maps them, and behind them
 * what a kernel would keep to itself.
 *
 * <pre>
 *  0                                                                 programBytes           fileBytes
 *  | interface of { | interface of } | rx { | tx { | rx } | tx } | buffers 0 1 2 ... | control |
 *
 *  control, lines of 128 bytes:
 *    magic, version, slots | 2 lines unused | {-to-} : moved, produced, consumed | }-to-{ : the same
 * </pre>
 */
final class PipeFile {
    /** The two ends. */
    static final int ENDS = 2;

    /** Bytes of a buffer, netmap's usual size. */
    static final int BUFFER_BYTES = 2048;

    private static final long MAGIC = 0x6570_6970_6D65_6C74L; // "tlempipe"
    private static final int VERSION = 2;
    private static final int LINE = 128;
    private static final int RINGS = 4;
    private static final long INTERFACE_BYTES = LINE;

    private static final long MAGIC_AT = 0;
    private static final long VERSION_AT = 8;
    private static final long SLOTS_AT = 12;
    private static final long DIRECTION_AT = 3 * LINE;
    private static final long DIRECTION_BYTES = 3 * LINE;
    private static final long CONTROL_BYTES = 4096;

    private final String name;
    private final int slots;
    private final long ringBytes;
    private final long buffers;
    private final int bufferCount;
    private final long programBytes;
    private final MemorySegment memory;

    private PipeFile(String name, int slots, MemorySegment memory) {
        this.name = name;
        this.slots = slots;
        this.memory = memory;
        ringBytes = Math.ceilDiv(NetmapLayout.slot(0, slots), LINE) * LINE;
        long page = SystemMemory.pageSize();
        buffers = Math.ceilDiv(ENDS * INTERFACE_BYTES + RINGS * ringBytes, page) * page;
        bufferCount = NetmapLayout.FIRST_BUFFER + RINGS * slots;
        programBytes = Math.ceilDiv(buffers + (long) bufferCount * BUFFER_BYTES, page) * page;
    }

    /**
     * Length of the memory of a pipe with so many slots.
     *
     * @throws IOException when this machine has not enough
     */
    static long requireBytes(int slots) throws IOException {
        long bytes = fileBytes(slots);
        if (bytes > SystemMemory.availableBytes() / 2) {
            throw new IOException("a pipe of " + slots + " slots needs " + (bytes >> 20) + " MiB");
        }
        return bytes;
    }

    private static long fileBytes(int slots) {
        return new PipeFile("", slots, MemorySegment.NULL).programBytes + CONTROL_BYTES;
    }

    /**
     * Makes an empty pipe in zeroed memory.
     *
     * @param arena owns the mapping
     * @param file as long as {@link #requireBytes} says
     */
    static PipeFile layOut(Arena arena, SharedFile file, String name, int slots) {
        PipeFile pipe = new PipeFile(name, slots, file.map(arena, fileBytes(slots), 0));
        pipe.layOut();
        return pipe;
    }

    /**
     * The pipe that a file holds.
     *
     * @param arena owns the mapping
     * @throws IOException when it is none, or an earlier owner of an end has left it broken
     */
    static PipeFile of(Arena arena, SharedFile file, String name) throws IOException {
        int slots = slotsOf(file.bytes());
        if (slots > 0) {
            PipeFile pipe = new PipeFile(name, slots, file.map(arena, fileBytes(slots), 0));
            if (pipe.isMarked() && pipe.buffersAreWhole()) {
                return pipe;
            }
        }
        throw new IOException("the process that had this end left it broken: close the other end first");
    }

    /** How many slots make a file this long, 0 when no number does. Each takes two pages at least. */
    private static int slotsOf(long bytes) {
        int least = PipeAddress.MIN_SLOTS;
        int most = PipeAddress.MAX_SLOTS;
        while (least < most) {
            int middle = (least + most) / 2;
            if (fileBytes(middle) < bytes) {
                least = middle + 1;
            } else {
                most = middle;
            }
        }
        return fileBytes(least) == bytes ? least : 0;
    }

    private boolean isMarked() {
        return memory.get(ValueLayout.JAVA_LONG, programBytes + MAGIC_AT) == MAGIC
                && memory.get(ValueLayout.JAVA_INT, programBytes + VERSION_AT) == VERSION
                && memory.get(ValueLayout.JAVA_INT, programBytes + SLOTS_AT) == slots;
    }

    private void layOut() {
        int buffer = NetmapLayout.FIRST_BUFFER;
        for (int end = 0; end < ENDS; end++) {
            NetmapLayout.writeInterface(
                    memory,
                    interfaceOffset(end),
                    name,
                    ring(end, NetmapLayout.TRANSMIT),
                    ring(end, NetmapLayout.RECEIVE));
            for (int direction : new int[] {NetmapLayout.TRANSMIT, NetmapLayout.RECEIVE}) {
                long ring = ring(end, direction);
                int tail = direction == NetmapLayout.TRANSMIT ? slots - 1 : 0;
                NetmapLayout.writeRing(memory, ring, direction, slots, BUFFER_BYTES, buffers, tail);
                for (int slot = 0; slot < slots; slot++) {
                    NetmapLayout.write(memory, NetmapLayout.slot(ring, slot), NetmapLayout.value(buffer, 0, 0));
                    buffer++;
                }
            }
        }
        memory.set(ValueLayout.JAVA_INT, programBytes + SLOTS_AT, slots);
        memory.set(ValueLayout.JAVA_INT, programBytes + VERSION_AT, VERSION);
        memory.set(ValueLayout.JAVA_LONG, programBytes + MAGIC_AT, MAGIC);
    }

    /** Whether every slot names a buffer of its own. */
    private boolean buffersAreWhole() {
        BitSet seen = new BitSet(bufferCount);
        for (int end = 0; end < ENDS; end++) {
            for (int direction : new int[] {NetmapLayout.TRANSMIT, NetmapLayout.RECEIVE}) {
                for (int slot = 0; slot < slots; slot++) {
                    int buffer = NetmapLayout.buffer(
                            NetmapLayout.read(memory, NetmapLayout.slot(ring(end, direction), slot)));
                    if (!isBuffer(buffer) || seen.get(buffer)) {
                        return false;
                    }
                    seen.set(buffer);
                }
            }
        }
        return true;
    }

    /** All of the file's memory. */
    MemorySegment memory() {
        return memory;
    }

    /** Slots of each ring. */
    int slots() {
        return slots;
    }

    /** Length of the part that is netmap's. */
    long programBytes() {
        return programBytes;
    }

    /** Whether a slot may have this buffer. */
    boolean isBuffer(int index) {
        return index >= NetmapLayout.FIRST_BUFFER && index < bufferCount;
    }

    /** Offset of an end's interface. */
    long interfaceOffset(int end) {
        return INTERFACE_BYTES * end;
    }

    /** Offset of an end's transmit or receive ring. */
    long ring(int end, int direction) {
        return ENDS * INTERFACE_BYTES + ringBytes * (2L * end + direction);
    }

    /** The loops in C over the slots of a ring. */
    SlotKernel inC(int end, int direction) {
        return new SlotKernel(memory, ring(end, direction), slots, buffers, BUFFER_BYTES, bufferCount);
    }

    /** Offset of what is kept of the packets that an end sends: three lines, see {@link PipeTransfer}. */
    long transfer(int sendingEnd) {
        return programBytes + DIRECTION_AT + DIRECTION_BYTES * sendingEnd;
    }
}
