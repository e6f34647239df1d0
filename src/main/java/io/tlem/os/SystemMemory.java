package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory from the system: huge pages, locking, and how much there is. */
@SuppressWarnings("restricted") // the size of what mmap returned is known
public final class SystemMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final MethodHandle MEMFD_CREATE =
            Call.capturing(Linux.memfd_create$address(), Linux.memfd_create$descriptor());
    private static final MethodHandle FTRUNCATE =
            Call.capturing(Linux.ftruncate$address(), Linux.ftruncate$descriptor());
    private static final MethodHandle MMAP = Call.capturing(Linux.mmap$address(), Linux.mmap$descriptor());
    private static final MethodHandle MADVISE = Call.capturing(Linux.madvise$address(), Linux.madvise$descriptor());
    private static final MethodHandle MLOCKALL = Call.capturing(Linux.mlockall$address(), Linux.mlockall$descriptor());
    private static final int PAGE_BYTES = (int) Linux.sysconf(Linux._SC_PAGESIZE());
    private static final long MAP_FAILED = -1;

    private SystemMemory() {}

    /** Whether memory is to be on huge pages. */
    public enum HugePages {
        /** Or fail. */
        REQUIRE,
        /** If there are enough, else transparent huge pages, else ordinary ones. */
        PREFER,
        /** Ordinary pages. */
        NEVER
    }

    /**
     * Memory that was mapped.
     *
     * @param segment readable and writable, zeroed, unmapped when its arena is closed
     * @param kind what it lies on and, where that is not what was preferred, why; for people
     */
    public record Mapping(MemorySegment segment, String kind) {}

    /**
     * Maps memory.
     *
     * @param arena owns the mapping
     * @param bytes more than 0; rounded up to whole pages of the kind used
     * @throws SystemCallException when memory, or huge pages that are required, cannot be had
     */
    public static Mapping allocate(Arena arena, long bytes, HugePages policy) {
        if (policy == HugePages.NEVER) {
            return anonymous(arena, bytes, false, "");
        }
        long hugePage = hugePageBytes();
        String why;
        if (hugePage == 0) {
            why = "this kernel has no huge pages";
        } else {
            long needed = roundUp(bytes, hugePage) / hugePage;
            long free = freeHugePageBytes() / hugePage;
            if (free >= needed) {
                try {
                    return hugePages(arena, needed * hugePage, hugePage);
                } catch (SystemCallException e) {
                    if (policy == HugePages.REQUIRE) {
                        throw e;
                    }
                    why = e.getMessage();
                }
            } else {
                why = needed + " huge pages of " + (hugePage >> 10) + " KiB are needed and " + free
                        + " are free; sysctl vm.nr_hugepages reserves them";
            }
        }
        if (policy == HugePages.REQUIRE) {
            throw new SystemCallException("mmap", "MAP_HUGETLB, " + why, Linux.ENOMEM());
        }
        return anonymous(arena, bytes, true, why);
    }

    private static Mapping hugePages(Arena arena, long bytes, long hugePage) {
        int file;
        try (Arena local = Arena.ofConfined()) {
            MemorySegment capture = Call.capture();
            file = (int) MEMFD_CREATE.invokeExact(
                    capture, local.allocateFrom("tlem"), Linux.MFD_CLOEXEC() | Linux.MFD_HUGETLB());
            if (file < 0) {
                throw new SystemCallException("memfd_create", "MFD_HUGETLB", Call.errno(capture));
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
        try {
            MemorySegment capture = Call.capture();
            if ((int) FTRUNCATE.invokeExact(capture, file, bytes) != 0) {
                throw new SystemCallException("ftruncate", "hugetlb memfd, " + bytes + " bytes", Call.errno(capture));
            }
            // Populated now: a shortage is an error here and not a SIGBUS later.
            MemorySegment segment = map(arena, bytes, Linux.MAP_SHARED() | Linux.MAP_POPULATE(), file, "hugetlb memfd");
            return new Mapping(segment, (hugePage >> 10) + " KiB huge pages");
        } catch (Throwable t) {
            throw rethrow(t);
        } finally {
            int ignored = Linux.close(file); // the mapping keeps it
        }
    }

    private static Mapping anonymous(Arena arena, long bytes, boolean transparentHugePages, String why) {
        // Whole 2 MiB pages and room to align: transparent huge pages need both.
        long size = roundUp(bytes, transparentHugePages ? 2L << 20 : PAGE_BYTES);
        MemorySegment segment = map(
                arena,
                size,
                Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS() | Linux.MAP_NORESERVE(),
                -1,
                "anonymous memory");
        String kind = "ordinary pages";
        if (transparentHugePages) {
            try {
                if ((int) MADVISE.invokeExact(Call.capture(), segment, size, Linux.MADV_HUGEPAGE()) == 0) {
                    kind = "transparent huge pages";
                }
            } catch (Throwable t) {
                throw rethrow(t);
            }
        }
        return new Mapping(segment, why.isEmpty() ? kind : kind + " (" + why + ")");
    }

    private static MemorySegment map(Arena arena, long bytes, int flags, int file, String what) {
        try {
            MemorySegment capture = Call.capture();
            MemorySegment address = (MemorySegment) MMAP.invokeExact(
                    capture, MemorySegment.NULL, bytes, Linux.PROT_READ() | Linux.PROT_WRITE(), flags, file, 0L);
            if (address.address() == MAP_FAILED) {
                throw new SystemCallException("mmap", what + ", " + bytes + " bytes", Call.errno(capture));
            }
            return address.reinterpret(bytes, arena, SystemMemory::unmap);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    private static void unmap(MemorySegment segment) {
        int ignored = Linux.munmap(segment, segment.byteSize());
    }

    /** Bytes that can be allocated without swapping, as the kernel estimates. */
    public static long availableBytes() {
        return meminfo("MemAvailable") << 10;
    }

    /** Bytes of reserved huge pages of the default size that nobody uses; not part of {@link #availableBytes}. */
    public static long freeHugePageBytes() {
        return Math.max(0, meminfo("HugePages_Free") - meminfo("HugePages_Rsvd")) * hugePageBytes();
    }

    /** Size of a huge page of the default size; 0 when there are none. */
    public static long hugePageBytes() {
        return meminfo("Hugepagesize") << 10;
    }

    private static long meminfo(String field) {
        try {
            Matcher matcher = Pattern.compile("(?m)^" + field + ":\\s+([0-9]+)").matcher(Files.readString(MEMINFO));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Size of an ordinary page. */
    public static int pageSize() {
        return PAGE_BYTES;
    }

    /**
     * Locks all memory of the process, present and future, in RAM.
     *
     * @throws SystemCallException when that is not permitted or there is too little memory
     */
    public static void lockAll() {
        try {
            MemorySegment capture = Call.capture();
            // On fault: what the JVM has only reserved stays unused.
            int flags = Linux.MCL_CURRENT() | Linux.MCL_FUTURE() | Linux.MCL_ONFAULT();
            if ((int) MLOCKALL.invokeExact(capture, flags) != 0) {
                throw new SystemCallException("mlockall", "current and future", Call.errno(capture));
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    private static long roundUp(long value, long multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    private static RuntimeException rethrow(Throwable thrown) {
        if (thrown instanceof RuntimeException exception) {
            return exception;
        }
        throw Call.unexpected(thrown);
    }
}
