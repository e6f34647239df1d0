package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SharedFileTest {
    private static final int USER = PrivateFolder.userId();
    private static final int BYTES = 8192;

    @TempDir
    private Path folder;

    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("memory");
    }

    private static void write(SharedFile file, int value) {
        try (Arena arena = Arena.ofConfined()) {
            file.map(arena, BYTES, 0).set(ValueLayout.JAVA_INT, BYTES - 4, value);
        }
    }

    private static int read(SharedFile file) {
        try (Arena arena = Arena.ofConfined()) {
            return file.map(arena, BYTES, 0).get(ValueLayout.JAVA_INT, BYTES - 4);
        }
    }

    private String refusal() {
        String message =
                assertThrows(Exception.class, () -> SharedFile.open(path, USER)).getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.contains(path.toString()), message);
        return message;
    }

    /** Each that has it hands it on, in whatever order they end; with the last it is gone. */
    @Test
    void whoHasItHandsItOn() throws IOException {
        SharedFile first = SharedFile.make(path, BYTES);
        write(first, 7);
        for (int i = 0; i < 20; i++) {
            SharedFile next = SharedFile.open(path, USER);
            first.close();
            assertEquals(7, read(next));
            assertEquals(BYTES, next.bytes());
            assertTrue(next.stays());
            first = next;
        }
        first.close();
        assertTrue(refusal().contains("ECONNREFUSED"), refusal());
    }

    @Test
    void onlyItsUserMayConnect() throws IOException {
        SharedFile made = SharedFile.make(path, BYTES);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        IOException refused = assertThrows(IOException.class, () -> SharedFile.open(path, USER + 1));
        assertEquals(path + " belongs to user " + USER, refused.getMessage());
        assertEquals(
                "EADDRINUSE",
                assertThrows(SystemCallException.class, () -> SharedFile.make(path, BYTES))
                        .errnoName());
        made.close();
    }

    @Test
    void whatIsNoSocketIsRefused() throws IOException {
        assertTrue(refusal().contains("ENOENT"), refusal());
        Files.createFile(path);
        assertTrue(refusal().contains("ECONNREFUSED"), refusal());
        Path longer = folder.resolve("x".repeat(120));
        assertEquals(
                "ENAMETOOLONG",
                assertThrows(SystemCallException.class, () -> SharedFile.make(longer, BYTES))
                        .errnoName());
    }

    @Test
    void whoeverDoesNotAnswerIsNotWaitedForLong() throws IOException {
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(path));
            IOException refused = assertThrows(IOException.class, () -> Handover.take(path, USER, 1000));
            assertEquals(
                    path + ": whoever has the other end has not answered for 1 s, as a process that was stopped",
                    refused.getMessage());
            silent.accept().close();
            Thread answering = new Thread(() -> {
                try (SocketChannel connection = silent.accept()) {
                    connection.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            answering.start();
            assertTrue(refusal().endsWith(": whoever has the other end did not hand it over"));
        }
    }

    /** Somebody else's program is at the other end. */
    @Test
    void onlyMemoryThatStaysIsTaken() throws IOException {
        Path ordinary = Files.write(folder.resolve("ordinary"), new byte[BYTES]);
        int seals = Linux.F_SEAL_SHRINK() | Linux.F_SEAL_GROW() | Linux.F_SEAL_SEAL();
        int unsealed = Calls.memfdCreate("unsealed", Linux.MFD_CLOEXEC() | Linux.MFD_ALLOW_SEALING());
        int half = Calls.memfdCreate("half", Linux.MFD_CLOEXEC() | Linux.MFD_ALLOW_SEALING());
        assertEquals(0, Calls.fcntl(half, Linux.F_ADD_SEALS(), seals & ~Linux.F_SEAL_SEAL()));
        assertRefused(Calls.open(ordinary.toString(), Linux.O_RDWR() | Linux.O_CLOEXEC(), 0));
        assertRefused(unsealed);
        assertRefused(half);
    }

    /** They may run out when it is touched. */
    @Test
    void hugePagesAreNotTaken() throws IOException {
        int huge = Calls.memfdCreate("huge", Linux.MFD_CLOEXEC() | Linux.MFD_ALLOW_SEALING() | Linux.MFD_HUGETLB());
        Assumptions.assumeTrue(huge >= 0, "no huge pages in this kernel");
        int seals = Linux.F_SEAL_SHRINK() | Linux.F_SEAL_GROW() | Linux.F_SEAL_SEAL();
        assertEquals(0, Calls.ftruncate(huge, 2 << 20));
        assertEquals(0, Calls.fcntl(huge, Linux.F_ADD_SEALS(), seals));
        assertRefused(huge);
    }

    private void assertRefused(int file) throws IOException {
        Handover offered = Handover.offer(path, file);
        assertTrue(refusal().endsWith("hands over memory that it could take away"), refusal());
        offered.close();
        Files.delete(path);
    }

    /** Where the system has nothing to seal, it is a file. */
    @Test
    void anOrdinaryFileServesToo() throws IOException {
        try (SharedFile made = SharedFile.makeFile(path, BYTES);
                SharedFile opened = SharedFile.openFile(path, USER)) {
            write(made, 8);
            assertEquals(8, read(opened));
            assertFalse(opened.stays(), "whoever may write it may make it shorter");
            assertThrows(SystemCallException.class, () -> SharedFile.makeFile(path, BYTES));
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
        IOException refused = assertThrows(IOException.class, () -> SharedFile.openFile(path, USER));
        assertEquals(path + " has the mode 0660 instead of 0600", refused.getMessage());
    }
}
