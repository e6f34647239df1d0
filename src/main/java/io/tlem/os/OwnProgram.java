package io.tlem.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program that this process runs. Linux. */
public final class OwnProgram {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final Path EXECUTABLE = Path.of("/proc/self/exe");

    private OwnProgram() {}

    /** The command line that starts it again as it was started, with the whole path of the program. */
    public static List<String> commandLine() {
        try {
            // Every argument ends in a zero byte; the last part, behind it, is none.
            String all = new String(Files.readAllBytes(COMMAND_LINE), StandardCharsets.UTF_8);
            List<String> words = new ArrayList<>(List.of(all.split("\0", -1)));
            words.removeLast();
            words.set(0, Files.readSymbolicLink(EXECUTABLE).toString());
            return words;
        } catch (IOException e) {
            throw new SystemCallException("read", COMMAND_LINE.toString(), Errno.ENOENT);
        }
    }

    /**
     * Makes this process another program's, with its number, environment, folder and open standard files. Does not return.
     *
     * @param words the program's path, and its arguments
     * @throws SystemCallException when there is no such program
     */
    public static void become(List<String> words) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, words.size() + 1L); // ends in a null
            for (int i = 0; i < words.size(); i++) {
                arguments.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(words.get(i)));
            }
            Calls.require(
                    Calls.execv(arguments.getAtIndex(ValueLayout.ADDRESS, 0), arguments), "execv", words.getFirst());
        }
    }
}
