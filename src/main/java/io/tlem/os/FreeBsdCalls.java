package io.tlem.os;

import io.tlem.bindings.freebsd.FreeBsd;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls that only FreeBSD has, each returning its result or the negated error number. Loaded on FreeBSD only: other
 * systems do not have the symbols. None of them is made while packets flow.
 */
@SuppressWarnings("restricted") // making calls is what this room is for
final class FreeBsdCalls implements Superpages.Calls, CpuSets.Calls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"))
            .withInvokeExactBehavior();
    private static final long SELF = -1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private final MethodHandle shmCreateLargepage =
            handle("shm_create_largepage", FunctionDescriptor.of(INT, LONG, INT, INT, INT, ValueLayout.JAVA_INT));
    private final MethodHandle shmOpen = handle("shm_open", FunctionDescriptor.of(INT, LONG, INT, INT));
    private final MethodHandle getpagesizes = handle("getpagesizes", FunctionDescriptor.of(INT, POINTER, INT));
    private final MethodHandle sysctlbyname =
            handle("sysctlbyname", FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, POINTER, LONG));
    private final MethodHandle cpusetGetaffinity =
            handle("cpuset_getaffinity", FunctionDescriptor.of(INT, INT, INT, LONG, LONG, POINTER));
    private final MethodHandle cpusetSetaffinity =
            handle("cpuset_setaffinity", FunctionDescriptor.of(INT, INT, INT, LONG, LONG, POINTER));

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        MemorySegment address = LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("no call " + name + " in this system"));
        return LINKER.downcallHandle(address, descriptor, CAPTURE_ERRNO);
    }

    private static int result(int result, MemorySegment captured) {
        return result < 0 ? -(int) ERRNO.get(captured, 0L) : result;
    }

    private static MemorySegment capture(Arena arena) {
        return arena.allocate(Linker.Option.captureStateLayout());
    }

    @Override
    public int createLargepage(int pageSizeIndex) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            int flags = FreeBsd.O_RDWR() | FreeBsd.O_CLOEXEC();
            int policy = FreeBsd.SHM_LARGEPAGE_ALLOC_DEFAULT();
            return result(
                    (int) shmCreateLargepage.invokeExact(
                            captured, (long) FreeBsd.SHM_ANON(), flags, pageSizeIndex, policy, 0600),
                    captured);
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    /** Memory that can be mapped by several, without a name: a descriptor, or a negated error number. */
    int createUnnamed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            int flags = FreeBsd.O_RDWR() | FreeBsd.O_CLOEXEC();
            return result((int) shmOpen.invokeExact(captured, (long) FreeBsd.SHM_ANON(), flags, 0600), captured);
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    @Override
    public long[] pageSizes() {
        int most = 8;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            MemorySegment sizes = arena.allocate(LONG, most);
            int count = (int) getpagesizes.invokeExact(captured, sizes, most);
            return sizes.asSlice(0, LONG.byteSize() * Math.max(0, Math.min(count, most)))
                    .toArray(LONG);
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    @Override
    public int truncate(int fd, long bytes) {
        return io.tlem.os.Calls.ftruncate(fd, bytes);
    }

    @Override
    public long mapShared(int fd, long bytes) {
        int protection = FreeBsd.PROT_READ() | FreeBsd.PROT_WRITE();
        return io.tlem.os.Calls.mmap(0, bytes, protection, FreeBsd.MAP_SHARED(), fd);
    }

    @Override
    public void close(int fd) {
        io.tlem.os.Calls.close(fd);
    }

    /** A 32-bit number that the kernel tells by name, or -1. */
    long sysctl(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            MemorySegment value = arena.allocate(LONG);
            MemorySegment length = arena.allocateFrom(LONG, Integer.BYTES);
            int done = (int)
                    sysctlbyname.invokeExact(captured, arena.allocateFrom(name), value, length, MemorySegment.NULL, 0L);
            return done < 0 ? -1 : Integer.toUnsignedLong(value.get(INT, 0));
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    @Override
    public int getAffinity(long[] set) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            MemorySegment bits = arena.allocate(LONG, set.length);
            int done = result(
                    (int) cpusetGetaffinity.invokeExact(
                            captured, FreeBsd.CPU_LEVEL_WHICH(), FreeBsd.CPU_WHICH_PID(), SELF, bits.byteSize(), bits),
                    captured);
            MemorySegment.copy(bits, LONG, 0, set, 0, set.length);
            return done;
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    @Override
    public int setAffinity(long[] set) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = capture(arena);
            MemorySegment bits = arena.allocateFrom(LONG, set);
            return result(
                    (int) cpusetSetaffinity.invokeExact(
                            captured, FreeBsd.CPU_LEVEL_WHICH(), FreeBsd.CPU_WHICH_TID(), SELF, bits.byteSize(), bits),
                    captured);
        } catch (Throwable e) {
            throw io.tlem.os.Calls.unexpected(e);
        }
    }

    /** The one there is. Only on FreeBSD. */
    static FreeBsdCalls get() {
        return Holder.CALLS;
    }

    private static final class Holder {
        static final FreeBsdCalls CALLS = new FreeBsdCalls();
    }
}
