package io.tlem.impair;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What was read of files. A link makes its models several times, for both directions and before it starts, and what they read
 * of the same file they share. What no model uses is kept for a while, until the next one is made, but not where memory is short.
 */
public final class ReadFiles {
    private static final Map<Key, SoftReference<Object>> READ = new HashMap<>();

    /** The file as it was, and what of it was read how. */
    private record Key(Path file, long bytes, FileTime written, Object reading) {}

    private ReadFiles() {}

    /**
     * What a file has, which nobody changes.
     *
     * @param reading type of the result, and everything else on which it depends
     * @param reader reads the file, when nobody has
     */
    public static synchronized <T> T of(Path file, Class<T> type, Object reading, Supplier<T> reader) {
        Key key;
        try {
            key = new Key(
                    file.toAbsolutePath(),
                    Files.size(file),
                    Files.getLastModifiedTime(file),
                    type.getName() + " " + reading);
        } catch (IOException e) {
            return reader.get(); // which says what is wrong
        }
        SoftReference<Object> read = READ.get(key);
        T present = read == null ? null : type.cast(read.get());
        if (present == null) {
            READ.values().removeIf(reference -> reference.refersTo(null));
            present = reader.get();
            READ.put(key, new SoftReference<>(present));
        }
        return present;
    }
}
