package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.testing.Await;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps pipelines whose buffer is too small, with a clock moved by hand. */
@Timeout(60)
class OverflowTest {
    private static final int PACKETS = 2_000;
    private static final int A_STEP = 8; // of 100 us: 500 Mbit/s
    private static final long DELAY_NANOS = 5_000_000;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private long now = 1_000;
    private final MemoryPorts.Source source = new MemoryPorts.Source(number -> 60 + number * 37 % 1455);
    private final MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);

    /** @param models settings in turn with their values */
    private Pipeline pipeline(int stages, String... models) {
        LinkSpec.Builder spec = new LinkSpec.Builder().with(Setting.of(Role.DELAY), "5ms");
        for (int i = 0; i < models.length; i += 2) {
            if (!models[i + 1].isEmpty()) {
                spec.with(Setting.withKey(models[i]).orElseThrow(), models[i + 1]);
            }
        }
        return new Pipeline(
                "a->b",
                () -> now,
                source,
                sink,
                SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + (1 << 16), 64)),
                DirectionModels.of(spec.conclude().direction(0), new RandomStreams(1, 0)),
                stages,
                16);
    }

    private void runUntilDone(Pipeline pipeline) {
        for (int steps = 0; steps < 100_000 && pipeline.snapshot().get(Counter.RECEIVED_PACKETS) < PACKETS; steps++) {
            source.offer(steps < PACKETS / A_STEP ? A_STEP : 0);
            step(pipeline);
            now += 100_000;
        }
        finish(pipeline);
    }

    private void finish(Pipeline pipeline) {
        while (!pipeline.isDrained() || pipeline.snapshot().get(Counter.HELD_PACKETS) > 0) {
            step(pipeline);
            now += 100_000;
        }
    }

    private static void step(Pipeline pipeline) {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (Stage stage : pipeline.stages()) {
                worked |= stage.doWork() > 0;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2, '', '', ''",
        "3, '', '', ''",
        "2, 0.5, '', ''", // decided in the records
        "2, '', 100M, 'codel,limit=20'", // decided at the head of the queue
        "2, '', 100M, '10M'"
    })
    void packetsThatWaitAreNotLost(int stages, String duplicate, String bandwidth, String queue) {
        Pipeline pipeline =
                pipeline(stages, "overflow", "wait", "duplicate", duplicate, "bandwidth", bandwidth, "queue", queue);
        assertTrue(pipeline.waits());
        runUntilDone(pipeline);
        DirectionSnapshot end = pipeline.snapshot();
        assertEquals(PACKETS, end.get(Counter.RECEIVED_PACKETS));
        assertEquals(0, end.dropped(DropReason.BUFFER).packets(), end.toString());
        assertEquals(0, end.unaccounted(0), end.toString());
        assertEquals(PACKETS + end.get(Counter.DUPLICATED_PACKETS) - end.droppedPackets(), sink.count());
        assertTrue(end.get(Counter.WAITED_NANOS) > 0, end.toString());
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
        Histogram inside = new Histogram(4);
        pipeline.timeInside().collectFinal(inside);
        assertTrue(inside.getMinValue() >= DELAY_NANOS - 50_000, "left early: " + inside.getMinValue());
    }

    @ParameterizedTest
    @CsvSource({"2, ''", "3, ''", "2, 0.5"})
    void packetsThatDoNotWaitAreDroppedAndCounted(int stages, String duplicate) {
        Pipeline pipeline = pipeline(stages, "duplicate", duplicate);
        assertFalse(pipeline.waits(), "such a port does not hold its sender back");
        runUntilDone(pipeline);
        DirectionSnapshot end = pipeline.snapshot();
        assertTrue(end.dropped(DropReason.BUFFER).packets() > 0);
        assertEquals(0, end.get(Counter.WAITED_NANOS));
        assertEquals(0, end.unaccounted(0), end.toString());
    }

    private static LinkSpec fast(String from, String to, String... overflow) {
        return new LinkSpec.Builder()
                .with(Setting.PORTS, from, to)
                .with(Setting.CPUS, "none")
                .with(Setting.BUFFER, "64k")
                .with(Setting.OVERFLOW, overflow)
                .with(Setting.of(Role.DELAY), "5ms")
                .conclude();
    }

    /** A generator, a link, a pipe and another link, all of which can do more than their buffers hold. */
    @Test
    void nothingIsLostOverAPipeIntoAFullBuffer() {
        int packets = 3_000;
        try (Link first = Link.open(
                        fast("generator:size=60-1514,rate=max,count=" + packets, "pipe:overflow{1,private=on"));
                Link second = Link.open(fast("pipe:overflow}1/R,private=on", "sink:check=on"))) {
            first.start();
            Await.until("the first waits for the second", PATIENCE, () -> waited(first) > 0);
            second.start();
            Await.until("all are there", PATIENCE, () -> transmitted(second) == packets);
            assertTrue(first.stop() && second.stop());
            assertEquals(0, second.ports().get(1).measured().orElseThrow().missing());
            for (Link link : List.of(first, second)) {
                DirectionSnapshot end =
                        link.collector().last(true).total().getFirst().total();
                assertEquals(packets, end.transmittedPackets(), end.toString());
                assertEquals(0, end.missedPackets());
                assertTrue(end.get(Counter.WAITED_NANOS) > 0, end.toString());
            }
        }
    }

    @Test
    void aLinkThatDropsCounts() {
        try (Link link = Link.open(fast("generator:rate=max,count=3k", "sink:", "drop"))) {
            link.start();
            Await.until("all are through", PATIENCE, link::finished);
            assertTrue(link.stop());
            DirectionSnapshot end =
                    link.collector().last(true).total().getFirst().total();
            assertTrue(end.dropped(DropReason.BUFFER).packets() > 0, end.toString());
            assertEquals(0, end.unaccounted(0), end.toString());
        }
    }

    private static long waited(Link link) {
        return link.pipelines().getFirst().snapshot().get(Counter.WAITED_NANOS);
    }

    private static long transmitted(Link link) {
        return link.pipelines().getFirst().snapshot().transmittedPackets();
    }

    /** From the moment in which the buffer is full until it has room again, and only while packets are there. */
    @Test
    void theTimeIsCounted() {
        Pipeline pipeline = pipeline(2, "overflow", "wait");
        source.offer(200);
        step(pipeline);
        long full = now;
        assertEquals(0, pipeline.snapshot().get(Counter.WAITED_NANOS));
        now += 1_000_000;
        step(pipeline);
        assertEquals(now - full, pipeline.snapshot().get(Counter.WAITED_NANOS));
        finish(pipeline);
        long waited = pipeline.snapshot().get(Counter.WAITED_NANOS);
        now += 1_000_000_000;
        step(pipeline);
        source.offer(A_STEP);
        step(pipeline);
        assertEquals(waited, pipeline.snapshot().get(Counter.WAITED_NANOS));
    }
}
