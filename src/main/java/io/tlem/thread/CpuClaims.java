package io.tlem.thread;

import io.tlem.os.HeldLock;
import io.tlem.os.PrivateFolder;
import io.tlem.os.SystemCallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The CPUs that this emulator has to itself among those of the same user: each is a locked file, so that a claim ends with
 * its process, however that ends. Used by one thread.
 */
public final class CpuClaims implements AutoCloseable {
    private final Optional<Path> folder;
    private final Map<Integer, HeldLock> taken = new TreeMap<>();
    private final Set<Integer> ofOthers = new TreeSet<>();

    /** @param folder of the locks, shared by all who are to respect each other; empty to be alone */
    private CpuClaims(Optional<Path> folder) {
        this.folder = folder;
    }

    /** Claims in a folder. */
    static CpuClaims in(Path folder) {
        return new CpuClaims(Optional.of(folder));
    }

    /** Claims that everybody of this user respects. Where no folder for them is to be had, as if nobody else was there. */
    public static CpuClaims ofThisUser() {
        try {
            return in(PrivateFolder.runtime());
        } catch (IOException e) { // two emulators may meet on a CPU then, as they may with those of other users
            return alone();
        }
    }

    /** Claims that nobody sees. */
    public static CpuClaims alone() {
        return new CpuClaims(Optional.empty());
    }

    /** Claims a CPU; false when it is another's. */
    boolean take(int cpu) {
        if (folder.isEmpty() || taken.containsKey(cpu)) {
            return true;
        }
        try {
            Optional<HeldLock> lock = HeldLock.tryTake(folder.get().resolve("cpu-" + cpu + ".lock"));
            if (lock.isEmpty()) {
                ofOthers.add(cpu);
                return false;
            }
            taken.put(cpu, lock.get());
        } catch (SystemCallException e) {
            return true; // no claims can be made here
        }
        return true;
    }

    /** CPUs that were wanted and are another emulator's. */
    public Set<Integer> ofOthers() {
        return Set.copyOf(ofOthers);
    }

    /** Gives all CPUs back. */
    @Override
    public void close() {
        taken.values().forEach(HeldLock::close);
        taken.clear();
    }
}
