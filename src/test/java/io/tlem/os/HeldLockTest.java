package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HeldLockTest {
    @TempDir
    Path folder;

    @Test
    void oneHolderAtATime() {
        Path file = folder.resolve("lock");
        HeldLock first = HeldLock.tryTake(file).orElseThrow();
        assertEquals(Optional.empty(), HeldLock.tryTake(file), "also within one process");
        assertEquals(Optional.empty(), HeldLock.tryTakeExisting(file), "looking at it does not unlock it");
        first.close();
        HeldLock.tryTakeExisting(file).orElseThrow().close();
    }

    @Test
    void theFileIsItsMakersOnly() throws IOException {
        Path file = folder.resolve("lock");
        HeldLock.tryTake(file).orElseThrow().close();
        assertEquals(0600, (int) Files.getAttribute(file, "unix:mode") & 0777);
    }

    @Test
    void noSymbolicLinkIsFollowed() throws IOException {
        Path target = folder.resolve("target");
        Path link = Files.createSymbolicLink(folder.resolve("lock"), target);
        SystemCallException refused = assertThrows(SystemCallException.class, () -> HeldLock.tryTake(link));
        assertEquals("ELOOP", refused.errnoName());
        assertFalse(Files.exists(target), "what the link leads to is not made");
        Path folderLink = Files.createSymbolicLink(folder.resolve("folder"), folder);
        assertThrows(SystemCallException.class, () -> HeldLock.takeFolder(folderLink, 0));
    }

    @Test
    void theWaitForAFolderEnds() {
        HeldLock held = HeldLock.takeFolder(folder, 0);
        long start = System.nanoTime();
        SystemCallException refused =
                assertThrows(SystemCallException.class, () -> HeldLock.takeFolder(folder, 100_000_000));
        assertTrue(System.nanoTime() - start >= 100_000_000);
        assertTrue(refused.getMessage().contains(folder + ", which another process has kept locked"));
        assertEquals(1, refused.getMessage().lines().count());
        held.close();
        HeldLock.takeFolder(folder, 0).close();
    }
}
