package io.tlem.text;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that the emulator writes for users. It has whole pieces only: what cannot be written as a whole, as on a full disk, is
 * cut off again, and a file without any piece is removed. That is so of files of the disk; of what is sent down a FIFO nothing
 * comes back. Used by one thread.
 */
public final class OutputFile implements WritableByteChannel {
    /** What {@link #rest} says of a file without any piece. */
    public static final String REMOVED = "the file is removed";

    private final Path path;
    private final FileChannel channel;
    private final boolean onDisk;
    private final boolean own; // which it closes
    private long wholeBytes;
    private boolean cut;

    private OutputFile(Path path, FileChannel channel) {
        this(path, channel, Files.isRegularFile(path), true);
    }

    private OutputFile(Path path, FileChannel channel, boolean onDisk, boolean own) {
        this.path = path;
        this.channel = channel;
        this.onDisk = onDisk;
        this.own = own;
    }

    /**
     * Checks that a file of this name can be one, before there is anything to be written.
     *
     * @throws IllegalArgumentException with one line, when there is no such folder, or it is a folder itself
     */
    public static void check(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        if (Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + ": is a folder, not a file");
        }
        if (folder != null && !Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(path + ": there is no folder " + Shown.text(folder.toString()));
        }
    }

    /**
     * What the standard output of this process leads to. It stays open when this is closed, and of what was written to it nothing
     * is cut off.
     */
    public static OutputFile standardOutput() {
        FileChannel channel = new FileOutputStream(FileDescriptor.out).getChannel();
        return new OutputFile(Path.of("-"), channel, false, false);
    }

    /**
     * Makes a file, or makes one empty that is there. A FIFO is waited for until somebody reads it.
     *
     * @throws IllegalArgumentException as {@link #check}
     * @throws IOException when the system does not let it
     */
    public static OutputFile open(Path path) throws IOException {
        check(path);
        return new OutputFile(
                path,
                Files.exists(path)
                        ? FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        : FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
    }

    /**
     * Makes a file of one text, which is removed when it cannot be written as a whole.
     *
     * @throws IOException when it cannot, with a reason that names it
     */
    public static void write(Path path, String text) throws IOException {
        try (OutputFile file = open(path)) {
            int ignored = file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw named(path, e);
        }
    }

    /** The same failure with the file's name, which the system leaves out where a file that is open cannot be written. */
    public static IOException named(Path path, IOException e) {
        return e instanceof FileSystemException ? e : new IOException(path + ": " + InputFile.reason(e), e);
    }

    /**
     * Writes a piece.
     *
     * @param piece all that is left of it, which is more than nothing only where it makes sense without what would follow
     * @throws IOException when not all of it could be written, and none of it is in the file
     */
    @Override
    public int write(ByteBuffer piece) throws IOException {
        int bytes = piece.remaining();
        boolean interrupted = Thread.interrupted(); // which would close the file
        try {
            while (piece.hasRemaining()) {
                int ignored = channel.write(piece);
            }
            wholeBytes += bytes;
            return bytes;
        } catch (IOException e) {
            cut = true;
            if (onDisk) {
                cutTo(wholeBytes);
            }
            throw e;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void cutTo(long bytes) {
        try {
            FileChannel ignored = channel.truncate(bytes);
        } catch (IOException e) {
            // As it is, then; why has been said of what was not written.
        }
    }

    /** What there is of it once something could not be written, for messages. */
    public String rest() {
        if (!onDisk) {
            return "what was written before may end within a record";
        }
        return wholeBytes == 0 ? REMOVED : "the file ends where it was whole, after " + wholeBytes + " bytes";
    }

    /** Closes it, and removes it where it is a file. Does not throw: that something is wrong has been said. */
    public void discard() {
        wholeBytes = 0;
        if (onDisk) {
            cutTo(0);
        }
        try {
            close();
        } catch (IOException e) {
            // As above.
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Closes it; a file that has nothing is removed. A second time does nothing. */
    @Override
    public void close() throws IOException {
        if (!own || !channel.isOpen()) {
            return;
        }
        try {
            channel.close();
        } finally {
            // Not what a link leads to, and not what another has made meanwhile.
            if (onDisk && wholeBytes == 0 && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && isEmpty()) {
                Files.delete(path);
            }
        }
    }

    private boolean isEmpty() {
        try {
            return Files.size(path) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether something could not be written. */
    public boolean isCut() {
        return cut;
    }
}
