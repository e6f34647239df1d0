package io.tlem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Optional;

/**
 * The loops in C, {@code native/tlem_kernel.c}, one call a batch. The build makes the library where there is a C compiler; where
 * there is none, or the property {@code tlem.native} is {@code off}, the same loops in Java do it. So they do where the library
 * was made for another layout of what the loops go over, as one of an earlier build. The library has {@link CpuGuard} as well.
 *
 * <p>The calls are critical: they never block, and see Java's arrays where they are. Memory outside the heap is passed as
 * addresses: for a segment of a shared arena each call would count its users up and down, on a line that every thread
 * writes. Callers keep the memory, and have only memory used that nobody can take away: C would not survive that.
 */
@SuppressWarnings("restricted") // making calls is what it is for
public final class KernelLibrary {
    private static final String PROPERTY = "tlem.native";

    private final SymbolLookup symbols;

    private KernelLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * The library, empty where none is wanted, or none was asked for by name and none is there.
     *
     * @param layout name of what the library says that some of its loops were made for
     * @param expected what that has to be
     * @throws IllegalArgumentException with the library's path, when what is there cannot be used
     */
    public static Optional<KernelLibrary> open(String layout, int... expected) {
        String where = System.getProperty(PROPERTY, "");
        Path folder = where.isEmpty() ? besideClasses() : Path.of(where);
        if (where.equals("off") || folder == null) {
            return Optional.empty();
        }
        Path file = folder.resolve(System.mapLibraryName("tlem_kernel"));
        if (where.isEmpty() && !Files.isRegularFile(file)) {
            return Optional.empty();
        }
        SymbolLookup library = SymbolLookup.libraryLookup(file, Arena.global());
        if (!library.find(layout).map(found -> fits(found, expected)).orElse(false)) {
            throw new IllegalArgumentException(file + " was made for another version of this program");
        }
        return Optional.of(new KernelLibrary(library));
    }

    private static boolean fits(MemorySegment layout, int[] expected) {
        return layout.reinterpret(Integer.BYTES).get(ValueLayout.JAVA_INT, 0) == expected[0]
                && Arrays.equals(
                        layout.reinterpret((long) Integer.BYTES * expected.length)
                                .toArray(ValueLayout.JAVA_INT),
                        expected);
    }

    /** The folder {@code native} beside the jar, or beside the folder of classes. */
    private static Path besideClasses() {
        CodeSource source = KernelLibrary.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI()).resolveSibling("native");
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A call of one of its functions. */
    public MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker()
                .downcallHandle(symbols.find(name).orElseThrow(), descriptor, Linker.Option.critical(true));
    }

    /** What a call has thrown, which none does. */
    public static RuntimeException unexpected(Throwable e) {
        return e instanceof RuntimeException known ? known : new IllegalStateException(e);
    }
}
