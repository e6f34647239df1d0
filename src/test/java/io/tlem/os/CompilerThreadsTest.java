package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The virtual machine's compiler is found among its threads. */
class CompilerThreadsTest {
    private static final int NICE_FIELD = 16; // behind the name, in proc(5)'s stat

    @Test
    void hasUsedTime() {
        if (!Platform.LINUX) {
            throw new TestAbortedException("only Linux tells");
        }
        assertTrue(SystemThreads.compilerNanos() > 1_000_000, "a JVM that has come so far has compiled");
    }

    @Test
    void takesTheNiceValue() throws IOException {
        Privileged.root();
        List<Integer> before = niceValues();
        assertFalse(before.isEmpty());
        try {
            SystemThreads.changeCompilerNice(-3);
            assertEquals(List.of(-3), niceValues().stream().distinct().toList());
            assertEquals(0, nice(Path.of("/proc/thread-self")), "this thread is none of them");
        } finally {
            SystemThreads.changeCompilerNice(before.get(0));
        }
    }

    private static List<Integer> niceValues() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(thread -> ProcFiles.firstLine(thread.resolve("comm"))
                            .map(name -> name.startsWith("C1 Compiler") || name.startsWith("C2 Compiler"))
                            .orElse(false))
                    .map(CompilerThreadsTest::nice)
                    .toList();
        }
    }

    private static int nice(Path thread) {
        String stat = ProcFiles.firstLine(thread.resolve("stat")).orElseThrow();
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE_FIELD]);
    }
}
