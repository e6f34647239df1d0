package io.tlem.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What tcpdump makes of filter expressions. There are some with which it never ends: it gets 20 seconds. */
public final class Tcpdump {
    private static final int PATIENCE_SECONDS = 20;

    private Tcpdump() {}

    /** The program for Ethernet that an expression is compiled to, or what is said against it. */
    public static String compiled(String expression) throws IOException, InterruptedException {
        return run(List.of("-y", "EN10MB", "-d"), expression).said();
    }

    /**
     * Writes a capture with the packets of another one that an expression matches. The optimiser is not asked, as what it
     * makes looks at fewer bytes of short packets.
     */
    public static void select(Path in, Path out, String expression) throws IOException, InterruptedException {
        Outcome outcome = run(
                List.of("-O", "--time-stamp-precision=nano", "-r", in.toString(), "-w", out.toString()), expression);
        assertEquals(0, outcome.status(), expression + ": " + outcome.said());
    }

    private record Outcome(int status, String said) {}

    private static Outcome run(List<String> options, String expression) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tcpdump"));
        command.addAll(options);
        command.addAll(List.of("--", expression));
        Path said = Files.createTempFile("tcpdump", null);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "tcpdump does not end: " + expression);
            return new Outcome(process.exitValue(), Files.readString(said));
        } finally {
            process.destroyForcibly();
            Files.delete(said);
        }
    }
}
