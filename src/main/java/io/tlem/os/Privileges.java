package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.__user_cap_data_struct;
import io.tlem.bindings.linux.__user_cap_header_struct;
import io.tlem.bindings.linux.rlimit;
import io.tlem.os.SystemThreads.Capability;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Gives up what the process may do beyond an ordinary user, for good.
 *
 * <p>Linux keeps users and capabilities for each thread. The virtual machine has threads of its own, which nobody can make
 * do a call, but for one: the C library has every thread take part when the process changes its user, and the kernel
 * takes all capabilities from a thread that is no longer root. So all threads but the calling one become a user's that
 * nobody is. The calling one comes back, because it may go on needing files that are root's, and what it keeps its
 * threads inherit.
 */
public final class Privileges {
    /** Outside of every range that systems give to users, so that nobody may send signals to the process. */
    private static final int NOBODYS_USER = 2_000_000_000;

    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final String OTHERS_KEEP = "Java's own threads keep the rights that the process was given";
    private static final int CAPABILITIES = 64; // more than there are
    private static final int HALF = 32;

    private Privileges() {}

    /**
     * Keeps the capabilities named, as far as the calling thread has them, and gives up the others and the right to get
     * more by running other programs: for the calling thread and those that it starts. All other threads of a process of
     * root's lose every capability, and are no longer root.
     *
     * @param others whether the other threads can do without what is named, too; else they keep everything
     * @return what is worth to be told, empty for nothing
     * @throws SystemCallException when the kernel refuses, which leaves some of it undone
     */
    public static String keepOnly(Set<Capability> needed, boolean others) {
        if (!Platform.LINUX) {
            return "this system has no capabilities to give up: the process stays what it was started as";
        }
        try (Arena arena = Arena.ofConfined()) {
            Sets sets = new Sets(arena);
            long all = sets.permitted();
            long kept = 0;
            for (Capability capability : needed) {
                kept |= 1L << capability.number();
            }
            String note = others ? dropFromOtherThreads(sets, all) : OTHERS_KEEP;
            List<Path> ownFiles = ownFiles();
            // Without the right to read everything for a moment: can Java still load the classes it has not loaded yet?
            sets.set(kept & all, all);
            boolean readsOwnFiles = ownFiles.stream().allMatch(Privileges::isReadable);
            if (!readsOwnFiles) {
                kept |= 1L << Linux.CAP_DAC_READ_SEARCH();
            }
            kept &= all;
            sets.set(all, all);
            for (int capability = 0; capability < CAPABILITIES; capability++) {
                Calls.prctl(Linux.PR_CAPBSET_DROP(), capability); // fails from the last one on, and without CAP_SETPCAP
            }
            Calls.require(Calls.prctl(Linux.PR_SET_NO_NEW_PRIVS(), 1), "prctl", "PR_SET_NO_NEW_PRIVS");
            sets.set(kept, kept);
            return note;
        }
    }

    private static String dropFromOtherThreads(Sets sets, long all) {
        boolean isRoot = ProcFiles.field(STATUS, "Uid")
                .map(users -> users.replaceAll("\\s+", " ").equals("0 0 0 0"))
                .orElse(false);
        if (!isRoot || !Platform.X86_64 || (all >>> Linux.CAP_SETUID() & 1) == 0) { // a call's number is this machine's
            return OTHERS_KEEP;
        }
        Calls.require(Calls.prctl(Linux.PR_SET_KEEPCAPS(), 1), "prctl", "PR_SET_KEEPCAPS");
        int changed = Calls.setresuid(NOBODYS_USER);
        if (changed >= 0) {
            sets.set(all, all); // kept, but not in force
            Calls.require(Calls.setresuidOfThreadToRoot(), "setresuid", "back to root");
        }
        Calls.require(Calls.prctl(Linux.PR_SET_KEEPCAPS(), 0), "prctl", "PR_SET_KEEPCAPS");
        return changed >= 0 ? "" : OTHERS_KEEP + ", because here is no other user: " + Errno.describe(-changed);
    }

    /** Lets threads without CAP_IPC_LOCK lock memory; false when this one may not allow it. */
    public static boolean liftMemoryLockLimit() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(rlimit.layout());
            rlimit.rlim_cur(limit, Linux.RLIM_INFINITY());
            rlimit.rlim_max(limit, Linux.RLIM_INFINITY());
            return Linux.setrlimit(Linux.RLIMIT_MEMLOCK(), limit) == 0;
        }
    }

    /** What the virtual machine goes on reading: classes, from jars or folders, and its own files. */
    private static List<Path> ownFiles() {
        List<Path> files = new ArrayList<>();
        files.add(Path.of(System.getProperty("java.home"), "lib", "modules"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.exists(path)) {
                files.add(path);
            }
        }
        return files;
    }

    private static boolean isReadable(Path path) {
        try {
            try (Closeable opened = Files.isDirectory(path)
                    ? Files.newDirectoryStream(path)
                    : Files.newByteChannel(path, StandardOpenOption.READ)) {
                return opened != null;
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** The calling thread's capabilities. */
    private static final class Sets {
        private final MemorySegment header;
        private final MemorySegment data;

        Sets(Arena arena) {
            header = arena.allocate(__user_cap_header_struct.layout());
            __user_cap_header_struct.version(header, Linux._LINUX_CAPABILITY_VERSION_3());
            data = arena.allocate(__user_cap_data_struct.layout(), 2);
        }

        long permitted() {
            Calls.require(Calls.capget(header, data), "capget", "calling thread");
            return Integer.toUnsignedLong(__user_cap_data_struct.permitted(half(0)))
                    | (long) __user_cap_data_struct.permitted(half(1)) << HALF;
        }

        void set(long effective, long permitted) {
            for (int i = 0; i < 2; i++) {
                __user_cap_data_struct.effective(half(i), (int) (effective >>> (HALF * i)));
                __user_cap_data_struct.permitted(half(i), (int) (permitted >>> (HALF * i)));
                __user_cap_data_struct.inheritable(half(i), 0);
            }
            Calls.require(Calls.capset(header, data), "capset", "calling thread");
        }

        private MemorySegment half(int index) {
            return __user_cap_data_struct.asSlice(data, index);
        }
    }
}
