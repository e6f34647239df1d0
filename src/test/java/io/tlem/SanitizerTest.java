package io.tlem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.NativeBuild;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tests of buffer and link once more, in a process in which the C library is watched: any touch beside the memory it was
 * given, and anything that C leaves undefined, ends it. Tests give it memory of malloc, which the sanitizer fences.
 */
@Timeout(300)
class SanitizerTest {
    @TempDir
    Path folder;

    private NativeBuild build;
    private String preload;

    @BeforeEach
    void compiler() throws Exception {
        Privileged.tool("cc");
        build = NativeBuild.copy(folder);
        preload = runtime("libasan.so") + ":" + runtime("libubsan.so");
    }

    private String runtime(String name) throws IOException, InterruptedException {
        Path file = Path.of(NativeBuild.run(folder, List.of("cc", "-print-file-name=" + name), Map.of())
                .output()
                .strip());
        if (!Files.exists(file)) {
            Privileged.missing("the C compiler has no " + name);
        }
        return file.toRealPath().toString();
    }

    private NativeBuild.Result test(String... selected) throws IOException, InterruptedException {
        NativeBuild.Result built = build.run(
                "-O1",
                "-g",
                "-Werror",
                "-fno-omit-frame-pointer",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all");
        assertEquals(0, built.status(), built.output());
        List<String> command = new ArrayList<>(NativeBuild.java(
                "-Xmx512m", "-Dtlem.native=" + build.library().getParent(), "-Djqwik.tries.default=50"));
        command.addAll(List.of(
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--disable-banner",
                "--disable-ansi-colors",
                "--fail-if-no-tests",
                "--details=tree"));
        command.addAll(List.of(selected));
        // The virtual machine has signals and memory of its own, which it never gives back.
        String options = "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0";
        return NativeBuild.run(folder, command, Map.of("LD_PRELOAD", preload, "ASAN_OPTIONS", options));
    }

    @Test
    void theLibraryTouchesOnlyWhatItWasGiven() throws Exception {
        NativeBuild.Result result = test(
                "-p",
                "io.tlem.buffer",
                "-p",
                "io.tlem.link",
                "-c",
                "io.tlem.os.SlotKernelTest",
                "--exclude-classname",
                // The last ones for their many packets.
                ".*(NativeBuild|CursorProtocol|LiveAndVirtual|ModelChanges|TimedChanges|ChangesUnderLoad)Test");
        assertEquals(0, result.status(), result.output());
        assertTrue(result.output().contains("recordsAndCopiesAreTheSame"), result.output());
        assertTrue(result.output().contains("packetsAreMovedUpToASlotThatMakesNoSense"), result.output());
        assertTrue(result.output().contains("[         0 tests skipped "), result.output());
    }

    /** What the sanitizers, and the tests' ways to reach the ends of memory, are good for. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "offset > from_bytes - (length < 64 ? 64 : length) | offset > from_bytes - (length < 64 ? 60 : length)"
                        + " | buffer.NativeKernelTest#aPacketOutsideTheMemoryEndsTheBatch(long,int) | ERROR: AddressSanitizer: ",
                "slots[i] > to_bytes - block | slots[i] > to_bytes - block + 1"
                        + " | buffer.NativeKernelTest#aSlotOutsideTheMemoryIsNotWritten(long) | ERROR: AddressSanitizer: ",
                "slot = slot + 1 == ring ? 0 : slot + 1; | slot = slot == ring ? 0 : slot + 1;"
                        + " | os.SlotKernelTest#packetsAreMovedUpToASlotThatMakesNoSense()"
                        + " | ERROR: AddressSanitizer: ",
                "bytes += length; | bytes += length + INT64_MAX / 4;"
                        + " | buffer.NativeKernelTest#aPacketOutsideTheMemoryEndsTheBatch(long,int) | signed integer overflow"
            })
    void aMistakeIsFound(String text, String mistake, String test, String found) throws Exception {
        build.replace(text, mistake);
        NativeBuild.Result result = test("-m", "io.tlem." + test);
        assertNotEquals(0, result.status());
        assertTrue(result.output().contains(found), result.output());
    }
}
