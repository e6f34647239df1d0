package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
    @TempDir
    Path above;

    private void isRefused(String why) {
        IOException refused = assertThrows(IOException.class, () -> PrivateFolder.claim(above.resolve("own")));
        assertTrue(refused.getMessage().startsWith(above.resolve("own") + " " + why), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
    }

    @Test
    void isMadeForItsUserOnly() throws IOException {
        Path own = PrivateFolder.claim(above.resolve("own"));
        assertEquals(0700, (int) Files.getAttribute(own, "unix:mode") & 07777);
        assertEquals(own, PrivateFolder.claim(own), "and is taken the next time");
    }

    @Test
    void aSymbolicLinkIsRefused() throws IOException {
        Path elsewhere = PrivateFolder.claim(above.resolve("elsewhere"));
        Files.createSymbolicLink(above.resolve("own"), elsewhere);
        isRefused("is not a folder");
    }

    @Test
    void aFileIsRefused() throws IOException {
        Files.createFile(above.resolve("own"));
        isRefused("is not a folder");
    }

    @Test
    void oneThatOthersMayLookIntoIsRefused() throws IOException {
        Path own = PrivateFolder.claim(above.resolve("own"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxr-x---"));
        isRefused("has the mode 0750 instead of 0700");
    }

    @Test
    void anotherUsersIsRefused() throws IOException {
        Privileged.root();
        Path own = PrivateFolder.claim(above.resolve("own"));
        Files.setAttribute(own, "unix:uid", 65534);
        isRefused("belongs to user 65534");
    }

    @Test
    void oneThatOthersMayReplaceIsRefused() throws IOException {
        PrivateFolder.claim(above.resolve("own"));
        Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxrwxrwx"));
        isRefused("lies in a folder in which everybody may rename it");
        Files.setAttribute(above, "unix:mode", 01777); // sticky, as folders of temporary files are
        PrivateFolder.claim(above.resolve("own"));
    }

    @Test
    void thereAreSuchFoldersHere() throws IOException {
        for (Path folder : new Path[] {PrivateFolder.runtime(), PrivateFolder.sharedMemory()}) {
            assertTrue(Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS), folder.toString());
            assertEquals(PrivateFolder.userId(), (int) Files.getAttribute(folder, "unix:uid"));
        }
    }
}
