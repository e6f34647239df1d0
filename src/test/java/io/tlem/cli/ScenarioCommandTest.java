package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios as users check, draw and run them. */
class ScenarioCommandTest {
    @TempDir
    Path folder;

    private String scenario(String text) throws IOException {
        return Files.writeString(folder.resolve("scenario.yaml"), text).toString();
    }

    /** Status, and what is said on both outputs. */
    private static String say(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream to = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(to);
            System.setErr(to);
            return Main.execute(arguments) + " " + said.toString(StandardCharsets.UTF_8);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @Test
    void theReferencesExampleIsCheckedAndDrawn() throws IOException {
        String page = Reference.page("scenarios");
        int start = page.indexOf("```yaml\n") + 8;
        String file = scenario(page.substring(start, page.indexOf("```", start)));
        assertEquals("0 " + file + ": good; ends after 100 s\n", say("scenario", "check", file, "--preset", "geo"));
        String drawn = say("scenario", "draw", file, "--width", "100");
        assertTrue(drawn.startsWith("0 ") && drawn.contains("a-to-b bandwidth") && drawn.contains("(log)"), drawn);
        Path svg = folder.resolve("drawn.svg");
        assertEquals("0 ", say("scenario", "draw", file, "--svg", svg.toString()));
        assertTrue(Files.readString(svg).startsWith("<svg "));
    }

    @Test
    void aMistakeIsOneLine() throws IOException {
        String file = scenario("steps:\n- {at: 1s, set: {both: {order: delay-first}}}\n");
        Path link = Files.writeString(
                folder.resolve("link.yaml"), "both: {bandwidth: 1M, queue: codel}\nscenario: scenario.yaml\n");
        String refusal = "2 tlem: " + file + ":2:32: order delay-first: with -Q codel packets wait behind the delay";
        String checked = say("scenario", "check", file, "--config", link.toString());
        assertTrue(checked.startsWith(refusal), checked);
        String run = say("run", "-i", "generator:count=1", "-i", "sink:", "--config", link.toString());
        assertTrue(run.startsWith(refusal), run);
        assertTrue(say("scenario", "check", "nosuch.yaml").startsWith("2 tlem: nosuch.yaml: there is no such file"));
        assertTrue(say("scenario", "draw", file, "--width", "0").startsWith("2 tlem: --width 0"));
        assertTrue(say("scenario").startsWith("2 tlem: scenario needs check or draw"));
    }

    /** The buffer is made for 300 ms, which the first models do not need, and the end comes with the scenario. */
    @Test
    void aRunPlaysItAndSaysWhatHasNotComeTrue() throws IOException {
        String file = scenario("""
                end: stop
                steps:
                  - set: {both: {delay: 1ms, bandwidth: 2M, queue: 1M}}
                  - {at: 200ms, set: {both: {delay: 300ms, loss: 100%}}}
                  - {at: 700ms, link: up}
                expect: {loss: <2%, received: '>10', a-to-b: {time-p10: <1s}}
                """);
        String said = say(
                "run",
                "-i",
                "generator:rate=1M,size=500",
                "-i",
                "sink:",
                "-qq",
                "--keep-privileges",
                "--buffer=none",
                "--scenario",
                file);
        assertTrue(said.contains("expected loss <2% of a->b, found "), said);
        assertTrue(said.startsWith("3 ") && said.lines().count() == 1, said);
        String large = scenario("steps: [{at: 1s, set: {both: {delay: 1000s, bandwidth: 1T}}}]\n");
        String refused =
                say("run", "-i", "generator:rate=1M", "-i", "sink:", "-qq", "--keep-privileges", "--scenario", large);
        assertTrue(refused.startsWith("2 tlem: bandwidth, delay and queue, or --buffer, need"), refused);
    }
}
