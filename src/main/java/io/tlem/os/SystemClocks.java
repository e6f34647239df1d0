package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Clocks beside the monotonic one, which is {@link System#nanoTime()}. */
@SuppressWarnings("restricted") // making calls is what this room is for
public final class SystemClocks {
    private static final int CLOCK_REALTIME = Linux.CLOCK_REALTIME();
    private static final long SECONDS = timespec.tv_sec$offset();
    private static final long NANOS = timespec.tv_nsec$offset();
    // Answered without entering the kernel, so that it may be called without leaving Java's state either.
    private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker()
            .downcallHandle(
                    Linux.clock_gettime$address(), Linux.clock_gettime$descriptor(), Linker.Option.critical(false));
    private static final ThreadLocal<MemorySegment> TIME =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(timespec.layout()));

    private SystemClocks() {}

    /** The real-time clock: nanoseconds since 1970. It may be set, and then jumps. Does not allocate. */
    public static long realTimeNanos() {
        return read(CLOCK_REALTIME);
    }

    /** CPU time that the calling thread has used, in nanoseconds. Linux. Does not allocate. */
    public static long threadNanos() {
        return read(Linux.CLOCK_THREAD_CPUTIME_ID());
    }

    private static long read(int clock) {
        MemorySegment time = TIME.get();
        try {
            int ignored = (int) CLOCK_GETTIME.invokeExact(clock, time);
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
        return time.get(JAVA_LONG, SECONDS) * 1_000_000_000L + time.get(JAVA_LONG, NANOS);
    }
}
