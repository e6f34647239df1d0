package io.tlem.thread;

import io.tlem.os.CodeFolder;
import java.util.BitSet;
import net.openhft.affinity.Affinity;

/**
 * Loads OpenHFT Affinity once. The library JNA below it unpacks a shared library and loads that: it does so in a folder of
 * this process only, that is gone afterwards, and not in one that others may have prepared or share.
 */
final class Pinning {
    private static final String JNA_FOLDER = "jna.tmpdir";

    static {
        boolean given = System.getProperty(JNA_FOLDER) != null;
        try (CodeFolder folder = given ? CodeFolder.NONE : CodeFolder.make()) {
            folder.path().ifPresent(path -> System.setProperty(JNA_FOLDER, path.toString()));
            BitSet ignored = Affinity.getAffinity();
        }
        if (!given) {
            System.clearProperty(JNA_FOLDER);
        }
    }

    private Pinning() {}

    /** Does nothing from the second call on. */
    static void load() {}
}
