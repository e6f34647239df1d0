package io.tlem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Makes handles of C functions that capture errno, which jextract's own wrappers do not. */
@SuppressWarnings("restricted") // calls into C are what this is for
final class Call {
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            STATE.byteOffset(java.lang.foreign.MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> CAPTURE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    private Call() {}

    /** A handle whose first parameter is the {@link #capture} segment. */
    static MethodHandle capturing(MemorySegment address, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(address, descriptor, Linker.Option.captureCallState("errno"));
    }

    /** The same for a variadic function with that many fixed parameters. */
    static MethodHandle capturing(MemorySegment address, FunctionDescriptor descriptor, int fixedParameters) {
        return Linker.nativeLinker()
                .downcallHandle(
                        address,
                        descriptor,
                        Linker.Option.captureCallState("errno"),
                        Linker.Option.firstVariadicArg(fixedParameters));
    }

    /** The calling thread's place for errno. */
    static MemorySegment capture() {
        return CAPTURE.get();
    }

    /** The error number that the calling thread's last failed call left. Meaningful only after a failure. */
    static int errno(MemorySegment capture) {
        return capture.get(ValueLayout.JAVA_INT, ERRNO);
    }

    /** What a handle throws although C functions throw nothing. */
    static AssertionError unexpected(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return new AssertionError("a C function threw", thrown);
    }
}
