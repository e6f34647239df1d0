package io.tlem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The memory of a file that several processes map. */
public final class SharedFile {
    private SharedFile() {}

    /**
     * Maps the beginning of an existing file, shared, followed without a gap by memory of this process only.
     *
     * @param arena owns both
     * @param bytes of the file, rounded up to pages; a touch beyond the file's end ends the process
     * @param extraBytes of ordinary memory, rounded up to pages; it begins at {@code bytes} rounded up
     * @throws SystemCallException when either cannot be had
     */
    public static MemorySegment map(Arena arena, Path file, long bytes, long extraBytes) {
        NetmapLibrary library = NetmapLibrary.standard();
        int fd = Calls.require(library.open(file.toString()), "open", file.toString());
        try {
            return library.mapShared(arena, fd, file.toString(), bytes, extraBytes);
        } finally {
            library.close(fd); // the mapping keeps the memory
        }
    }
}
