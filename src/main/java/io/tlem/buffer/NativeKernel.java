package io.tlem.buffer;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;

/**
 * The loops over records in C, {@code native/tlem_kernel.c}, one call a batch. The build makes the library where there is a
 * C compiler; where there is none, or the property {@code tlem.native} is {@code off}, the same loops in Java do it. So they do
 * where the library was made for another layout of records than {@link PacketRecord}'s, as one of an earlier build.
 *
 * <p>The calls are critical: they never block, and see Java's arrays where they are. Memory outside the heap is passed as
 * addresses: for a segment of a shared arena each call would count its users up and down, on a line that every thread
 * writes. Callers keep the memory.
 */
@SuppressWarnings("restricted") // making calls is what it is for
final class NativeKernel {
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout WORD = ValueLayout.JAVA_LONG;
    private static final MemoryLayout NUMBER = ValueLayout.JAVA_INT;
    private static final String PROPERTY = "tlem.native";

    /** {@code tlem_layout} of a library that this class can call. */
    private static final int[] LAYOUT = {
        3,
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

    private static final SymbolLookup LIBRARY;

    static {
        SymbolLookup library = null;
        String refusal = "";
        try {
            library = open();
        } catch (IllegalArgumentException e) {
            refusal = e.getMessage();
        }
        LIBRARY = library;
        REFUSAL = refusal;
    }

    /** Whether there is a library. */
    static final boolean AVAILABLE = LIBRARY != null;

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

    /**
     * The library, null where none is wanted, or none was asked for by name and none is there.
     *
     * @throws IllegalArgumentException when what is there cannot be used
     */
    private static SymbolLookup open() {
        String where = System.getProperty(PROPERTY, "");
        Path folder = where.isEmpty() ? besideClasses() : Path.of(where);
        if (where.equals("off") || folder == null) {
            return null;
        }
        Path file = folder.resolve(System.mapLibraryName("tlem_kernel"));
        if (where.isEmpty() && !Files.isRegularFile(file)) {
            return null;
        }
        SymbolLookup library = SymbolLookup.libraryLookup(file, Arena.global());
        if (!library.find("tlem_layout").map(NativeKernel::fits).orElse(false)) {
            throw new IllegalArgumentException(file + " was made for another version of this program");
        }
        return library;
    }

    private static boolean fits(MemorySegment layout) {
        return layout.reinterpret(Integer.BYTES).get(ValueLayout.JAVA_INT, 0) == LAYOUT[0]
                && Arrays.equals(
                        layout.reinterpret((long) Integer.BYTES * LAYOUT.length).toArray(ValueLayout.JAVA_INT), LAYOUT);
    }

    /** The folder {@code native} beside the jar, or beside the folder of classes. */
    private static Path besideClasses() {
        CodeSource source = NativeKernel.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI()).resolveSibling("native");
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LIBRARY == null
                ? null
                : Linker.nativeLinker()
                        .downcallHandle(LIBRARY.find(name).orElseThrow(), descriptor, Linker.Option.critical(true));
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
            throw unexpected(e);
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
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable e) {
        return e instanceof RuntimeException known ? known : new IllegalStateException(e);
    }
}
