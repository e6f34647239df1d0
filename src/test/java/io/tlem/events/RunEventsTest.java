package io.tlem.events;

import static java.time.temporal.ChronoUnit.MILLIS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.Drops;
import io.tlem.stats.LinkTimes;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which samples, and which pauses of the machine, become which events. */
@Timeout(60)
class RunEventsTest {
    private static final long MS = 1_000_000;
    private static final String LINK = "of-the-run-events-test"; // links of other tests may run meanwhile

    @TempDir
    Path folder;

    private long number;

    private static DirectionSample way(String name, long lateNanos, long waitedNanos, Map<DropReason, Drops> drops) {
        TimeHistogram late = new TimeHistogram();
        late.recordValueWithCount(lateNanos, 100);
        Map<DropReason, Drops> all = new EnumMap<>(DropReason.class);
        all.putAll(drops);
        DirectionSnapshot did =
                new DirectionSnapshot(name, Map.of(Counter.WAITED_NANOS, waitedNanos), all, 0, Map.of());
        return new DirectionSample(
                did,
                did,
                TimeDistribution.of(late),
                TimeDistribution.of(late),
                new LinkTimes(0, 0, 0, 0, 0, 0, 0),
                -1,
                List.of());
    }

    private Sample sample(DirectionSample aToB, DirectionSample bToA, boolean last) {
        number++;
        List<DirectionSample> ways = List.of(aToB, bToA);
        return new Sample(number, Instant.now(), number * 1000 * MS, 1000 * MS, ways, ways, last);
    }

    private static DirectionSample aToB(long lateNanos, Map<DropReason, Drops> drops) {
        return way("a->b", lateNanos, 0, drops);
    }

    private static DirectionSample bToA(long waitedNanos, Map<DropReason, Drops> drops) {
        return way("b->a", MS / 2, waitedNanos, drops);
    }

    private static List<RecordedEvent> of(List<RecordedEvent> all, String name, String direction) {
        return all.stream()
                .filter(event -> event.getEventType().getName().equals("tlem." + name)
                        && event.getString("link").equals(LINK)
                        && (direction.isEmpty() || event.getString("direction").equals(direction)))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    @Test
    void episodesOfSamplesAndPausesAreEvents() throws IOException {
        AtomicReference<LongConsumer> watched = new AtomicReference<>();
        AtomicBoolean unwatched = new AtomicBoolean();
        Path file = folder.resolve("events.jfr");
        try (Recording recording = new Recording()) {
            for (String name : List.of("DropBurst", "Overrun", "BufferFull", "MachinePause")) {
                recording.enable("tlem." + name);
            }
            recording.start();
            try (RunEvents events = new RunEvents(LINK, List.of("a->b", "b->a"), each -> {
                watched.set(each);
                return () -> unwatched.set(true);
            })) {
                DirectionSample fine = aToB(MS / 2, Map.of());
                DirectionSample quiet = bToA(0, Map.of());
                Map<DropReason, Drops> late = Map.of(DropReason.LATE, new Drops(2, 120));
                Map<DropReason, Drops> lost = Map.of(DropReason.LOSS, new Drops(1, 60));
                Map<DropReason, Drops> full = Map.of(DropReason.BUFFER, new Drops(10, 600));
                events.interval(sample(fine, quiet, false));
                watched.get().accept(MS - 1);
                watched.get().accept(5 * MS);
                events.interval(sample(aToB(3 * MS, late), quiet, false));
                events.interval(sample(aToB(5 * MS, lost), bToA(0, full), false));
                events.interval(sample(fine, bToA(7 * MS, Map.of()), false));
                events.interval(sample(fine, quiet, false));
                assertFalse(unwatched.get());
                events.interval(sample(aToB(2 * MS, Map.of()), quiet, true));
                assertTrue(unwatched.get());
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);

        List<RecordedEvent> overruns = of(all, "Overrun", "a->b");
        assertEquals(2, overruns.size(), overruns.toString());
        assertEquals(
                Duration.ofMillis(5), overruns.get(0).getDuration("mostLate").truncatedTo(MILLIS));
        assertEquals(2, overruns.get(0).getLong("packetsTooLate"));
        assertEquals(
                Duration.ofMillis(2), overruns.get(1).getDuration("mostLate").truncatedTo(MILLIS));
        assertEquals(0, overruns.get(1).getLong("packetsTooLate"));
        assertFalse(overruns.get(0).getEndTime().isAfter(overruns.get(1).getStartTime()), "two intervals lie between");
        assertEquals(List.of(), of(all, "Overrun", "b->a"));

        List<RecordedEvent> drops = of(all, "DropBurst", "");
        assertEquals(2, drops.size(), drops.toString());
        RecordedEvent burst = of(all, "DropBurst", "a->b").getFirst();
        assertEquals(3, burst.getLong("packets"));
        assertEquals(180, burst.getLong("bytes"));
        assertEquals("late loss", burst.getString("reasons"));
        assertEquals(10, of(all, "DropBurst", "b->a").getFirst().getLong("packets"));

        List<RecordedEvent> full = of(all, "BufferFull", "");
        assertEquals(1, full.size(), full.toString());
        assertEquals("b->a", full.getFirst().getString("direction"));
        assertEquals(10, full.getFirst().getLong("packets"));
        assertEquals(600, full.getFirst().getLong("bytes"));
        assertEquals(Duration.ofMillis(7), full.getFirst().getDuration("waited"));

        List<RecordedEvent> pauses = of(all, "MachinePause", "");
        assertEquals(1, pauses.size(), pauses.toString());
        assertEquals(Duration.ofMillis(5), pauses.getFirst().getDuration("late"));
    }
}
