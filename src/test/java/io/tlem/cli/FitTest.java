package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** {@code tlem fit} as users call it. */
@Isolated // takes the process's outputs
class FitTest {
    @TempDir
    Path folder;

    /** How a command ended. */
    private record Result(int status, String out, String err) {
        Result expect(int expected) {
            assertEquals(expected, status, err);
            return this;
        }
    }

    private static Result run(Object... words) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            String[] all = new String[words.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = words[i].toString();
            }
            int status = Main.execute(all);
            return new Result(
                    status, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static void refused(String part, Object... words) {
        Result result = run(words).expect(2);
        assertTrue(result.err().contains(part), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertEquals("", result.out());
    }

    @Test
    void aKnownLossIsAConfiguration() {
        String yaml = run("fit", "--loss", "2%", "--mean-burst", 3).expect(0).out();
        assertTrue(yaml.contains("\n  loss: gilbert,0.006802721088,0.3333333333\n"), yaml);
        Path file = folder.resolve("known.yaml");
        run("fit", "--loss", "2%", "--mean-burst", 3, "-o", file).expect(0);
        run("config", "--config", file).expect(0);
    }

    @Test
    void aPingIsAConfiguration() throws IOException {
        Path log = Files.writeString(folder.resolve("ping.log"), """
                PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
                64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=20.5 ms
                64 bytes from 10.0.0.1: icmp_seq=3 ttl=64 time=21.5 ms
                """);
        Path file = folder.resolve("a b,c.yaml");
        Result result = run("fit", "--ping", log, "-o", file).expect(0);
        assertTrue(result.out().contains("3 sent, 2 answered"), result.out());
        String config = run("config", "--config", file).expect(0).out();
        assertTrue(config.contains("delay: "), config);
        assertTrue(Files.exists(folder.resolve("a b,c.dist")));
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        Path log = Files.writeString(folder.resolve("no.log"), "nothing\n");
        refused("neither", "fit");
        refused("--loss", "fit", "--loss", "2");
        refused("--mean-burst", "fit", "--loss", "2%", "--mean-burst", "x");
        refused("less than 1", "fit", "--loss", "2%", "--mean-burst", "0.5");
        refused("goes with --loss", "fit", "--ping", log, "--mean-burst", "3", "-o", folder.resolve("l.yaml"));
        refused("missing -o", "fit", "--ping", log);
        refused("as ping prints", "fit", "--ping", log, "-o", folder.resolve("l.yaml"));
        refused("not one of even, there", "fit", "--ping", log, "--split", "x", "-o", folder.resolve("l.yaml"));
        refused("is a folder", "fit", "--loss", "2%", "-o", folder);
        for (String file : List.of("l.yaml", "l.dist", "l.delays.txt")) {
            assertTrue(Files.notExists(folder.resolve(file)), file);
        }
    }
}
