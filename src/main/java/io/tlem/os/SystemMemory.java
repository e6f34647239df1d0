package io.tlem.os;

import io.tlem.bindings.freebsd.FreeBsd;
import io.tlem.bindings.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Large blocks of memory outside the heap, on huge pages where there are some, present before they are used. */
@SuppressWarnings("restricted") // mapping memory is what it is for
public final class SystemMemory {
    /** Which pages a block is to lie on. */
    public enum HugePages {
        /** Reserved huge pages, or fail. */
        REQUIRE,
        /** Reserved huge pages, else transparent ones, else ordinary ones. */
        PREFER,
        /** Ordinary pages. */
        NEVER
    }

    /**
     * A block of zeroed memory.
     *
     * @param segment as long as asked for, aligned to a page at least, unmapped when its arena is closed
     * @param kind what was got and why, for people
     * @param reserved whether it lies on reserved huge pages
     * @param presentBytes so many from the start are present, the rest once {@link #makePresent} or a use makes them so
     */
    public record Mapping(MemorySegment segment, String kind, boolean reserved, long presentBytes) {
        private Mapping onReserved() {
            return new Mapping(segment, kind, true, segment.byteSize());
        }
    }

    /** Making memory present takes seconds a gigabyte on some machines: a start does not wait for more than this. */
    private static final long PRESENT_AT_FIRST_BYTES = 32L << 20;

    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path TRANSPARENT = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final Pattern RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ");
    private static final long MIB = 1L << 20;
    private static final int READ_WRITE = Linux.PROT_READ() | Linux.PROT_WRITE();
    private static final int PAGE_SIZE = (int) Linux.sysconf(Platform.SC_PAGESIZE);

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

    private SystemMemory() {}

    /** Bytes of an ordinary page. */
    public static int pageSize() {
        return PAGE_SIZE;
    }

    /**
     * Bytes that can be had without swapping and within the limits of the process's control groups, reserved huge pages
     * not counted.
     */
    public static long availableBytes() {
        if (Platform.FREE_BSD) {
            FreeBsdCalls calls = FreeBsdCalls.get();
            // Inactive pages hold what files had; the kernel gives them to who needs memory.
            long pages = Math.max(0, calls.sysctl("vm.stats.vm.v_free_count"))
                    + Math.max(0, calls.sysctl("vm.stats.vm.v_inactive_count"));
            return pages * PAGE_SIZE;
        }
        return Math.min(
                meminfoKib("MemAvailable") * 1024,
                ControlGroups.ofThisProcess().memory().bytes());
    }

    /** Whose limit {@link #availableBytes} is, for people: the machine's or that of a control group. */
    public static String availableWithin() {
        ControlGroups.Left left = Platform.LINUX ? ControlGroups.ofThisProcess().memory() : ControlGroups.Left.ALL;
        return left.group()
                .filter(group -> left.bytes() < meminfoKib("MemAvailable") * 1024)
                .map(group -> "within the memory limit of the control group " + group)
                .orElse("on this machine");
    }

    /** Bytes on reserved huge pages that nobody has taken, and that the process's control groups let it take. */
    public static long freeHugePageBytes() {
        if (Platform.FREE_BSD) {
            return 0; // large pages come out of the available memory
        }
        // Reserved pages count as free until they are touched, but belong to someone already.
        long free = Math.max(0, meminfoKib("HugePages_Free") - meminfoKib("HugePages_Rsvd")) * hugePageBytes();
        return Math.min(
                free, ControlGroups.ofThisProcess().hugePages(hugePageBytes()).bytes());
    }

    /** Bytes of a huge page of the default size, 0 when there are none on this system. */
    public static long hugePageBytes() {
        return Platform.FREE_BSD ? Superpages.pageBytes(FreeBsdCalls.get()) : meminfoKib("Hugepagesize") * 1024;
    }

    private static long meminfoKib(String name) {
        return ProcFiles.field(MEMINFO, name)
                .map(value -> Long.parseLong(value.split(" ", 2)[0]))
                .orElse(0L);
    }

    /**
     * Locks all memory of the process, present and future, so that nothing of it is ever swapped out.
     *
     * @throws SystemCallException when the process may not
     */
    public static void lockAll() {
        Calls.require(Calls.mlockall(Linux.MCL_CURRENT() | Linux.MCL_FUTURE()), "mlockall", "current and future");
    }

    /**
     * Maps a block for which there is memory now, and makes its beginning present, of reserved huge pages all. The rest
     * is to be made present ahead of its use, which would pause for it.
     *
     * @param arena owns the block
     * @throws SystemCallException when the memory cannot be had
     */
    public static Mapping allocate(Arena arena, long bytes, HugePages policy) {
        return allocate(arena, bytes, policy, 0);
    }

    /**
     * As {@link #allocate(Arena, long, HugePages)}.
     *
     * @param alsoWanted bytes of another block that lacks huge pages as well, for the hint how many to reserve; or 0
     * @throws SystemCallException when the memory cannot be had
     */
    public static Mapping allocate(Arena arena, long bytes, HugePages policy, long alsoWanted) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("cannot map " + bytes + " bytes");
        }
        if (policy == HugePages.NEVER) {
            return ordinary(arena, bytes, "");
        }
        if (Platform.FREE_BSD) {
            return superpages(arena, bytes, policy);
        }
        long hugePage = hugePageBytes();
        String refusal;
        if (hugePage == 0) {
            refusal = "no huge pages on this system";
        } else {
            long address = mapHugePages(roundUp(bytes, hugePage));
            if (address > 0) {
                return mapping(
                                arena,
                                address,
                                roundUp(bytes, hugePage),
                                bytes,
                                mib(hugePage) + " huge pages (hugetlb memfd)")
                        .onReserved();
            }
            refusal = shortage(roundUp(bytes, hugePage), roundUp(alsoWanted, hugePage), hugePage, (int) -address);
        }
        if (policy == HugePages.REQUIRE) {
            throw new SystemCallException("mmap", mib(bytes) + " of huge pages; " + refusal, Errno.ENOMEM);
        }
        return transparent(arena, bytes, refusal);
    }

    /**
     * Sets aside a range of addresses with no memory behind it, to be filled by {@link #fill} and
     * {@link PacketSocket#mapRing}, so that memory of several kinds is one segment. A touch elsewhere ends the process.
     *
     * @param arena owns the range and what is mapped into it
     * @param bytes a multiple of the page size
     */
    public static MemorySegment reserve(Arena arena, long bytes) {
        int flags = Linux.MAP_PRIVATE() | Platform.MAP_ANONYMOUS | Platform.MAP_NORESERVE;
        long address = Calls.require(Calls.mmap(0, bytes, Linux.PROT_NONE(), flags, -1), "mmap", bytes + " addresses");
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, ignored -> Calls.munmap(address, bytes));
    }

    /** Puts zeroed memory behind a part of what {@link #reserve} has set aside. */
    public static void fill(MemorySegment place) {
        provide(place, Platform.MAP_POPULATE);
    }

    /** As {@link #fill}, but a page takes memory only once it is used. */
    public static void provide(MemorySegment place) {
        provide(place, Platform.MAP_NORESERVE);
    }

    private static void provide(MemorySegment place, int how) {
        int flags = Linux.MAP_PRIVATE() | Platform.MAP_ANONYMOUS | Linux.MAP_FIXED() | how;
        Calls.require(
                Calls.mmap(place.address(), place.byteSize(), READ_WRITE, flags, -1),
                "mmap",
                place.byteSize() + " bytes");
    }

    /**
     * Makes every page of a mapped file present, so that a file which is shorter than its mapping, or a file system
     * without room for it, shows here: a touch later would be a signal. Systems that cannot do this do nothing.
     *
     * @throws SystemCallException when there is no memory behind a page
     */
    static void requirePresent(MemorySegment mapped, String file) {
        int result =
                Platform.LINUX ? Calls.madvise(mapped.address(), mapped.byteSize(), Linux.MADV_POPULATE_WRITE()) : 0;
        if (result == -Linux.EFAULT() || result == -Errno.ENOMEM) {
            throw new SystemCallException(
                    "madvise", file + ", no memory behind all of its " + mapped.byteSize() + " bytes", -result);
        }
    }

    private static Mapping superpages(Arena arena, long bytes, HugePages policy) {
        FreeBsdCalls calls = FreeBsdCalls.get();
        long page = Superpages.pageBytes(calls);
        String refusal = "no large pages on this system";
        if (page > 0) {
            requireAvailable(bytes);
            long address = Superpages.map(calls, roundUp(bytes, page));
            if (address > 0) {
                return mapping(
                        arena, address, roundUp(bytes, page), bytes, mib(page) + " pages (shm_create_largepage)");
            }
            refusal = "large pages refused: " + Errno.describe((int) -address);
        }
        if (policy == HugePages.REQUIRE) {
            throw new SystemCallException("mmap", mib(bytes) + " of large pages; " + refusal, Errno.ENOMEM);
        }
        requireAvailable(bytes);
        long length = roundUp(bytes, Math.max(page, PAGE_SIZE));
        // Aligned like this, the kernel makes large pages of it as they are touched.
        int flags = Linux.MAP_PRIVATE() | Platform.MAP_ANONYMOUS | FreeBsd.MAP_ALIGNED_SUPER();
        long address = Calls.require(Calls.mmap(0, length, READ_WRITE, flags, -1), "mmap", mib(length));
        populateOrUnmap(address, length, address, length);
        return mapping(arena, address, length, bytes, "memory aligned for superpages (" + refusal + ")");
    }

    /** Returns the address or a negated error number. */
    private static long mapHugePages(long bytes) {
        int fd = Calls.memfdCreate("tlem", Linux.MFD_CLOEXEC() | Linux.MFD_HUGETLB());
        if (fd < 0) {
            return fd;
        }
        try {
            int truncated = Calls.ftruncate(fd, bytes);
            if (truncated < 0) {
                return truncated;
            }
            long address = Calls.mmap(0, bytes, READ_WRITE, Linux.MAP_SHARED(), fd);
            if (address < 0) {
                return address; // the pages are reserved by mmap: too few are refused here
            }
            int present = populate(address, bytes);
            if (present < 0) { // reserved, but a control group forbids to use them
                Calls.munmap(address, bytes);
                return present;
            }
            return address;
        } finally {
            Calls.close(fd); // the mapping keeps the memory
        }
    }

    private static String shortage(long bytes, long alsoWanted, long hugePage, int errno) {
        long free = freeHugePageBytes();
        if (free >= bytes) {
            return "huge pages refused: " + Errno.describe(errno);
        }
        return "only " + free / MIB + " of " + bytes / MIB
                + " MiB huge pages are free: reserve them with sysctl vm.nr_hugepages="
                + ((bytes + alsoWanted - free) / hugePage + meminfoKib("HugePages_Total"));
    }

    private static void requireAvailable(long bytes) {
        long available = availableBytes();
        if (bytes > available) { // the kernel would promise it, and end a process when it is used
            throw new SystemCallException(
                    "mmap", mib(bytes) + " wanted, " + mib(available) + " available", Errno.ENOMEM);
        }
    }

    private static Mapping transparent(Arena arena, long bytes, String refusal) {
        requireAvailable(bytes);
        String mode = ProcFiles.firstLine(TRANSPARENT).orElse("[never]");
        if (mode.contains("[never]")) {
            return ordinary(arena, bytes, refusal + "; transparent huge pages are off");
        }
        long hugePage = hugePageBytes() == 0 ? 2 * MIB : hugePageBytes();
        long length = roundUp(bytes, hugePage);
        // Only aligned memory gets huge pages: take one more, and use the aligned part.
        long mapped = length + hugePage;
        long base = mapAnonymous(mapped);
        long address = roundUp(base, hugePage);
        int advised = Calls.madvise(address, length, Linux.MADV_HUGEPAGE());
        long present = populateOrUnmap(base, mapped, address, length);
        long huge = advised < 0 ? 0 : transparentBytes(address, length);
        String kind =
                huge >= present ? "transparent huge pages" : "ordinary pages, " + huge / MIB + " MiB of them huge";
        return mapping(arena, base, mapped, address, bytes, kind + " (" + refusal + ")");
    }

    private static Mapping ordinary(Arena arena, long bytes, String reason) {
        requireAvailable(bytes);
        long length = roundUp(bytes, PAGE_SIZE);
        long address = mapAnonymous(length);
        if (Platform.LINUX) {
            Calls.madvise(address, length, Linux.MADV_NOHUGEPAGE());
        }
        populateOrUnmap(address, length, address, length);
        return mapping(arena, address, length, bytes, "ordinary pages" + (reason.isEmpty() ? "" : " (" + reason + ")"));
    }

    private static long mapAnonymous(long bytes) {
        return Calls.require(
                Calls.mmap(0, bytes, READ_WRITE, Linux.MAP_PRIVATE() | Platform.MAP_ANONYMOUS, -1), "mmap", mib(bytes));
    }

    /** Returns how many bytes are present. */
    private static long populateOrUnmap(long base, long mapped, long address, long length) {
        long bytes = Math.min(length, PRESENT_AT_FIRST_BYTES);
        int result = populate(address, bytes);
        if (result < 0) {
            Calls.munmap(base, mapped);
            throw new SystemCallException("madvise", "MADV_POPULATE_WRITE, " + mib(bytes), -result);
        }
        return bytes;
    }

    /** Makes every page present. Kernels before 5.14 do not know the advice; there a write to each page does it. */
    private static int populate(long address, long length) {
        int result = Platform.LINUX ? Calls.madvise(address, length, Linux.MADV_POPULATE_WRITE()) : -Errno.EINVAL;
        if (result != -Errno.EINVAL) {
            return result;
        }
        MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(length);
        for (long offset = 0; offset < length; offset += PAGE_SIZE) {
            long ignored = (long) WORD.getAndAdd(memory, offset, 0L); // others may be writing there
        }
        return 0;
    }

    /**
     * Makes a part of a block present, while others may use it. What cannot be is left to whoever uses it first.
     *
     * @param part of a {@link Mapping}'s segment, from the start of a page
     */
    public static void makePresent(MemorySegment part) {
        int ignored = populate(part.address(), part.byteSize());
    }

    /** Bytes of huge pages below a range, as the kernel counts them. */
    private static long transparentBytes(long address, long length) {
        long bytes = 0;
        boolean inside = false;
        for (String line : ProcFiles.lines(SMAPS)) {
            Matcher range = RANGE.matcher(line);
            if (range.lookingAt()) {
                long from = Long.parseUnsignedLong(range.group(1), 16);
                long to = Long.parseUnsignedLong(range.group(2), 16);
                inside = from < address + length && to > address;
            } else if (inside && line.startsWith("AnonHugePages:")) {
                bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return bytes;
    }

    private static Mapping mapping(Arena arena, long address, long length, long bytes, String kind) {
        return mapping(arena, address, length, address, bytes, kind);
    }

    private static Mapping mapping(Arena arena, long base, long mapped, long address, long bytes, String kind) {
        return new Mapping(
                MemorySegment.ofAddress(address).reinterpret(bytes, arena, ignored -> Calls.munmap(base, mapped)),
                kind,
                false,
                Math.min(bytes, PRESENT_AT_FIRST_BYTES));
    }

    private static long roundUp(long value, long multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
    }

    private static String mib(long bytes) {
        return Math.ceilDiv(bytes, MIB) + " MiB";
    }
}
