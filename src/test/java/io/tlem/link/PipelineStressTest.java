package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Stages on threads of their own around a buffer so small that it wraps every few packets, with packets of every size
 * from 60 to 9216 bytes: whatever comes out is intact and in order, and every packet is accounted for.
 *
 * <p>The edges relied upon are those of the cursors: see {@code CursorProtocolTest}.
 */
class PipelineStressTest {
    private static final int PACKETS = 300_000;

    @ParameterizedTest
    @CsvSource({"2, 64, 65536", "3, 64, 65536", "2, 1, 20000", "3, 7, 20000", "3, 200, 30016"})
    @Timeout(120)
    @SuppressWarnings("ThreadPriorityCheck") // with fewer CPUs than threads the others must run
    void packetsOfEverySizeThroughASmallBuffer(int stages, int batch, long capacity) throws Exception {
        RandomStreams streams = new RandomStreams(9, 0);
        DirectionModels models = new DirectionModels(LinkModels.of(
                Map.of(Role.LOSS, "0.01", Role.QUEUE, "", Role.BANDWIDTH, "", Role.DELAY, "uniform,0,20us"), streams));
        // 37 is coprime to the number of sizes, so that every size comes, next to every other in time.
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60 + (int) (number * 37L % (9216 - 60 + 1)));
        MemoryPorts.Sink sink = new MemoryPorts.Sink(false, 9216);
        try (Arena arena = Arena.ofShared()) {
            Pipeline pipeline = new Pipeline(
                    "a->b",
                    NanoClock.SYSTEM,
                    source,
                    sink,
                    SharedBuffer.over(arena.allocate(SharedBuffer.HEADER_PAGE_BYTES + capacity, 64)),
                    models,
                    stages,
                    batch);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            ThreadSettings settings =
                    new ThreadSettings(ThreadSettings.ANY_CPU, 0, new WaitThresholds(0, 20_000, 20_000));
            List<StageThread> threads = pipeline.stages().stream()
                    .map(stage -> new StageThread(stage, settings, failure::set))
                    .toList();
            threads.forEach(StageThread::start);
            // Offered in pieces, mostly when nothing is in the buffer any more: so many packets pass however busy the
            // machine is, and full buffers happen all the same.
            for (int offered = 0; offered < PACKETS && failure.get() == null; offered += 100) {
                source.offer(100);
                boolean drain = offered % 1000 != 0;
                while ((pipeline.snapshot().get(Counter.RECEIVED_PACKETS) < offered + 100
                                || (drain && !pipeline.isDrained()))
                        && failure.get() == null) {
                    Thread.yield();
                }
            }
            while (!pipeline.isDrained() && failure.get() == null) {
                Thread.yield();
            }
            threads.forEach(StageThread::requestStop);
            threads.forEach(StageThread::join);

            assertEquals(null, failure.get());
            assertEquals("", sink.fault());
            DirectionSnapshot snapshot = pipeline.snapshot();
            assertEquals(PACKETS, snapshot.get(Counter.RECEIVED_PACKETS));
            assertEquals(sink.count(), snapshot.transmittedPackets());
            assertEquals(0, snapshot.unaccounted(pipeline.countRemaining()), snapshot.toString());
            assertTrue(sink.count() > PACKETS / 20, "only " + sink.count() + " packets came through: " + snapshot);
        }
    }
}
