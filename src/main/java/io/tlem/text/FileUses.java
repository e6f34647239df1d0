package io.tlem.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that one command reads and writes. What it writes is made empty first, so that none may be one that it reads or
 * writes otherwise, by whatever name or link. Devices and FIFOs have room for several. Used by one thread.
 */
public final class FileUses {
    private final List<Use> uses = new ArrayList<>();

    private record Use(String what, Path file) {
        boolean isOf(Path other) throws IOException {
            if (Files.exists(file) && Files.exists(other)) {
                return Files.isRegularFile(file) && Files.isSameFile(file, other);
            }
            return place(file).equals(place(other));
        }

        /** Where a file would be that is not there yet. */
        private static Path place(Path file) throws IOException {
            Path absolute = file.toAbsolutePath().normalize();
            Path folder = absolute.getParent();
            return folder != null && Files.isDirectory(folder)
                    ? folder.toRealPath().resolve(absolute.getFileName())
                    : absolute;
        }
    }

    /**
     * One that is read.
     *
     * @param what messages call it
     */
    public void reads(String what, Path file) {
        uses.add(new Use(what, file));
    }

    /**
     * One that is written.
     *
     * @param what messages call it
     * @throws IllegalArgumentException with one line, when it is one of those before
     */
    public void writes(String what, Path file) {
        for (Use use : uses) {
            boolean same;
            try {
                same = use.isOf(file);
            } catch (IOException e) {
                continue; // whoever opens it says why it cannot be
            }
            if (same) {
                throw new IllegalArgumentException(what + ": is the same file as " + use.what());
            }
        }
        uses.add(new Use(what, file));
    }
}
