package io.tlem.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.NativeBuild;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the C library when it cannot be built, or was built for something else. */
@Timeout(300)
class NativeBuildTest {
    @TempDir
    Path folder;

    @Test
    void aMistakeFailsTheBuildAndLeavesNoLibrary() throws Exception {
        Privileged.tool("cc");
        NativeBuild build = NativeBuild.copy(folder);
        assertEquals(0, build.run("-Werror").status());
        assertTrue(Files.exists(build.library()));
        build.replace("int32_t tlem_append(", "int32_t tlem_append((");
        NativeBuild.Result failed = build.run();
        assertNotEquals(0, failed.status());
        assertTrue(failed.output().contains("tlem_kernel.c:"), failed.output());
        assertFalse(Files.exists(build.library()));
    }

    /** As the gates compile it. */
    @Test
    void aWarningFailsTheStrictBuildOnly() throws Exception {
        Privileged.tool("cc");
        NativeBuild build = NativeBuild.copy(folder);
        build.replace("static uint64_t stride_of(", "static int unused;\nstatic uint64_t stride_of(");
        NativeBuild.Result lenient = build.run();
        assertEquals(0, lenient.status(), lenient.output());
        assertTrue(lenient.output().contains("unused"), lenient.output());
        assertNotEquals(0, build.run("-Werror").status());
        assertFalse(Files.exists(build.library()));
    }

    @Test
    void withoutACompilerThereIsNoLibrary() throws Exception {
        NativeBuild build = NativeBuild.copy(folder);
        Files.createDirectories(build.library().getParent());
        Files.writeString(build.library(), "of an earlier build");
        Path path = Files.createDirectory(folder.resolve("path"));
        for (String tool : List.of("sh", "mkdir", "rm", "mv", "dirname")) {
            Path wrapper =
                    Files.writeString(path.resolve(tool), "#!/bin/sh\nexec " + NativeBuild.onPath(tool) + " \"$@\"\n");
            Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwx------"));
        }
        NativeBuild.Result result = build.run(Map.of("PATH", path.toString()));
        assertEquals(0, result.status(), result.output());
        assertFalse(Files.exists(build.library()));
    }

    @Test
    void theBuildRunsIt() throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        assertTrue(pom.contains("../native/build") && pom.contains("${native.strict}"), pom);
        assertTrue(Files.readString(Path.of("..", "pom.xml")).contains("<native.strict>-Werror</native.strict>"));
    }

    /** One line, and the loops in Java. */
    @Test
    void aLibraryForAnotherLayoutIsRefused() throws Exception {
        Privileged.tool("cc");
        NativeBuild build = NativeBuild.copy(folder);
        for (List<String> change : List.of(
                List.of(", FIRST_RECORD, HEADER,", ", FIRST_RECORD, 2 * HEADER,"),
                List.of("tlem_layout[]", "older[]"))) {
            build.replace(change.get(0), change.get(1));
            assertEquals(0, build.run().status());
            assertRefused(build.library(), "was made for another version of this program");
            build.replace(change.get(1), change.get(0));
        }
        Files.writeString(build.library(), "no library");
        assertRefused(build.library(), "");
    }

    private void assertRefused(Path library, String why) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(NativeBuild.java("-Dtlem.native=" + library.getParent()));
        command.addAll(List.of("io.tlem.cli.Main", "run", "-i", "generator:count=1000,rate=max", "-i", "sink:", "-v"));
        NativeBuild.Result result = NativeBuild.run(folder, command, Map.of());
        assertEquals(0, result.status(), result.output());
        List<String> lines = result.output()
                .lines()
                .filter(line -> line.contains("packets are copied in Java"))
                .toList();
        assertEquals(1, lines.size(), result.output());
        assertTrue(lines.get(0).startsWith("tlem: ") && lines.get(0).contains(library.toString()), lines.get(0));
        assertTrue(lines.get(0).contains(why), lines.get(0));
        assertTrue(result.output().contains("copying in Java"), result.output());
    }
}
