package io.tlem.buffer;

import io.tlem.os.KernelLibrary;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The loops over records in C, where they can be had: {@link KernelLibrary}. */
final class NativeKernel {
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout WORD = ValueLayout.JAVA_LONG;
    private static final MemoryLayout NUMBER = ValueLayout.JAVA_INT;

    /** {@code tlem_layout} of a library that this class can call. */
    private static final int[] LAYOUT = {
        5,
        SharedBuffer.HEADER_PAGE_BYTES,
        PacketRecord.HEADER_BYTES,
        PacketRecord.ALIGNMENT,
        PacketRecord.MIN_STRIDE,
        PacketRecord.PADDING,
        PacketRecord.LENGTH_LIMIT,
        PacketRecord.KEPT_STRIDE,
        (int) PacketRecord.TAG,
        PacketRecord.KEPT
    };

    /** Why the library that is there is not used, empty where nothing is wrong. */
    static final String REFUSAL;

    private static final Optional<KernelLibrary> LIBRARY;

    static {
        Optional<KernelLibrary> library = Optional.empty();
        String refusal = "";
        try {
            library = KernelLibrary.open("tlem_layout", LAYOUT);
        } catch (IllegalArgumentException e) {
            refusal = e.getMessage();
        }
        LIBRARY = library;
        REFUSAL = refusal;
    }

    /** Whether there is a library. */
    static final boolean AVAILABLE = LIBRARY.isPresent();

    private static final MethodHandle APPEND = handle(
            "tlem_append",
            FunctionDescriptor.of(
                    NUMBER, WORD, WORD, WORD, WORD, POINTER, POINTER, POINTER, WORD, POINTER, WORD, POINTER, NUMBER,
                    POINTER));
    private static final MethodHandle COPY_DUE = handle(
            "tlem_copy_due",
            FunctionDescriptor.of(
                    NUMBER, WORD, WORD, WORD, WORD, NUMBER, WORD, WORD, POINTER, POINTER, POINTER, POINTER, POINTER,
                    POINTER, NUMBER, NUMBER, POINTER));

    private NativeKernel() {}

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LIBRARY.map(library -> library.handle(name, descriptor)).orElse(null);
    }

    /**
     * As {@link RecordWriter#append}, until a packet does not lie in {@code from}; returns how many it has looked at.
     *
     * @param tags of the packets; {@link MemorySegment#NULL} for 0
     * @param state where the next record goes; bytes of the packets, which are added; four words of the callee, 0 at first
     */
    static int append(
            long buffer,
            long end,
            long from,
            long fromBytes,
            MemorySegment offsets,
            MemorySegment lengths,
            MemorySegment arrivals,
            long firstNumber,
            MemorySegment releases,
            MemorySegment tags,
            int count,
            MemorySegment state) {
        try {
            return (int) APPEND.invokeExact(
                    buffer,
                    end,
                    from,
                    fromBytes,
                    offsets,
                    lengths,
                    arrivals,
                    firstNumber,
                    releases,
                    RecordWriter.OMIT,
                    tags,
                    count,
                    state);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /**
     * As {@link OrderedReader#copyDue}, until a slot does not lie in {@code to}; returns how many it has copied.
     *
     * @param state offset of the next record, bytes left, release time of the packet that was not copied, bytes of those
     *     that were; a word of the callee, 0 at first
     */
    static int copyDue(
            long buffer,
            long end,
            long now,
            long oldest,
            int longest,
            long to,
            long toBytes,
            MemorySegment slots,
            MemorySegment lengths,
            MemorySegment arrivals,
            MemorySegment releases,
            MemorySegment numbers,
            MemorySegment tags,
            int first,
            int limit,
            MemorySegment state) {
        try {
            return (int) COPY_DUE.invokeExact(
                    buffer, end, now, oldest, longest, to, toBytes, slots, lengths, arrivals, releases, numbers, tags,
                    first, limit, state);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }
}
