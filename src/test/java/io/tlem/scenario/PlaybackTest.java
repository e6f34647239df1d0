package io.tlem.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios on links that run, their points, and those who wait for them. */
@Timeout(30)
class PlaybackTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;

    private static final String POINTS = """
            steps:
              - {point: begins, set: {both: {delay: 1ms}}}
              - {at: 200ms, repeat: 3, steps: [{at: 50ms, point: pass}, {at: 100ms, set: {both: {delay: 2ms}}}]}
              - {at: 900s, point: late}
            """;

    @TempDir
    Path folder;

    private final NotingLink link = new NotingLink();
    private final Playback playback = new Playback(link);

    private Scenario scenario(String text) throws IOException {
        return Scenario.read(Files.writeString(folder.resolve("scenario.yaml"), text));
    }

    private Optional<Playback.Situation> situation(long nanos) {
        return playback.situation(nanos);
    }

    @Test
    void pointsArePassedInTheirTimeAndToldOnce() throws IOException {
        assertEquals(Optional.empty(), situation(0));
        List<Playback.Passed> passed = new ArrayList<>();
        playback.listen(passed::add);
        playback.begin(scenario(POINTS), "scenario.yaml", 1000 * MS);
        playback.play(1000 * MS, SECOND);
        assertEquals(List.of(new Playback.Passed("begins", 0)), passed);
        playback.play(1249 * MS, SECOND);
        assertEquals(1, passed.size(), "asked for ahead, and not yet passed");
        link.complete();
        playback.play(1250 * MS, SECOND);
        playback.play(1600 * MS, SECOND);
        assertEquals(
                List.of(
                        new Playback.Passed("begins", 0),
                        new Playback.Passed("pass", 250 * MS),
                        new Playback.Passed("pass", 350 * MS),
                        new Playback.Passed("pass", 450 * MS)),
                passed);
        assertEquals(
                new Playback.Situation(
                        "scenario.yaml",
                        Playback.State.PLAYING,
                        249 * MS,
                        Optional.of(900 * SECOND),
                        List.of(
                                new Playback.Mark("begins", 0, true),
                                new Playback.Mark("pass", 250 * MS, false),
                                new Playback.Mark("late", 900 * SECOND, false))),
                situation(1249 * MS).orElseThrow());
        assertTrue(situation(1250 * MS).orElseThrow().points().get(1).passed());
        assertEquals(
                Playback.State.ENDED, situation(5000 * SECOND).orElseThrow().state());
    }

    @Test
    void whoWaitsGoesOnWithThePoint() throws Exception {
        long start = System.nanoTime();
        playback.begin(scenario(POINTS), "s", start);
        assertTrue(playback.await("begins", 0), "it has passed");
        assertFalse(playback.await("pass", 20 * MS));
        assertTrue(System.nanoTime() - start < 250 * MS, "20 ms, and not much more");
        assertTrue(playback.await("pass", 20 * SECOND));
        assertTrue(System.nanoTime() - start >= 250 * MS, "not before its time");
        assertTrue(playback.await("pass", 0));
        assertEquals(
                "'pas' is no point of the scenario, which has begins, pass, late",
                assertThrows(IllegalArgumentException.class, () -> playback.await("pas", 0))
                        .getMessage());
    }

    @Test
    void whoWaitsIsToldWhenTheLinkEnds() throws Exception {
        assertEquals(
                "the link has no scenario, and no points",
                assertThrows(IllegalArgumentException.class, () -> playback.await("late", 0))
                        .getMessage());
        playback.begin(scenario(POINTS), "s", System.nanoTime());
        FutureTask<Boolean> late = new FutureTask<>(() -> playback.await("late", 900 * SECOND));
        Thread.ofVirtual().start(late);
        assertThrows(TimeoutException.class, () -> late.get(20, TimeUnit.MILLISECONDS));
        playback.end(System.nanoTime());
        ExecutionException failure = assertThrows(ExecutionException.class, () -> late.get(10, TimeUnit.SECONDS));
        assertTrue(
                failure.getCause().getMessage().endsWith("into the scenario, before the point late"),
                failure.getMessage());
        assertTrue(playback.await("begins", 0), "that it has passed stays so");
        assertEquals(
                Playback.State.STOPPED,
                situation(System.nanoTime()).orElseThrow().state());
    }

    /** Whoever waits has begun to wait before the time of the scenario has. */
    @Test
    void timeMayBeginWithTheFirstPacket() throws Exception {
        playback.begin(scenario("start: first-packet\nsteps: [{at: 20ms, point: there}]\n"), "s", System.nanoTime());
        playback.play(System.nanoTime(), SECOND);
        assertTrue(playback.awaitsFirstPacket());
        FutureTask<Boolean> there = new FutureTask<>(() -> playback.await("there", 10 * SECOND));
        Thread.ofVirtual().start(there);
        assertThrows(TimeoutException.class, () -> there.get(30, TimeUnit.MILLISECONDS));
        assertEquals(
                Playback.State.WAITING,
                situation(System.nanoTime()).orElseThrow().state());
        link.firstArrival = System.nanoTime();
        playback.play(System.nanoTime(), SECOND);
        assertTrue(there.get(10, TimeUnit.SECONDS));
        assertTrue(System.nanoTime() - link.firstArrival >= 20 * MS);
    }
}
