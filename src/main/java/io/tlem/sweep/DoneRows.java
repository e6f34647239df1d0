package io.tlem.sweep;

import io.tlem.text.OutputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The numbers of runs that are done, in a file to which a line is added with each: whoever ends the sweep, they are kept. A line
 * is the run's key and its numbers; the key is a digest of all that they follow from, so that a sweep that has become another
 * one takes over the runs that are the same. Any thread.
 */
final class DoneRows implements AutoCloseable {
    private final String program;
    private final List<Column> columns;
    private final Map<String, List<Object>> rows = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>(); // of files
    private final Path path;
    private final FileChannel file;

    /**
     * Opens the file, or makes it. What a program that was killed has left of a line is cut off.
     *
     * @param program that simulates, and its version
     * @param columns of numbers
     * @throws IOException when it cannot be read or written, or is no such file
     */
    DoneRows(Path path, String program, List<Column> columns) throws IOException {
        this.path = path;
        this.program = program;
        this.columns = columns;
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (file.tryLock() == null) {
                throw new IOException(path + ": another sweep writes there");
            }
            String text = read();
            int end = text.lastIndexOf('\n') + 1;
            for (String line : text.substring(0, end).split("\n", -1)) {
                read(line);
            }
            file.truncate(end);
            file.position(end);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** All of it, by the channel that holds the lock: the system lets go of that when the process closes another one. */
    @SuppressWarnings("resource") // of the channel, which stays open
    private String read() throws IOException {
        return new String(Channels.newInputStream(file).readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** A line of other columns is of no use here, and stays for who has them. */
    private void read(String line) {
        List<String> words = List.of(line.split(" ", -1));
        if (words.size() != columns.size() + 1) {
            return;
        }
        List<Object> numbers = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String word = words.get(i + 1);
            try {
                numbers.add(
                        columns.get(i).kind() == Column.Kind.WHOLE
                                ? (Object) Long.valueOf(word)
                                : (Object) Double.valueOf(word));
            } catch (NumberFormatException e) {
                return;
            }
        }
        rows.put(words.getFirst(), numbers);
    }

    /** Its numbers, if it was done. */
    synchronized Optional<List<Object>> find(Run run) throws IOException {
        return Optional.ofNullable(rows.get(key(run)));
    }

    /** It is done. */
    synchronized void add(Run run, List<Object> numbers) throws IOException {
        String key = key(run);
        rows.put(key, numbers);
        StringBuilder line = new StringBuilder(key);
        numbers.forEach(number -> line.append(' ').append(number));
        ByteBuffer bytes = ByteBuffer.wrap(line.append('\n').toString().getBytes(StandardCharsets.US_ASCII));
        try {
            while (bytes.hasRemaining()) {
                int ignored = file.write(bytes);
            }
        } catch (IOException e) {
            throw OutputFile.named(path, e);
        }
    }

    private String key(Run run) throws IOException {
        MessageDigest digest = sha256();
        List<String> parts =
                new ArrayList<>(List.of(program, columns.toString(), run.link(), Long.toString(run.seed())));
        parts.addAll(run.traffic().clients());
        if (!run.traffic().clientFilter().isEmpty()) {
            parts.addAll(List.of("", run.traffic().clientFilter())); // no client has an empty name
        }
        for (String file : Stream.concat(run.traffic().files().stream(), run.files().stream())
                .toList()) {
            String known = digests.get(file);
            if (known == null) {
                known = digest(Path.of(file));
                digests.put(file, known);
            }
            parts.add(known);
        }
        for (String part : parts) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static String digest(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            byte[] block = new byte[1 << 16];
            int read = 0;
            while (read >= 0) {
                read = in.read(block);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
