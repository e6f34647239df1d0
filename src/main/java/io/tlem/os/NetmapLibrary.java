package io.tlem.os;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The six calls that netmap is used through, from the C library or from a shared library that stands in for it. A
 * provider may define some of them only; the others stay the C library's.
 *
 * <p>Each call returns its result or a negated error number. Calls that a signal interrupts, or that are to be tried
 * again, are made again a limited number of times.
 */
@SuppressWarnings("restricted") // making calls is what this room is for
public final class NetmapLibrary {
    private static final int ATTEMPTS = 100;
    private static final byte[] ELF = {0x7F, 'E', 'L', 'F'};
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_FIXED = 0x11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"))
            .withInvokeExactBehavior();
    private static final NetmapLibrary STANDARD = new NetmapLibrary(LINKER.defaultLookup());
    /** What each thread needs to make calls: the error number, and one {@code struct pollfd}. */
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {
        final MemorySegment captured = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
        final MemorySegment pollFd = Arena.ofAuto().allocate(8, 4);
    }

    private final MethodHandle open;
    private final MethodHandle ioctl;
    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle poll;
    private final MethodHandle close;

    private NetmapLibrary(SymbolLookup lookup) {
        MemoryLayout word = ValueLayout.JAVA_LONG;
        MemoryLayout number = ValueLayout.JAVA_INT;
        MemoryLayout pointer = ValueLayout.ADDRESS;
        open = handle(lookup, "open", FunctionDescriptor.of(number, pointer, number), 2);
        ioctl = handle(lookup, "ioctl", FunctionDescriptor.of(number, number, word, pointer), 2);
        mmap = handle(lookup, "mmap", FunctionDescriptor.of(word, pointer, word, number, number, number, word), -1);
        munmap = handle(lookup, "munmap", FunctionDescriptor.of(number, pointer, word), -1);
        poll = handle(lookup, "poll", FunctionDescriptor.of(number, pointer, word, number), -1);
        close = handle(lookup, "close", FunctionDescriptor.of(number, number), -1);
    }

    private static MethodHandle handle(
            SymbolLookup lookup, String name, FunctionDescriptor descriptor, int firstVariadic) {
        MemorySegment address =
                lookup.find(name).orElseThrow(() -> new UnsatisfiedLinkError("no call " + name + " in this system"));
        return firstVariadic < 0
                ? LINKER.downcallHandle(address, descriptor, CAPTURE_ERRNO)
                : LINKER.downcallHandle(
                        address, descriptor, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** The calls of the C library. */
    public static NetmapLibrary standard() {
        return STANDARD;
    }

    /**
     * The calls of a shared library, and for those it does not define, of the C library. The library stays loaded.
     *
     * @throws IllegalArgumentException with one line when it is no shared library of this system
     */
    public static NetmapLibrary load(Path library) {
        String refusal = "'" + library + "' is not a shared library that can be loaded";
        if (!isElf(library)) { // the virtual machine would print warnings about it
            throw new IllegalArgumentException(refusal);
        }
        SymbolLookup own;
        try {
            own = SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(refusal, e);
        }
        return new NetmapLibrary(own.or(LINKER.defaultLookup()));
    }

    private static boolean isElf(Path file) {
        try (InputStream content = Files.newInputStream(file)) {
            return Arrays.equals(content.readNBytes(ELF.length), ELF);
        } catch (IOException e) {
            return false;
        }
    }

    /** Opens a file for reading and writing; the descriptor does not pass to other programs. */
    int open(String path) {
        MemorySegment captured = SCRATCH.get().captured;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            int result = 0;
            for (int i = 0; i < ATTEMPTS; i++) {
                int opened = (int) open.invokeExact(captured, name, Platform.O_RDWR | Platform.O_CLOEXEC);
                if (opened >= 0) {
                    return opened;
                }
                result = failure(captured);
                if (isFinal(result)) {
                    break;
                }
            }
            return result;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment captured = SCRATCH.get().captured;
        try {
            int result = 0;
            for (int i = 0; i < ATTEMPTS; i++) {
                int done = (int) ioctl.invokeExact(captured, fd, request, argument);
                if (done >= 0) {
                    return done;
                }
                result = failure(captured);
                if (isFinal(result)) {
                    break;
                }
            }
            return result;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    /**
     * Maps the beginning of a file, shared with others, and ordinary memory right behind it.
     *
     * @see NetmapDevice#map
     */
    MemorySegment mapShared(Arena arena, int fd, String file, long bytes, long extraBytes) {
        long shared = roundUp(bytes);
        long extra = roundUp(extraBytes);
        // The global arena never gives the addresses back: that is done here, by the call that belongs to each part.
        MemorySegment place = SystemMemory.reserve(Arena.global(), shared + extra);
        long address = place.address();
        long mapped = 0;
        try {
            Calls.require(mapFixed(place.asSlice(0, shared), fd), "mmap", file + ", " + shared + " bytes");
            mapped = shared;
            SystemMemory.requirePresent(place.asSlice(0, shared), file);
            if (extra > 0) {
                SystemMemory.fill(place.asSlice(shared));
            }
        } catch (RuntimeException e) {
            giveBack(address, mapped, shared + extra);
            throw e;
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(shared + extra, arena, ignored -> giveBack(address, shared, shared + extra));
    }

    /** Unmaps the file's part by the call that belongs to it; what that refuses, and the rest, by the C library's. */
    private void giveBack(long address, long shared, long all) {
        long done = shared > 0 && unmap(address, shared) == 0 ? shared : 0;
        if (done < all) {
            STANDARD.unmap(address + done, all - done);
        }
    }

    private static long roundUp(long bytes) {
        return Math.ceilDiv(bytes, SystemMemory.pageSize()) * SystemMemory.pageSize();
    }

    private int mapFixed(MemorySegment place, int fd) {
        MemorySegment captured = SCRATCH.get().captured;
        try {
            int result = 0;
            for (int i = 0; i < ATTEMPTS; i++) {
                long address = (long)
                        mmap.invokeExact(captured, place, place.byteSize(), PROT_READ_WRITE, MAP_SHARED_FIXED, fd, 0L);
                if (address == place.address()) {
                    return 0;
                }
                if (address != -1) { // anywhere else it is of no use
                    unmap(address, place.byteSize());
                    return -Errno.EINVAL;
                }
                result = failure(captured);
                if (isFinal(result)) {
                    break;
                }
            }
            return result;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    private int unmap(long address, long length) {
        MemorySegment captured = SCRATCH.get().captured;
        try {
            int result = (int) munmap.invokeExact(captured, MemorySegment.ofAddress(address), length);
            return result < 0 ? failure(captured) : 0;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    int poll(int fd, int events, int timeoutMillis) {
        Scratch scratch = SCRATCH.get();
        MemorySegment captured = scratch.captured;
        MemorySegment pollFd = scratch.pollFd;
        try {
            int result = 0;
            for (int i = 0; i < ATTEMPTS; i++) {
                pollFd.set(ValueLayout.JAVA_INT, 0, fd);
                pollFd.set(ValueLayout.JAVA_SHORT, 4, (short) events);
                pollFd.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
                int ready = (int) poll.invokeExact(captured, pollFd, 1L, timeoutMillis);
                if (ready >= 0) {
                    return ready == 0 ? 0 : pollFd.get(ValueLayout.JAVA_SHORT, 6) & 0xFFFF;
                }
                result = failure(captured);
                if (isFinal(result)) {
                    break;
                }
            }
            return result;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    /** Not made again after a signal: the file may be closed by then. */
    int close(int fd) {
        MemorySegment captured = SCRATCH.get().captured;
        try {
            int result = (int) close.invokeExact(captured, fd);
            return result < 0 ? failure(captured) : 0;
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    /** The negated error number; a failed call without one would look like success. */
    private static int failure(MemorySegment captured) {
        int errno = (int) ERRNO.get(captured, 0L);
        return errno > 0 ? -errno : -Errno.EIO;
    }

    private static boolean isFinal(int result) {
        return result != -Errno.EINTR && result != -Errno.EAGAIN;
    }
}
