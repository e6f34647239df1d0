package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.tlem.bindings.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls that this room makes, each returning its result, or the negated error number where it failed: no
 * exception, no allocation. Calls that a signal has interrupted are made again.
 *
 * <p>The generated calls lose errno, because the virtual machine may make calls of its own before Java asks for it. The
 * handles here have it stored by the call itself, into a segment that each thread has once.
 */
@SuppressWarnings("restricted") // making calls is what this room is for
final class Calls {
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"))
            .withInvokeExactBehavior();
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    /** Number of bpf(2) on all machines younger than x86-64. */
    private static final long GENERIC_BPF = 280;

    private static final MethodHandle SOCKET = handle(Linux.socket$address(), Linux.socket$descriptor());
    private static final MethodHandle BIND = handle(Linux.bind$address(), Linux.bind$descriptor());
    private static final MethodHandle SETSOCKOPT = handle(Linux.setsockopt$address(), Linux.setsockopt$descriptor());
    private static final MethodHandle GETSOCKOPT = handle(Linux.getsockopt$address(), Linux.getsockopt$descriptor());
    private static final MethodHandle GETSOCKNAME = handle(Linux.getsockname$address(), Linux.getsockname$descriptor());
    private static final MethodHandle SEND = handle(Linux.send$address(), Linux.send$descriptor());
    private static final MethodHandle WRITEV = handle(Linux.writev$address(), Linux.writev$descriptor());
    private static final MethodHandle RECV = handle(Linux.recv$address(), Linux.recv$descriptor());
    private static final MethodHandle LISTEN = handle(Linux.listen$address(), Linux.listen$descriptor());
    private static final MethodHandle ACCEPT = handle(Linux.accept$address(), Linux.accept$descriptor());
    private static final MethodHandle CONNECT = handle(Linux.connect$address(), Linux.connect$descriptor());
    private static final MethodHandle SENDMSG = handle(Linux.sendmsg$address(), Linux.sendmsg$descriptor());
    private static final MethodHandle RECVMSG = handle(Linux.recvmsg$address(), Linux.recvmsg$descriptor());
    private static final MethodHandle POLL = handle(Linux.poll$address(), Linux.poll$descriptor());
    private static final MethodHandle READ = handle(Linux.read$address(), Linux.read$descriptor());
    private static final MethodHandle WRITE = handle(Linux.write$address(), Linux.write$descriptor());
    private static final MethodHandle CLOSE = handle(Linux.close$address(), Linux.close$descriptor());
    private static final MethodHandle IOCTL = variadic(
            Linux.ioctl.address(),
            2,
            FunctionDescriptor.of(Linux.C_INT, Linux.C_INT, Linux.C_LONG, ValueLayout.ADDRESS));
    private static final MethodHandle MMAP = handle(Linux.mmap$address(), Linux.mmap$descriptor());
    private static final MethodHandle MUNMAP = handle(Linux.munmap$address(), Linux.munmap$descriptor());
    private static final MethodHandle MADVISE = handle(Linux.madvise$address(), Linux.madvise$descriptor());
    private static final MethodHandle MLOCKALL = handle(Linux.mlockall$address(), Linux.mlockall$descriptor());
    private static final MethodHandle FTRUNCATE = handle(Linux.ftruncate$address(), Linux.ftruncate$descriptor());
    private static final MethodHandle OPEN = variadic(
            Linux.open.address(), 2, FunctionDescriptor.of(Linux.C_INT, ValueLayout.ADDRESS, Linux.C_INT, Linux.C_INT));
    private static final MethodHandle FCNTL = variadic(
            Linux.fcntl.address(), 2, FunctionDescriptor.of(Linux.C_INT, Linux.C_INT, Linux.C_INT, Linux.C_INT));
    private static final MethodHandle FLOCK = handle(Linux.flock$address(), Linux.flock$descriptor());
    private static final MethodHandle IF_NAMETOINDEX =
            handle(Linux.if_nametoindex$address(), Linux.if_nametoindex$descriptor());
    private static final MethodHandle SCHED_SETSCHEDULER =
            handle(Linux.sched_setscheduler$address(), Linux.sched_setscheduler$descriptor());

    /** Calls that only Linux has, looked up when the first is made. */
    private static final class LinuxOnly {
        static final MethodHandle MEMFD_CREATE = handle(Linux.memfd_create$address(), Linux.memfd_create$descriptor());
        static final MethodHandle EVENTFD = handle(Linux.eventfd$address(), Linux.eventfd$descriptor());
        static final MethodHandle EXECV = handle(Linux.execv$address(), Linux.execv$descriptor());
        static final MethodHandle PPOLL = handle(Linux.ppoll$address(), Linux.ppoll$descriptor());
        static final MethodHandle UNSHARE = handle(Linux.unshare$address(), Linux.unshare$descriptor());
        static final MethodHandle SETRESUID = handle(Linux.setresuid$address(), Linux.setresuid$descriptor());
        static final MethodHandle CAPGET = handle(Linux.capget$address(), Linux.capget$descriptor());
        static final MethodHandle CAPSET = handle(Linux.capset$address(), Linux.capset$descriptor());
        static final MethodHandle PRCTL = variadic(
                Linux.prctl.address(),
                1,
                FunctionDescriptor.of(
                        Linux.C_INT, Linux.C_INT, Linux.C_LONG, Linux.C_LONG, Linux.C_LONG, Linux.C_LONG));
        /** For the calls that the C library has no functions for: number, thread, structure, two more. */
        static final MethodHandle SYSCALL = variadic(
                Linux.syscall.address(),
                1,
                FunctionDescriptor.of(
                        Linux.C_LONG, Linux.C_LONG, Linux.C_INT, Linux.C_POINTER, Linux.C_INT, Linux.C_INT));
    }

    private Calls() {}

    private static MethodHandle handle(MemorySegment address, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(address, descriptor, CAPTURE_ERRNO);
    }

    private static MethodHandle variadic(MemorySegment address, int firstVariadic, FunctionDescriptor descriptor) {
        return Linker.nativeLinker()
                .downcallHandle(address, descriptor, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(firstVariadic));
    }

    private static int errno(MemorySegment captured) {
        return (int) ERRNO.get(captured, 0L);
    }

    static int socket(int domain, int type, int protocol) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) SOCKET.invokeExact(captured, domain, type, protocol);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int bind(int fd, MemorySegment address) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) BIND.invokeExact(captured, fd, address, (int) address.byteSize());
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int setsockopt(int fd, int level, int option, MemorySegment value) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) SETSOCKOPT.invokeExact(captured, fd, level, option, value, (int) value.byteSize());
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param length a 32-bit length in and out */
    static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
        MemorySegment captured = CAPTURED.get();
        try {
            length.set(JAVA_INT, 0, (int) value.byteSize());
            int result = (int) GETSOCKOPT.invokeExact(captured, fd, level, option, value, length);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param length a 32-bit length in and out */
    static int getsockname(int fd, MemorySegment address, MemorySegment length) {
        MemorySegment captured = CAPTURED.get();
        try {
            length.set(JAVA_INT, 0, (int) address.byteSize());
            int result = (int) GETSOCKNAME.invokeExact(captured, fd, address, length);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long send(int fd, MemorySegment data, long length, int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) SEND.invokeExact(captured, fd, data, length, flags);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long writev(int fd, MemorySegment pieces, int count) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) WRITEV.invokeExact(captured, fd, pieces, count);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Waits for events of files, at most so long; a signal ends it early. */
    static int ppoll(MemorySegment requests, int count, MemorySegment limit) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.PPOLL.invokeExact(captured, requests, (long) count, limit, MemorySegment.NULL);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long recv(int fd, MemorySegment data, int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) RECV.invokeExact(captured, fd, data, data.byteSize(), flags);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int listen(int fd, int backlog) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LISTEN.invokeExact(captured, fd, backlog);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int accept(int fd) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) ACCEPT.invokeExact(captured, fd, MemorySegment.NULL, MemorySegment.NULL);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int connect(int fd, MemorySegment address) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do { // of a socket in the file system: a signal leaves it as it was
                result = (int) CONNECT.invokeExact(captured, fd, address, (int) address.byteSize());
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param message a {@code struct msghdr} */
    static long sendmsg(int fd, MemorySegment message, int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) SENDMSG.invokeExact(captured, fd, message, flags);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param message a {@code struct msghdr} */
    static long recvmsg(int fd, MemorySegment message, int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) RECVMSG.invokeExact(captured, fd, message, flags);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param files {@code struct pollfd}, one behind the other */
    static int poll(MemorySegment files, int count, int timeoutMillis) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) POLL.invokeExact(captured, files, (long) count, timeoutMillis);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long write(int fd, MemorySegment data) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) WRITE.invokeExact(captured, fd, data, data.byteSize());
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long read(int fd, MemorySegment data) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result;
            do {
                result = (long) READ.invokeExact(captured, fd, data, data.byteSize());
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Not made again after a signal: Linux has closed the file by then. */
    static int close(int fd) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) CLOSE.invokeExact(captured, fd);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) IOCTL.invokeExact(captured, fd, request, argument);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the address, or the negated error number: no mapping lies at the very end of the address space. */
    static long mmap(long address, long length, int protection, int flags, int fd) {
        return mmap(address, length, protection, flags, fd, 0);
    }

    /** As {@link #mmap(long, long, int, int, int)}, from this byte of the file on. */
    static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        MemorySegment captured = CAPTURED.get();
        try {
            MemorySegment result = (MemorySegment)
                    MMAP.invokeExact(captured, MemorySegment.ofAddress(address), length, protection, flags, fd, offset);
            return result.address() == Linux.MAP_FAILED().address() ? -errno(captured) : result.address();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int munmap(long address, long length) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) MUNMAP.invokeExact(captured, MemorySegment.ofAddress(address), length);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int madvise(long address, long length, int advice) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) MADVISE.invokeExact(captured, MemorySegment.ofAddress(address), length, advice);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int mlockall(int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) MLOCKALL.invokeExact(captured, flags);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int memfdCreate(String name, int flags) {
        MemorySegment captured = CAPTURED.get();
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) LinuxOnly.MEMFD_CREATE.invokeExact(captured, arena.allocateFrom(name), flags);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A file that is ready to be read once something was written to it. */
    static int eventfd(int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.EVENTFD.invokeExact(captured, 0, flags);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int ftruncate(int fd, long length) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) FTRUNCATE.invokeExact(captured, fd, length);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param mode of a file that this call makes */
    static int open(String path, int flags, int mode) {
        MemorySegment captured = CAPTURED.get();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            int result;
            do {
                result = (int) OPEN.invokeExact(captured, name, flags, mode);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fcntl(int fd, int command, int argument) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) FCNTL.invokeExact(captured, fd, command, argument);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int flock(int fd, int operation) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result;
            do {
                result = (int) FLOCK.invokeExact(captured, fd, operation);
            } while (result < 0 && errno(captured) == Errno.EINTR);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the interface's index, 1 or more. */
    static int ifNameToIndex(String name) {
        MemorySegment captured = CAPTURED.get();
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) IF_NAMETOINDEX.invokeExact(captured, arena.allocateFrom(name));
            return result == 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns only where it fails. */
    static int execv(MemorySegment path, MemorySegment arguments) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.EXECV.invokeExact(captured, path, arguments);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int unshare(int flags) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.UNSHARE.invokeExact(captured, flags);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int prctl(int option, long argument) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.PRCTL.invokeExact(captured, option, argument, 0L, 0L, 0L);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Makes all threads of the process another user's: the C library has each of them do it. */
    static int setresuid(int user) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.SETRESUID.invokeExact(captured, user, user, user);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Makes the calling thread root's, and no other. */
    static int setresuidOfThreadToRoot() {
        return syscall(Linux.SYS_setresuid(), 0, MemorySegment.NULL, 0); // users 0, 0 and 0
    }

    /** Reads the calling thread's capabilities. */
    static int capget(MemorySegment header, MemorySegment data) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.CAPGET.invokeExact(captured, header, data);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Sets the calling thread's capabilities. */
    static int capset(MemorySegment header, MemorySegment data) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) LinuxOnly.CAPSET.invokeExact(captured, header, data);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Policy, nice value, time slice and more of a thread, 0 for the calling one, into a {@code struct sched_attr}. */
    static int schedGetAttr(int thread, MemorySegment attributes) {
        return syscall(Linux.SYS_sched_getattr(), thread, attributes, (int) attributes.byteSize());
    }

    /** Sets what {@link #schedGetAttr} gets. */
    static int schedSetAttr(int thread, MemorySegment attributes) {
        return syscall(Linux.SYS_sched_setattr(), thread, attributes, 0);
    }

    /** A command of BPF with its member of {@code union bpf_attr}, or the beginning of it. Returns a file where it makes one. */
    static int bpf(int command, MemorySegment attributes) {
        long number = Platform.X86_64 ? Linux.SYS_bpf() : GENERIC_BPF;
        return syscall(number, command, attributes, (int) attributes.byteSize());
    }

    private static int syscall(long number, int thread, MemorySegment structure, int argument) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result = (long) LinuxOnly.SYSCALL.invokeExact(captured, number, thread, structure, argument, 0);
            return result < 0 ? -errno(captured) : (int) result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int schedSetScheduler(int thread, int policy, MemorySegment parameters) {
        MemorySegment captured = CAPTURED.get();
        try {
            int result = (int) SCHED_SETSCHEDULER.invokeExact(captured, thread, policy, parameters);
            return result < 0 ? -errno(captured) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A handle throws nothing of its own; what comes here is an error of the virtual machine or of an argument. */
    static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    /** The result of a call, or an exception where it is a negated error number. */
    static int require(int result, String call, String argument) {
        if (result < 0) {
            throw new SystemCallException(call, argument, -result);
        }
        return result;
    }

    /** As {@link #require(int, String, String)}. */
    static long require(long result, String call, String argument) {
        if (result < 0) {
            throw new SystemCallException(call, argument, (int) -result);
        }
        return result;
    }

    static {
        // What the descriptors above assume of the C types.
        if (!Linux.C_INT.equals(JAVA_INT) || !Linux.C_LONG.equals(JAVA_LONG)) {
            throw new UnsupportedOperationException("64-bit systems only");
        }
    }
}
