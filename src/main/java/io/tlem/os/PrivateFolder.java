package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Folders that nobody but this user can look into, for what this user's emulators share: locks, memory. Whoever may
 * write into the folder above may have put something else there under the same name, so that each folder is looked at
 * before it is used: a folder and not a symbolic link, this user's, and closed to others.
 */
public final class PrivateFolder {
    private static final int OWNER_ONLY = 0700;
    private static final int PERMISSIONS = 0777;
    private static final int GROUP_AND_OTHERS = 0077;
    private static final int OTHERS_MAY_WRITE = 0002;
    private static final int STICKY = 01000;
    private static final int FILE_TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String NAME = "tlem";
    private static final Path USERS = Path.of("/proc/self/uid_map");
    private static final Path ROOTS = Path.of(Platform.FREE_BSD ? "/var/run" : "/run", NAME);

    private PrivateFolder() {}

    /**
     * The folder for small files such as locks, gone after the next start of the system, and made if it is missing:
     * {@code /run/tlem} for root, whose {@code /run/user/0} comes and goes with logins, else {@code /run/user/UID/tlem}
     * where there is one, else {@code tlem-UID} among the temporary files. Who is root in a user namespace only, as within
     * {@code tlem shell}, has that of who made it.
     *
     * @throws IOException with one line that says which folder was refused and why
     */
    public static Path runtime() throws IOException {
        return firstPossible(runtimeCandidates());
    }

    /** Root's folder of this kind, where there is one and this user is not root: what is in there is closed to it. */
    public static Optional<Path> ofRoot() {
        return userId() != 0 && Files.exists(ROOTS) ? Optional.of(ROOTS) : Optional.empty();
    }

    /**
     * The folder for files that are memory, made if it is missing: {@code /dev/shm/tlem-UID}, which containers may have in
     * common; where that is not to be had, {@link #runtime()}.
     *
     * @throws IOException with one line that says which folder was refused and why
     */
    public static Path sharedMemory() throws IOException {
        List<Path> candidates = new ArrayList<>();
        if (Files.isDirectory(SHARED_MEMORY)) {
            candidates.add(sharedMemoryOf(userId()));
        }
        candidates.addAll(runtimeCandidates());
        return firstPossible(candidates);
    }

    /** Where {@link #sharedMemory()} of another user is, whom this one is asked to trust. It may not be there. */
    public static Path sharedMemoryOf(int userId) {
        return SHARED_MEMORY.resolve(NAME + "-" + Integer.toUnsignedString(userId));
    }

    /** This process's user, as the system sees who makes and opens files. */
    public static int userId() {
        return Linux.geteuid();
    }

    private static List<Path> runtimeCandidates() {
        String user = Integer.toUnsignedString(outside(userId()));
        List<Path> candidates = new ArrayList<>();
        if (userId() == 0) {
            candidates.add(ROOTS);
        }
        Path ofLogin = Path.of("/run/user", user);
        if (!user.equals("0") && isPrivate(ofLogin)) {
            candidates.add(ofLogin.resolve(NAME));
        }
        candidates.add(Path.of(System.getProperty("java.io.tmpdir"), NAME + "-" + user));
        return candidates;
    }

    /** Who a user of this user namespace is in the one around it, so that the same folder is found inside and outside. */
    private static int outside(int user) {
        try {
            for (String line : Files.readAllLines(USERS)) {
                long[] range = Arrays.stream(line.strip().split("\\s+", -1))
                        .mapToLong(Long::parseLong)
                        .toArray();
                long index = Integer.toUnsignedLong(user) - range[0];
                if (index >= 0 && index < range[2]) {
                    return (int) (range[1] + index);
                }
            }
        } catch (IOException e) {
            // Here are no such namespaces.
        }
        return user;
    }

    private static boolean isPrivate(Path folder) {
        try {
            return complaint(folder).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static Path firstPossible(List<Path> candidates) throws IOException {
        IOException refusal = null;
        for (Path candidate : candidates) {
            try {
                return claim(candidate);
            } catch (IOException e) {
                if (refusal != null) {
                    e.addSuppressed(refusal);
                }
                refusal = e;
            }
        }
        throw refusal;
    }

    /**
     * Makes a folder for this user only, or takes one that is so already.
     *
     * @throws IOException with one line when it cannot be made or is not so
     */
    static Path claim(Path folder) throws IOException {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            // looked at below, as one that was made just now is
        } catch (IOException e) {
            throw new IOException("the folder " + folder + " cannot be made: " + reason(e), e);
        }
        String complaint = complaint(folder);
        if (!complaint.isEmpty()) {
            throw new IOException(folder + " " + complaint + ": remove it, or have its owner do so");
        }
        return folder;
    }

    private static String complaint(Path folder) throws IOException {
        Map<String, Object> found = status(folder);
        int mode = (int) found.get("mode");
        if ((mode & FILE_TYPE) != DIRECTORY) {
            return "is not a folder";
        }
        if ((int) found.get("uid") != userId()) {
            return "belongs to user " + Integer.toUnsignedString((int) found.get("uid"));
        }
        if ((mode & GROUP_AND_OTHERS) != 0 || (mode & OWNER_ONLY) != OWNER_ONLY) {
            return String.format("has the mode %04o instead of 0700", mode & PERMISSIONS);
        }
        int above = (int) status(folder.toAbsolutePath().getParent()).get("mode");
        if ((above & OTHERS_MAY_WRITE) != 0 && (above & STICKY) == 0) {
            return "lies in a folder in which everybody may rename it";
        }
        return "";
    }

    private static Map<String, Object> status(Path path) throws IOException {
        try {
            return Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no folder " + path, e);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "the folder above is missing";
        }
        return e instanceof FileSystemException known && known.getReason() != null ? known.getReason() : e.toString();
    }
}
