package io.tlem.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
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
    private final Playback playback = new Playback(link, direction -> "periodic,2s,1s");

    private Scenario scenario(String text) throws IOException {
        return Scenario.read(Files.writeString(folder.resolve("scenario.yaml"), text));
    }

    private void begin(String text, long nanos) throws IOException {
        playback.begin(new Playback.Score(scenario(text), "scenario.yaml", Optional.empty()), nanos);
    }

    private Optional<Playback.Situation> situation(long nanos) {
        return playback.situation(nanos);
    }

    @Test
    void pointsArePassedInTheirTimeAndToldOnce() throws IOException {
        assertEquals(Optional.empty(), situation(0));
        List<Playback.Passed> passed = new ArrayList<>();
        playback.listen(passed::add);
        begin(POINTS, 1000 * MS);
        playback.play(1000 * MS);
        assertEquals(List.of(new Playback.Passed("begins", 0)), passed);
        playback.play(1249 * MS);
        assertEquals(1, passed.size(), "asked for ahead, and not yet passed");
        link.complete();
        playback.play(1250 * MS);
        playback.play(1600 * MS);
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
        begin(POINTS, start);
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
        begin(POINTS, System.nanoTime());
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
        begin("start: first-packet\nsteps: [{at: 20ms, point: there}]\n", System.nanoTime());
        playback.play(System.nanoTime());
        assertTrue(playback.awaitsFirstPacket());
        FutureTask<Boolean> there = new FutureTask<>(() -> playback.await("there", 10 * SECOND));
        Thread.ofVirtual().start(there);
        assertThrows(TimeoutException.class, () -> there.get(30, TimeUnit.MILLISECONDS));
        assertEquals(
                Playback.State.WAITING,
                situation(System.nanoTime()).orElseThrow().state());
        link.firstArrival = System.nanoTime();
        playback.play(System.nanoTime());
        assertTrue(there.get(10, TimeUnit.SECONDS));
        assertTrue(System.nanoTime() - link.firstArrival >= 20 * MS);
    }

    /** Whoever looks before it begins finds it, and nothing of it has passed. */
    @Test
    void whoAsksBeforeTheLinkRunsIsToldOfItsScenario() throws Exception {
        Playback.Score score = new Playback.Score(scenario(POINTS), "scenario.yaml", Optional.empty());
        playback.announce(score);
        assertEquals(Playback.State.WAITING, situation(0).orElseThrow().state());
        assertFalse(playback.await("begins", 0));
        FutureTask<Boolean> begins = new FutureTask<>(() -> playback.await("begins", 10 * SECOND));
        Thread.ofVirtual().start(begins);
        playback.begin(score, System.nanoTime());
        assertTrue(begins.get(10, TimeUnit.SECONDS));
    }

    /** That somebody has taken the link down by hand makes no difference to what is there when the scenario takes it up. */
    @Test
    void upBringsBackTheOutageThatOthersKnowOf() throws Exception {
        LinkSpec up = link.present.with(Setting.of(Role.OUTAGE), "periodic,1s,1s");
        LinkSpec down = up.with(Setting.of(Role.OUTAGE), "down");
        String text = "steps: [{at: 100ms, link: down}, {at: 200ms, link: up}]\n";
        link.present = down;
        begin(text, 0);
        playback.play(0);
        assertEquals("periodic,2s,1s", link.last.direction(0).of(Role.OUTAGE), "of what is down from the beginning");
        link.present = up;
        begin(text, 0);
        playback.play(0);
        assertEquals("periodic,1s,1s", link.last.direction(0).of(Role.OUTAGE));
        link.present = down; // by hand, ahead of both steps
        link.answers.forEach(answer -> answer.completeExceptionally(new IllegalStateException("revoked")));
        playback.play(0);
        assertEquals("periodic,2s,1s", link.last.direction(0).of(Role.OUTAGE), "the one that was there then");
    }

    /** A fault of a scenario ends the scenario, and not whoever plays it. */
    @Test
    void aFaultIsToldOnceAndNothingMoreIsPlayed() throws Exception {
        link.fault = new ArithmeticException("too much");
        begin("steps: [{at: 1ms, set: {both: {delay: 1ms}}}, {at: 3600s, point: late}]\n", 0);
        assertTrue(assertThrows(IllegalStateException.class, () -> playback.play(MS))
                .getMessage()
                .contains("too much"));
        playback.play(2 * MS);
        assertEquals(Playback.State.STOPPED, situation(3 * MS).orElseThrow().state());
    }

    private static final String ALL = """
            steps:
              - {set: {both: {delay: 1ms}}}
              - {at: 1s, link: down}
              - {at: 2s, link: up, point: up}
              - {at: 3s, ramp: {a-to-b: {delay: 11ms, loss: 10%}}, over: 5s, every: 250ms, shape: smooth}
              - {at: 9s, table: t.csv}
              - at: 20s
                repeat: 4
                every: 3s
                steps:
                  - {set: {both: {duplicate: 1%}}}
                  - {at: 500ms, ramp: {both: {delay: 40ms}}, over: 1s, every: 100ms}
                  - {at: 2s, link: {b-to-a: down}}
                  - {at: 2500ms, link: up}
              - {at: 24s, set: {both: {delay: 5ms, loss: 3%}}}
              - {at: 25s, repeat: forever, every: 1s, steps: [{at: 100ms, set: {both: {corrupt: 1%}}}, {at: 600ms, set: {both: {corrupt: none}}}]}
            """;

    /** Whoever goes to a time at once is where one is who has gone through all times before, and goes on in the same way. */
    @Test
    void whoSeeksIsWhereOneIsWhoHasWaited() throws IOException {
        Files.writeString(folder.resolve("t.csv"), "time,delay,loss,rate\n0,7ms,,1M\n1,,2%,\n2.5,8ms,,2M\n4,9ms,,\n");
        Scenario scenario = scenario(ALL);
        LinkSpec first = new LinkSpec.Builder()
                .with(Setting.of(Role.OUTAGE), "periodic,1s,1s")
                .with(Setting.of(Role.DELAY), "3ms")
                .conclude();
        long end = 60 * SECOND;
        for (long nanos = 0; nanos < 40 * SECOND; nanos += 170 * MS) {
            Timeline all = scenario.timeline();
            LinkSpec link = first;
            while (all.nextNanos() <= nanos) {
                link = all.next(link).orElseThrow().apply(link);
            }
            Journey journey = Journey.of(scenario, first, nanos, Timeline.UNKNOWN_OUTAGES);
            assertEquals(link, journey.link(), "at " + nanos / MS + " ms");
            LinkSpec other = link;
            Timeline rest = journey.timeline();
            while (all.nextNanos() <= Math.min(end, nanos + 12 * SECOND)) {
                Edit one = all.next(link).orElseThrow();
                Edit two = rest.next(other).orElseThrow();
                assertEquals(one.nanos(), two.nanos(), "from " + nanos / MS + " ms");
                link = one.apply(link);
                other = two.apply(other);
                assertEquals(link, other, "from " + nanos / MS + " ms, at " + one.nanos() / MS + " ms");
            }
        }
    }

    @Test
    void whatOthersHaveChangedStaysWhereTheScenarioGoesBack() throws IOException {
        Scenario scenario = scenario(
                "steps: [{at: 1s, set: {both: {delay: 5ms}}}, {at: 2s, set: {both: {loss: 2%}}}, {at: 9s, point: end}]\n");
        LinkSpec first =
                new LinkSpec.Builder().with(Setting.of(Role.DELAY), "3ms").conclude();
        LinkSpec link = first.with(Setting.of(Role.DELAY), "7ms")
                .with(Setting.of(Role.LOSS), "9%")
                .with(Setting.of(Role.CORRUPT), "1%");
        assertEquals(
                link,
                Journey.back(scenario, first, link, 900 * MS, Timeline.UNKNOWN_OUTAGES),
                "it has changed nothing");
        assertEquals(
                first.with(Setting.of(Role.LOSS), "9%").with(Setting.of(Role.CORRUPT), "1%"),
                Journey.back(scenario, first, link, 1500 * MS, Timeline.UNKNOWN_OUTAGES));
        assertEquals(
                first.with(Setting.of(Role.CORRUPT), "1%"),
                Journey.back(scenario, first, link, 2500 * MS, Timeline.UNKNOWN_OUTAGES));
    }

    /** An hour of milliseconds, and a loop of a hundred days: no more is gone through than what counts. */
    @Test
    @Timeout(5)
    void whoSeeksFarDoesNotGoThroughAllOfIt() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - {ramp: {both: {delay: 10ms}}, over: 3600s, every: 1ms}
                  - {at: 0s, repeat: forever, every: 10ms, steps: [{set: {both: {loss: 1%}}}]}
                """);
        assertEquals(
                "constant,t=5000000ns",
                Journey.of(scenario, link.spec(), 1800 * SECOND, Timeline.UNKNOWN_OUTAGES)
                        .link()
                        .direction(0)
                        .of(Role.DELAY));
        assertEquals(
                "10ms",
                Journey.of(scenario, link.spec(), 8_640_000 * SECOND, Timeline.UNKNOWN_OUTAGES)
                        .link()
                        .direction(0)
                        .of(Role.DELAY));
    }
}
