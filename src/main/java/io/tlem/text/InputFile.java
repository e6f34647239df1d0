package io.tlem.text;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;

/** Files that users name for the emulator to read: text in UTF-8, with a byte order mark or without. */
public final class InputFile {
    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final int BLOCK_BYTES = 1 << 16;

    private InputFile() {}

    /** Why it cannot be read, empty when it can. A FIFO cannot: whoever opens one waits until somebody writes. */
    public static Optional<String> problem(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                return Optional.of("is a folder, not a file");
            }
            if (!attributes.isRegularFile()) {
                return Optional.of("is not a regular file");
            }
            return Files.isReadable(file) ? Optional.empty() : Optional.of("may not be read by this user");
        } catch (IOException e) {
            return Optional.of(reason(e));
        }
    }

    /**
     * Opens it behind its byte order mark.
     *
     * @throws IOException with a reason for people
     */
    @SuppressWarnings("MustBeClosedChecker")
    public static InputStream open(Path file) throws IOException {
        InputStream opened;
        try {
            opened = Files.newInputStream(file);
        } catch (IOException e) {
            throw new IOException(reason(e), e);
        }
        BufferedInputStream in = new BufferedInputStream(opened, BLOCK_BYTES);
        in.mark(MARK.length);
        byte[] start = in.readNBytes(MARK.length);
        if (!Arrays.equals(start, MARK)) {
            in.reset();
        }
        if (start.length >= 2 && ((start[0] & start[1]) == (byte) 0xfe) && (start[0] ^ start[1]) == 1) {
            in.close();
            throw new IOException("it is in UTF-16; save it as UTF-8");
        }
        return in;
    }

    /** An exception's reason without the file's name, which messages begin with. */
    public static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException none -> "there is no such file";
            case AccessDeniedException denied -> "this user may not";
            case FileAlreadyExistsException there -> "it is there already";
            case FileSystemException system
            when system.getReason() != null ->
                system.getReason().equals("Not a directory") ? "there is no such file" : system.getReason();
            case EOFException end when end.getMessage() == null -> "ends too early";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
