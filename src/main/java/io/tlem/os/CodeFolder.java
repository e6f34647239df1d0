package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A folder of this process only, of a name that nobody knows before, to load code from. Closing removes it. */
public final class CodeFolder implements AutoCloseable {
    /** No folder. */
    public static final CodeFolder NONE = new CodeFolder(Optional.empty());

    private static final String PREFIX = "tlem-";

    private final Optional<Path> path;

    private CodeFolder(Optional<Path> path) {
        this.path = path;
    }

    private interface Place {
        Path find() throws IOException;
    }

    /** Makes one where code may be run from: not every file system is mounted so. None where there is no such place. */
    public static CodeFolder make() {
        Place[] places = {
            () -> Path.of(System.getProperty("java.io.tmpdir")), PrivateFolder::runtime, PrivateFolder::sharedMemory
        };
        for (Place place : places) {
            try {
                CodeFolder made = new CodeFolder(Optional.of(Files.createTempDirectory(place.find(), PREFIX)));
                if (made.runsCode()) {
                    made.path.orElseThrow().toFile().deleteOnExit(); // a signal may come before it is closed
                    return made;
                }
                made.close();
            } catch (IOException e) {
                // the next place, then
            }
        }
        return NONE;
    }

    private boolean runsCode() {
        try {
            return isMappedForCode(path.orElseThrow().resolve("probe"));
        } catch (IOException e) {
            return false; // no file can have any length there, for one
        }
    }

    private static boolean isMappedForCode(Path probe) throws IOException {
        Files.write(probe, new byte[1]);
        int fd = Calls.open(probe.toString(), Platform.O_RDONLY | Platform.O_NOFOLLOW | Platform.O_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        int page = SystemMemory.pageSize();
        long mapped = Calls.mmap(0, page, Linux.PROT_READ() | Linux.PROT_EXEC(), Linux.MAP_PRIVATE(), fd);
        if (mapped > 0) {
            Calls.munmap(mapped, page);
        }
        Calls.close(fd);
        Files.delete(probe);
        return mapped > 0;
    }

    /** Where it is, empty for {@link #NONE}. Only this process's user may look into it. */
    public Optional<Path> path() {
        return path;
    }

    @Override
    public void close() {
        if (path.isEmpty()) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path.get())) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path.get());
        } catch (IOException e) {
            // Nothing depends on it: a folder of temporary files is left.
        }
    }
}
