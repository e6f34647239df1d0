package io.tlem.port.pipe;

import io.tlem.os.NetmapLayout;
import io.tlem.os.SharedFile;
import io.tlem.os.SystemMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.BitSet;
import java.util.Set;

/**
 * The file behind a software pipe, in memory: netmap's structures for both ends, as a program maps them, and behind
 * them what a kernel would keep to itself.
 *
 * <pre>
 *  0                                                                 programBytes           fileBytes
 *  | interface of { | interface of } | rx { | tx { | rx } | tx } | buffers 0 1 2 ... | control |
 *
 *  control, lines of 128 bytes:
 *    magic, version, slots | owner of { | owner of } | {-to-} : moved, produced, consumed | }-to-{ : the same
 * </pre>
 *
 * An end belongs to the process whose number and start time it holds, as long as that process lives. The file is made
 * by the first that attaches, made anew when no owner of either end lives, and removed by the last that detaches. Who
 * attaches or detaches holds the lock of the folder's pipes.
 */
final class PipeFile {
    /** Bytes of a buffer, netmap's usual size. */
    static final int BUFFER_BYTES = 2048;

    private static final long MAGIC = 0x6570_6970_6D65_6C74L; // "tlempipe"
    private static final int VERSION = 1;
    private static final int LINE = 128;
    private static final int ENDS = 2;
    private static final int RINGS = 4;
    private static final long INTERFACE_BYTES = LINE;

    private static final long MAGIC_AT = 0;
    private static final long VERSION_AT = 8;
    private static final long SLOTS_AT = 12;
    private static final long OWNER_AT = LINE; // of an end: process number, start time
    private static final long DIRECTION_AT = LINE + ENDS * LINE;
    private static final long DIRECTION_BYTES = 3 * LINE;
    private static final long CONTROL_BYTES = 4096;

    private final Path path;
    private final int slots;
    private final long ringBytes;
    private final long buffers;
    private final int bufferCount;
    private final long programBytes;
    private final MemorySegment memory;

    private PipeFile(Path path, int slots, Arena arena) {
        this.path = path;
        this.slots = slots;
        ringBytes = Math.ceilDiv(NetmapLayout.slot(0, slots), LINE) * LINE;
        long page = SystemMemory.pageSize();
        buffers = Math.ceilDiv(ENDS * INTERFACE_BYTES + RINGS * ringBytes, page) * page;
        bufferCount = NetmapLayout.FIRST_BUFFER + RINGS * slots;
        programBytes = Math.ceilDiv(buffers + (long) bufferCount * BUFFER_BYTES, page) * page;
        memory = arena == null ? MemorySegment.NULL : SharedFile.map(arena, path, fileBytes(), 0);
    }

    /** An end of a pipe that is in use. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        BusyException(String message) {
            super(message);
        }
    }

    /** Where pipes are: in memory, where there is a file system for it. */
    static Path folder() {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /**
     * Attaches to one end of a pipe, and makes the pipe if there is none.
     *
     * @param arena owns the mapping
     * @param name of the pipe, fit for a file name
     * @param end 0 or 1
     * @param wantedSlots 0 for any number; an existing pipe keeps its own
     * @param defaultSlots for a new one, where any number will do
     * @throws BusyException when the end belongs to a living process
     * @throws IOException when the file cannot be used, or an earlier owner of the end has left it broken
     */
    static PipeFile attach(Arena arena, String name, int end, int wantedSlots, int defaultSlots) throws IOException {
        Path path = folder().resolve("tlem-pipe." + name);
        synchronized (PipeFile.class) { // a lock of files is for processes, not for threads
            try (FileChannel folderLock = openLock()) {
                folderLock.lock(); // until it is closed
                PipeFile existing = existing(arena, path);
                if (existing != null && (existing.ownerLives(0) || existing.ownerLives(1))) {
                    existing.take(end);
                    return existing;
                }
                PipeFile made = make(arena, path, wantedSlots == 0 ? defaultSlots : wantedSlots);
                made.setOwner(end, true);
                return made;
            }
        }
    }

    private void take(int end) throws IOException {
        if (ownerLives(end)) {
            throw new BusyException("process " + memory.get(ValueLayout.JAVA_LONG, owner(end)) + " has this end");
        }
        if (!buffersAreWhole()) {
            throw new IOException("the process that had this end left it broken: close the other end first");
        }
        setOwner(end, true);
    }

    /** Gives an end back, and removes the file with the last. Before the mapping's arena is closed. */
    void detach(int end) throws IOException {
        synchronized (PipeFile.class) {
            try (FileChannel folderLock = openLock()) {
                folderLock.lock(); // until it is closed
                setOwner(end, false);
                if (!ownerLives(1 - end)) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private static FileChannel openLock() throws IOException {
        return openOrCreate(folder().resolve("tlem-pipes." + System.getProperty("user.name") + ".lock"));
    }

    private static FileChannel openOrCreate(Path path) throws IOException {
        return FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** The pipe of this path as it is, null when there is none or it is not whole. */
    private static PipeFile existing(Arena arena, Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return null;
        }
        int slots;
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = file.size();
            ByteBuffer control = ByteBuffer.allocate(LINE).order(ByteOrder.nativeOrder());
            if (size < CONTROL_BYTES || file.read(control, size - CONTROL_BYTES) < LINE) {
                return null;
            }
            slots = control.getInt((int) SLOTS_AT);
            if (control.getLong((int) MAGIC_AT) != MAGIC
                    || control.getInt((int) VERSION_AT) != VERSION
                    || slots < PipeAddress.MIN_SLOTS
                    || slots > PipeAddress.MAX_SLOTS
                    || new PipeFile(path, slots, null).fileBytes() != size) {
                return null;
            }
        }
        return new PipeFile(path, slots, arena);
    }

    private static PipeFile make(Arena arena, Path path, int slots) throws IOException {
        Files.deleteIfExists(path);
        long bytes = new PipeFile(path, slots, null).fileBytes();
        if (bytes > SystemMemory.availableBytes() / 2) {
            throw new IOException("a pipe of " + slots + " slots needs " + (bytes >> 20) + " MiB");
        }
        try (FileChannel file = openOrCreate(path)) {
            file.write(ByteBuffer.allocate(1), bytes - 1);
        }
        try {
            PipeFile made = new PipeFile(path, slots, arena);
            made.layOut();
            return made;
        } catch (RuntimeException e) { // the file system has no room for it, for example
            Files.deleteIfExists(path);
            throw e;
        }
    }

    private void layOut() {
        int buffer = NetmapLayout.FIRST_BUFFER;
        for (int end = 0; end < ENDS; end++) {
            NetmapLayout.writeInterface(
                    memory,
                    interfaceOffset(end),
                    path.getFileName().toString(),
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

    private long owner(int end) {
        return programBytes + OWNER_AT + (long) LINE * end;
    }

    private boolean ownerLives(int end) {
        long process = memory.get(ValueLayout.JAVA_LONG, owner(end));
        long start = memory.get(ValueLayout.JAVA_LONG, owner(end) + 8);
        return process > 0
                && ProcessHandle.of(process)
                        .map(handle -> handle.isAlive() && startOf(handle) == start)
                        .orElse(false);
    }

    private void setOwner(int end, boolean attached) {
        ProcessHandle self = ProcessHandle.current();
        memory.set(ValueLayout.JAVA_LONG, owner(end), attached ? self.pid() : 0);
        memory.set(ValueLayout.JAVA_LONG, owner(end) + 8, attached ? startOf(self) : 0);
    }

    /** When a process started, in milliseconds, 0 when the system does not tell. */
    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** Where the file is. */
    Path path() {
        return path;
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

    private long fileBytes() {
        return programBytes + CONTROL_BYTES;
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

    /** Offset of what is kept of the packets that an end sends: three lines, see {@link PipeTransfer}. */
    long transfer(int sendingEnd) {
        return programBytes + DIRECTION_AT + DIRECTION_BYTES * sendingEnd;
    }
}
