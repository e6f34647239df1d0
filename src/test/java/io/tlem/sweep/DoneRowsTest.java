package io.tlem.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two sweeps do not write into one file, however often it was read. */
@Timeout(60)
class DoneRowsTest {
    private static final List<Column> COLUMNS = List.of(new Column("seconds", Column.Kind.REAL));

    @TempDir
    Path folder;

    /** Another process that wants the file. */
    static final class Other {
        private Other() {}

        /**
         * Says whether it has it.
         *
         * @param words the file's name
         */
        public static void main(String[] words) throws IOException {
            try {
                new DoneRows(Path.of(words[0]), "a program", COLUMNS).close();
                System.out.println("has it");
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String other(Path file) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(OwnJava.launcher(), "--enable-native-access=ALL-UNNAMED"));
        command.addAll(OwnJava.classes());
        command.addAll(List.of(Other.class.getName(), file.toString()));
        Process process = new ProcessBuilder(command).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return said;
    }

    @Test
    void anotherProcessIsKeptOut() throws Exception {
        Path file = Files.writeString(folder.resolve("x.done"), "key 1.5\nkey 2");
        DoneRows rows = new DoneRows(file, "a program", COLUMNS);
        try {
            assertEquals(file + ": another sweep writes there", other(file));
        } finally {
            rows.close();
        }
        assertEquals("key 1.5\n", Files.readString(file, StandardCharsets.US_ASCII), "half a line is cut off");
        assertEquals("has it", other(file));
    }
}
