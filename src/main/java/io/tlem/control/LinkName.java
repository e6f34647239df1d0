package io.tlem.control;

import io.tlem.os.HeldLock;
import io.tlem.os.PrivateFolder;
import io.tlem.os.SystemCallException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.TreeSet;

/**
 * The name of a running link among those of its user, two files in a folder that is this user's alone:
 *
 * <pre>
 *   NAME.link    locked for as long as the link has the name, however its process ends
 *   NAME.sock    where others reach it
 * </pre>
 *
 * Who takes a name keeps the folder locked meanwhile, and removes what killed processes have left there.
 */
public final class LinkName implements AutoCloseable {
    /** More links than anybody asks at once wait to be heard. */
    private static final int BACKLOG = 64;

    /** Much more than it takes on a busy machine. */
    private static final long LONGEST_WAIT_NANOS = 10_000_000_000L;

    private static final String LOCK = ".link";
    private static final String SOCKET = ".sock";

    private final Path folder;
    private final String name;
    private final HeldLock lock;
    private final ServerSocketChannel server;

    private LinkName(Path folder, String name, HeldLock lock, ServerSocketChannel server) {
        this.folder = folder;
        this.name = name;
        this.lock = lock;
        this.server = server;
    }

    /**
     * Takes a name among this user's links. Who connects from now on waits until somebody answers.
     *
     * @throws IllegalArgumentException with one line, when another link has it
     * @throws IOException with one line, when there is no folder for it, or no socket can be made there
     */
    public static LinkName take(String name) throws IOException {
        return take(PrivateFolder.runtime(), name);
    }

    /** As the other, in a folder. */
    static LinkName take(Path folder, String name) throws IOException {
        HeldLock folderLock = null;
        HeldLock lock = null;
        try {
            folderLock = HeldLock.takeFolder(folder, LONGEST_WAIT_NANOS);
            removeLeftovers(folder);
            lock = HeldLock.tryTake(folder.resolve(name + LOCK))
                    .orElseThrow(() -> new IllegalArgumentException("a link with the name " + name
                            + " runs already; --name gives this one another, and tlem stop " + name
                            + " ends that one"));
            return new LinkName(folder, name, lock, listen(folder.resolve(name + SOCKET)));
        } catch (IOException | SystemCallException e) {
            if (lock != null) {
                removeFiles(folder, name);
                lock.close();
            }
            throw new IOException("no socket can be made in " + folder + ": " + e.getMessage(), e);
        } finally {
            if (folderLock != null) {
                folderLock.close();
            }
        }
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static void removeLeftovers(Path folder) throws IOException {
        for (String name : names(folder, LOCK)) {
            HeldLock.tryTakeExisting(folder.resolve(name + LOCK)).ifPresent(free -> {
                removeFiles(folder, name);
                free.close();
            });
        }
    }

    private static void removeFiles(Path folder, String name) {
        try {
            Files.deleteIfExists(folder.resolve(name + SOCKET));
            Files.deleteIfExists(folder.resolve(name + LOCK));
        } catch (IOException e) {
            // Who takes the name next removes them.
        }
    }

    private static List<String> names(Path folder, String suffix) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + suffix)) {
            for (Path file : files) {
                String found = file.getFileName().toString();
                names.add(found.substring(0, found.length() - suffix.length()));
            }
        }
        return List.copyOf(names);
    }

    /** The names of this user's links. Some may have been killed meanwhile. */
    public static List<String> all() throws IOException {
        return all(PrivateFolder.runtime());
    }

    /** As the other, in a folder. */
    static List<String> all(Path folder) throws IOException {
        return names(folder, SOCKET);
    }

    /** A connection to the link of that name. */
    static SocketChannel connect(Path folder, String name) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(name + SOCKET)));
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** Where others connect. */
    ServerSocketChannel server() {
        return server;
    }

    /** Gives the name back. */
    @Override
    public void close() {
        try {
            HeldLock folderLock = HeldLock.takeFolder(folder, LONGEST_WAIT_NANOS);
            removeFiles(folder, name);
            folderLock.close();
        } catch (SystemCallException e) {
            // What is left is removed by who takes a name next.
        }
        lock.close();
        try {
            server.close();
        } catch (IOException e) {
            // Nobody can connect any more all the same.
        }
    }
}
