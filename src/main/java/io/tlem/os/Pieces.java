package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.tlem.bindings.linux.iovec;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Pieces of memory that one call hands to the kernel as if they lay behind each other. They must stay as they are until then. Used by one thread. */
@SuppressWarnings("restricted") // they are given by their addresses
public final class Pieces {
    private static final long BYTES = iovec.sizeof();
    private static final long ADDRESS_AT = iovec.iov_base$offset();
    private static final long LENGTH_AT = iovec.iov_len$offset();

    private final MemorySegment pieces;
    private int count;

    /**
     * @param arena owns the list, not what it lists
     * @param most that there will be
     */
    public Pieces(Arena arena, int most) {
        pieces = arena.allocate(BYTES * most, Long.BYTES);
    }

    /** Forgets all. */
    public void clear() {
        count = 0;
    }

    /** Adds a piece behind the others. */
    public void add(long address, int bytes) {
        long piece = BYTES * count++;
        pieces.set(JAVA_LONG, piece + ADDRESS_AT, address);
        pieces.set(JAVA_LONG, piece + LENGTH_AT, (long) bytes);
    }

    /** All bytes, gathered. */
    public byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (long piece = 0; piece < BYTES * count; piece += BYTES) {
            long address = pieces.get(JAVA_LONG, piece + ADDRESS_AT);
            long length = pieces.get(JAVA_LONG, piece + LENGTH_AT);
            all.writeBytes(MemorySegment.ofAddress(address).reinterpret(length).toArray(JAVA_BYTE));
        }
        return all.toByteArray();
    }

    /** Returns bytes written, or a negated error number. */
    long write(int fd) {
        return Calls.writev(fd, pieces, count);
    }

    static {
        if (iovec.iov_len$layout().byteSize() != JAVA_LONG.byteSize()) {
            throw new UnsupportedOperationException("64-bit systems only");
        }
    }
}
