package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.tlem.stats.JsonReport;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every line that a run prints as JSON is what the schema of the reports says. */
@Timeout(120)
class ReportSchemaTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static JsonSchema schema() {
        try (InputStream file = JsonReport.class.getResourceAsStream("report.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void check(JsonSchema schema, String line) {
        Set<ValidationMessage> messages = schema.validate(line, InputFormat.JSON);
        assertTrue(messages.isEmpty(), () -> messages + " in " + line);
    }

    private static List<String> run(String command) {
        Program.Result result =
                Program.run(LIMIT, Program.java("io.tlem.cli.Main", List.of("-Xmx256m"), List.of(command.split(" "))));
        assertEquals(0, result.status(), result.err());
        return result.out().lines().toList();
    }

    private static Set<String> types(List<String> lines) {
        return lines.stream()
                .map(line -> Json.parse(line).get("type").toString())
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run -i generator:pps=5k -i sink:check=on -B 100M -D uniform,1ms,5ms -R jitter -L 0.1 --duplicate 0.1"
                        + " --loss-after 1% --duration 1500ms --json",
                "run -i generator:pps=5k,count=5000 -i sink: -Q codel -B 100M --json --stages 3 --seed 7",
                "run -i pipe:schemaPID{1 -i pipe:schemaPID{2 --duration 1200ms --json -D 5ms -D 1ms -qq",
                "demo --duration 1500ms --json -B 10M"
            })
    void everyLineIsValid(String command) {
        List<String> lines =
                run(command.replace("PID", Long.toString(ProcessHandle.current().pid())));
        JsonSchema schema = schema();
        lines.forEach(line -> check(schema, line));
        assertEquals(Set.of("start", "interval", "summary"), types(lines), lines.toString());
        assertEquals("start", Json.parse(lines.getFirst()).get("type").toString());
        assertEquals("summary", Json.parse(lines.getLast()).get("type").toString());
    }

    @Test
    void theFirstObjectSaysAllThatRuns() {
        List<String> lines = run("run -i generator:count=10 -i sink: -B 100M -D 5ms --seed 7 --json --duration 60s");
        Json start = Json.parse(lines.getFirst());
        assertEquals(7, start.get("seed").number());
        assertEquals("generator:count=10", start.get("ports", "a", "address").toString());
        Json direction = start.get("directions").array().get(0);
        assertEquals("100M", direction.get("models", "bandwidth").toString());
        assertEquals("5ms", direction.get("models", "delay").toString());
        assertTrue(direction.get("buffer_bytes").number() > 0);
        assertEquals(60_000_000_000L, start.get("duration_ns").number());
        assertFalse(start.get("version").toString().isEmpty());
        assertEquals(512, start.get("threads", "batch").number());
    }

    /** Queue, serialisation, delay and lateness of the packets that left are the time they were inside. */
    @Test
    void theTimeInsideIsToldApart() {
        List<String> lines =
                run("run -i generator:rate=20M,count=2000 -i sink:check=on -B 10M -Q 10M -D 20ms --stages 2 --json");
        Json summary = Json.parse(lines.getLast());
        Json direction = summary.get("directions").array().get(0);
        assertEquals(2000, direction.get("transmitted_packets").number());
        Json times = direction.get("link_times_ns");
        assertEquals(2000, times.get("count").number());
        List<Json> stages = direction.get("stages").array();
        assertEquals(
                List.of("a->b input", "a->b output"),
                stages.stream().map(stage -> stage.get("name").toString()).toList());
        for (Json stage : stages) {
            assertTrue(stage.get("longest_work_ns").number() > 0, stage.toString());
            assertTrue(stage.get("longest_stall_ns").number() > 0, stage.toString());
            long longest = lines.stream()
                    .filter(line -> line.contains("\"interval\""))
                    .flatMap(line -> Json.parse(line).get("directions").array().get(0).get("stages").array().stream())
                    .filter(part ->
                            part.get("name").toString().equals(stage.get("name").toString()))
                    .mapToLong(part -> part.get("longest_work_ns").number())
                    .max()
                    .orElse(-1);
            assertEquals(longest, stage.get("longest_work_ns").number());
        }
        assertEquals(0, direction.get("buffered_packets").number());
        assertEquals(0, direction.get("held_packets").number());
        double queue = times.get("queue", "mean").decimal();
        // Twice as much as the link takes: packet i waits for half of what came before it.
        assertEquals(1999 / 2.0 * 1514 * 8 * 100 / 2, queue, 2_000);
        assertEquals(1514 * 8 * 100, times.get("serialisation", "mean").decimal(), 1);
        assertEquals(20_000_000, times.get("delay", "mean").decimal(), 0.1);
        double sum = queue
                + times.get("serialisation", "mean").decimal()
                + times.get("delay", "mean").decimal()
                + direction.get("lateness_ns", "mean").decimal();
        double inside = direction.get("time_inside_ns", "mean").decimal();
        assertEquals(inside, sum, inside * 0.001); // three digits, as of any histogram here
        Json measured = summary.get("measured", "b");
        assertEquals(2000, measured.get("packets").number());
        assertEquals(0, measured.get("missing_packets").number());
        assertEquals(2000, measured.get("since_generated_ns", "count").number());
    }

    @Test
    void theSchemaRefusesOtherLinesAndKnowsTheRareOnes() {
        JsonSchema schema = schema();
        check(schema, JsonReport.leftOut(Instant.EPOCH, 12));
        for (String bad : List.of("{}", "{\"type\":\"left_out\"}", "{\"type\":\"summary\",\"time\":\"x\"}", "[]")) {
            assertFalse(schema.validate(bad, InputFormat.JSON).isEmpty(), bad);
        }
    }
}
