package io.tlem.testing;

import io.tlem.bindings.netmap.nmreq;
import io.tlem.bindings.netmap.nmreq_header;
import io.tlem.bindings.netmap.nmreq_register;
import io.tlem.os.NetmapLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code native/fake_netmap.c}, compiled and loaded into this process: a netmap that fails, lies and misbehaves as a
 * test asks it to. The functions are described there. What was asked for stays until {@link #reset}.
 */
@SuppressWarnings("restricted") // it is a C library
public final class FakeNetmap {
    /** Where the fake puts the interface. */
    public static final long INTERFACE = 4096;

    /** Relative to the module, where Maven runs tests. */
    private static final Path NATIVE = Path.of("..", "native");

    private final Path library;
    private final SymbolLookup symbols;

    private FakeNetmap(Path library) {
        this.library = library;
        this.symbols = SymbolLookup.libraryLookup(library, Arena.global());
    }

    /** Compiles and loads the library; where there is no compiler the calling test is skipped. */
    public static FakeNetmap build(Path folder) {
        if (!System.getProperty("os.name").equals("Linux")) {
            Privileged.missing("the fake netmap is for Linux");
        }
        Privileged.tool("cc");
        Path library = folder.resolve("fake_netmap.so").toAbsolutePath();
        Path output = folder.resolve("cc.out");
        List<String> command = List.of(
                "cc",
                "-shared",
                "-fPIC",
                "-O1",
                "-Wall",
                "-Werror",
                "-I" + NATIVE.resolve("include"),
                "-o",
                library.toString(),
                NATIVE.resolve("fake_netmap.c").toString());
        try {
            int status = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError(Files.readString(output));
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return new FakeNetmap(library);
    }

    /** The file. */
    public Path library() {
        return library;
    }

    /** As if just loaded. */
    public void reset() {
        call("fake_netmap_reset", FunctionDescriptor.ofVoid());
    }

    /** A call fails with this error number after so many calls, so many times, -1 for ever. */
    public void fail(String call, int errno, long after, long times) {
        try (Arena arena = Arena.ofConfined()) {
            call(
                    "fake_netmap_fail",
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                    arena.allocateFrom(call),
                    errno,
                    after,
                    times);
        }
    }

    /** How often a call was made. */
    public long calls(String call) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) call(
                    "fake_netmap_calls",
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    arena.allocateFrom(call));
        }
    }

    /** Lays out the port that is opened next. */
    public void prepare(int nicRings, int slots, int bufferBytes) {
        int result = (int) call(
                "fake_netmap_prepare",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                nicRings,
                slots,
                bufferBytes);
        if (result != 0) {
            throw new AssertionError("the fake could not prepare a port");
        }
    }

    /** Memory of the port last laid out, as the fake has mapped it: gone when that port is closed. */
    public MemorySegment memory() {
        MemorySegment address = (MemorySegment) call("fake_netmap_memory", FunctionDescriptor.of(ValueLayout.ADDRESS));
        long bytes = (long) call("fake_netmap_bytes", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
        return address.reinterpret(bytes);
    }

    /** Offset of a ring in {@link #memory()}; the host's is the one after the NIC's. */
    public long ring(int direction, int number) {
        MemorySegment memory = memory();
        int before = direction == NetmapLayout.TRANSMIT ? 0 : NetmapLayout.transmitRings(memory, INTERFACE) + 1;
        return INTERFACE + NetmapLayout.ringOffset(memory, INTERFACE, before + number);
    }

    /** Registrations say that the memory is so long. */
    public void lieMemoryBytes(long bytes) {
        call("fake_netmap_lie_memsize", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
    }

    /** Registrations say that the interface is there. */
    public void lieOffset(long offset) {
        call("fake_netmap_lie_offset", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), offset);
    }

    /** Polls report these events besides the true ones. */
    public void pollAlso(int events) {
        symbol("fake_netmap_poll_also", ValueLayout.JAVA_INT).set(ValueLayout.JAVA_INT, 0, events);
    }

    /**
     * Calls the hook after each sync, before the port goes on. It must not throw.
     *
     * @param arena to be closed after the last sync
     */
    public void afterSync(Arena arena, Runnable hook) {
        try {
            MethodHandle run = MethodHandles.lookup()
                    .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(hook);
            MemorySegment stub = Linker.nativeLinker().upcallStub(run, FunctionDescriptor.ofVoid(), arena);
            call("fake_netmap_after_sync", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), stub);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** Of the port that was closed last: buffers that were then in no slot and not in netmap's list of extra ones, or twice. */
    public int astray() {
        return symbol("fake_netmap_astray", ValueLayout.JAVA_INT).get(ValueLayout.JAVA_INT, 0);
    }

    /** Slots that had another buffer than before and did not say so. */
    public int unannounced() {
        return symbol("fake_netmap_unannounced", ValueLayout.JAVA_INT).get(ValueLayout.JAVA_INT, 0);
    }

    /** Header of the last registration by NIOCCTRL. */
    public MemorySegment header() {
        return symbol("fake_netmap_header", nmreq_header.layout());
    }

    /** Body of the last registration by NIOCCTRL, as it was passed. */
    public MemorySegment registration() {
        return symbol("fake_netmap_register", nmreq_register.layout());
    }

    /** The last registration by NIOCREGIF, as it was passed. */
    public MemorySegment legacyRegistration() {
        return symbol("fake_netmap_legacy", nmreq.layout());
    }

    private MemorySegment symbol(String name, MemoryLayout layout) {
        return symbols.find(name).orElseThrow().reinterpret(layout.byteSize());
    }

    private Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
        try {
            return Linker.nativeLinker()
                    .downcallHandle(symbols.find(name).orElseThrow(), descriptor)
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(name, e);
        }
    }
}
