package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Guards a CPU against the calling thread, under a real-time policy: when it holds the CPU without coming round, it is put to sleep for
 * a moment, wherever it is, so that others get there. Without, a thread that calls what the virtual machine's compiler is just
 * replacing goes round in a loop inside of the virtual machine, and keeps the compiler from the CPU: 80 to 200 ms were measured.
 *
 * <p>In C, {@code native/tlem_guard.c}: where there is no {@link KernelLibrary} there is no guard, and on Linux only.
 */
public final class CpuGuard {
    /** For {@link #cameRound}: the thread may hold the CPU, which it has to share anyway. */
    public static final long NO_LIMIT = 0;

    private static final Optional<KernelLibrary> LIBRARY = open();
    private static final MethodHandle BEGIN = handle("tlem_guard_begin", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle CAME_ROUND =
            handle("tlem_guard_came_round", FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle END = handle("tlem_guard_end", FunctionDescriptor.ofVoid());

    private CpuGuard() {}

    private static Optional<KernelLibrary> open() {
        try {
            return KernelLibrary.open("tlem_guard_layout", 1);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // whoever goes over packets with it says so
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LIBRARY.map(library -> library.handle(name, descriptor)).orElse(null);
    }

    /**
     * Guards against the calling thread, from the next call of {@link #cameRound} on.
     *
     * @return false when that cannot be had; nothing else here is to be called then
     */
    public static boolean begin() {
        try {
            return LIBRARY.isPresent() && (int) BEGIN.invokeExact() == 0;
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /**
     * The calling thread has come round.
     *
     * @param nanos of CPU time that it may use until it does again, below a second, or {@link #NO_LIMIT}; the system looks a few times in
     *     a hundredth of one
     */
    public static void cameRound(long nanos) {
        try {
            CAME_ROUND.invokeExact(nanos);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /** Does not guard against the calling thread any more. */
    public static void end() {
        try {
            END.invokeExact();
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }
}
