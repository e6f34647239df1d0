package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What a recording of the JDK Flight Recorder shows of a link. */
@Isolated // the recorder is the process's
@Timeout(60)
class FlightRecorderTest {
    @TempDir
    Path folder;

    private static List<RecordedEvent> of(List<RecordedEvent> all, String name) {
        return all.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    private static long sum(List<RecordedEvent> events, String field) {
        return events.stream().mapToLong(event -> event.getLong(field)).sum();
    }

    @Test
    void aRecordingShowsDropsAFullBufferAndAChange() throws IOException {
        Path scenario = folder.resolve("steps.yaml");
        Files.writeString(scenario, "steps:\n  - at: 200ms\n    set: {a-to-b: {delay: 1s}}\n");
        Path file = folder.resolve("run.jfr");
        try (Recording recording = new Recording()) {
            for (String name : List.of("Change", "DropBurst", "BufferFull")) {
                recording.enable("tlem." + name);
            }
            recording.start();
            assertEquals(
                    0,
                    Main.execute(
                            "run",
                            "-qq",
                            "--no-control",
                            "--nice",
                            "0",
                            "--name",
                            "wan",
                            "-i",
                            "generator:pps=20000,count=30000,size=1000",
                            "-i",
                            "sink:",
                            "-D",
                            "2s",
                            "--buffer",
                            "1M",
                            "--overflow",
                            "drop",
                            "--drain",
                            "0s",
                            "--scenario",
                            scenario.toString()));
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        List<RecordedEvent> full = of(events, "tlem.BufferFull");
        List<RecordedEvent> drops = of(events, "tlem.DropBurst");
        assertFalse(full.isEmpty());
        assertTrue(sum(full, "packets") > 1000);
        assertTrue(sum(drops, "packets") >= sum(full, "packets"));
        assertTrue(drops.getFirst().getString("reasons").contains("buffer"));
        assertEquals("a->b", drops.getFirst().getString("direction"));
        assertTrue(drops.getFirst().getDuration().toMillis() > 500, drops.toString());
        List<RecordedEvent> changes = of(events, "tlem.Change");
        assertFalse(changes.isEmpty(), events.toString());
        assertEquals("wan", changes.getFirst().getString("link"));
        assertEquals("scenario", changes.getFirst().getString("cause"));
    }
}
