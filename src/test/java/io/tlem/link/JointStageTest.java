package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One thread for everything of a direction: what it waits for, and for how long. */
class JointStageTest {
    private static final long DELAY_NANOS = 5_000_000;

    private final Arena arena = Arena.ofConfined();
    private final Source source = new Source();
    private final Sink sink = new Sink();
    private long now = 1_000_000_000;

    @AfterEach
    void close() {
        arena.close();
    }

    /** Of memory, and says whether it was waited in. */
    private static final class Source implements PacketSource {
        private final MemoryPorts.Source inner = new MemoryPorts.Source(number -> 100);
        private boolean awaited;
        private boolean senderWaits;

        @Override
        public MemorySegment memory() {
            return inner.memory();
        }

        @Override
        public int maxPacketBytes() {
            return inner.maxPacketBytes();
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            return inner.receive(batch, clock);
        }

        @Override
        public void release() {
            inner.release();
        }

        @Override
        public boolean keepsArrivalTimes() {
            return true;
        }

        @Override
        public boolean senderWaits() {
            return senderWaits;
        }

        @Override
        public boolean await(long nanos) {
            awaited = true;
            return true;
        }
    }

    /** Takes packets while it may, and may keep some. */
    private static final class Sink implements PacketSink {
        private final MemoryPorts.Sink inner = new MemoryPorts.Sink(true, 9216);
        private boolean full;
        private boolean pending;

        @Override
        public MemorySegment memory() {
            return inner.memory();
        }

        @Override
        public int maxPacketBytes() {
            return inner.maxPacketBytes();
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            if (full) {
                batch.count = 0;
                return 0;
            }
            return inner.reserve(batch, limit);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            inner.transmit(batch, count, nowNanos);
        }

        @Override
        public boolean hasPending() {
            return pending;
        }
    }

    private Pipeline pipeline(Map<Role, String> models) {
        return new Pipeline(
                "a->b",
                () -> now,
                source,
                sink,
                SharedBuffer.allocate(arena, 1 << 20, SharedBuffer.Pages.ORDINARY),
                new DirectionModels(LinkModels.of(models, new RandomStreams(1, 0))),
                1,
                64);
    }

    private static void step(Stage stage) {
        while (stage.doWork() > 0) {}
    }

    private boolean waitsInPort(Stage stage) {
        source.awaited = false;
        boolean waited = stage.mayComeSooner() && stage.awaitWork(1000);
        assertEquals(waited, source.awaited);
        return waited;
    }

    /** More than a batch is due: all of it leaves before the next packets are received. */
    @Test
    void whatIsDueGoesFirst() {
        Stage stage = pipeline(Map.of(Role.DELAY, "5ms")).stages().getFirst();
        source.inner.offer(300);
        step(stage);
        assertEquals(0, sink.inner.count());
        now += DELAY_NANOS;
        source.inner.offer(64);
        int moved = stage.doWork();
        assertEquals(300, sink.inner.count());
        assertEquals(364, moved);
    }

    /** Time goes by between two turns: each sends what has become due. */
    @Test
    void eachTurnSendsWhatHasComeSinceTheOneBefore() {
        Stage stage = pipeline(Map.of()).stages().getFirst();
        for (int turn = 1; turn <= 3; turn++) {
            source.inner.offer(1);
            assertEquals(2, stage.doWork());
            assertEquals(turn, sink.inner.count());
            now += 100_000;
        }
    }

    /** As long as a port may have more, or has not taken all, nothing is left for later. */
    @Test
    void maintainsThatAllWasTaken() {
        Stage stage = pipeline(Map.of()).stages().getFirst();
        source.senderWaits = true;
        assertFalse(stage.mayGather());
        source.senderWaits = false;
        assertTrue(stage.mayGather());
        source.inner.offer(100);
        assertEquals(128, stage.doWork());
        assertFalse(stage.mayPause());
        assertEquals(72, stage.doWork());
        assertTrue(stage.mayPause());
        sink.pending = true;
        assertFalse(stage.mayPause());
        sink.pending = false;
        assertTrue(stage.mayPause());
    }

    @Test
    void waitsInThePortForTheNextPacket() {
        Pipeline pipeline = pipeline(Map.of());
        assertEquals(1, pipeline.stages().size());
        Stage stage = pipeline.stages().getFirst();
        step(stage);
        assertTrue(waitsInPort(stage));
        assertEquals(Stage.UNKNOWN, stage.nextDueNanos());
        source.inner.offer(3);
        step(stage);
        assertEquals(3, sink.inner.count());
        assertTrue(waitsInPort(stage));
    }

    /** However large the variation: whoever may be due first comes through the same thread. */
    @Test
    void knowsWhenTheFirstIsDue() {
        for (Map<Role, String> models :
                List.of(Map.of(Role.DELAY, "5ms"), Map.of(Role.DELAY, "5ms", Role.REORDER, "constant,0.5,20ms"))) {
            Stage stage = pipeline(models).stages().getFirst();
            long before = sink.inner.count();
            source.inner.offer(1);
            step(stage);
            assertEquals(before, sink.inner.count());
            long due = stage.nextDueNanos();
            assertTrue(due - now <= DELAY_NANOS * 10, models + ": " + (due - now));
            now = due;
            while (sink.inner.count() == before && now - due < 10 * DELAY_NANOS) {
                step(stage);
                now = Math.max(now + 1, Math.min(stage.nextDueNanos(), now + DELAY_NANOS));
            }
            assertEquals(before + 1, sink.inner.count(), models.toString());
        }
    }

    /** Waiting for the next packet would make those late that the port has no room for. */
    @Test
    void looksAgainSoonWhileThePortIsFull() {
        Stage stage = pipeline(Map.of()).stages().getFirst();
        sink.full = true;
        source.inner.offer(1);
        step(stage);
        assertTrue(stage.mayComeSooner());
        assertFalse(waitsInPort(stage));
        sink.full = false;
        step(stage);
        assertEquals(1, sink.inner.count());
        sink.pending = true;
        assertFalse(waitsInPort(stage));
        sink.pending = false;
        assertTrue(waitsInPort(stage));
    }

    @Test
    void sendsWhatItHasAfterItHasStoppedReceiving() {
        Pipeline pipeline = pipeline(Map.of(Role.DELAY, "5ms"));
        JointStage stage = pipeline.joint().orElseThrow();
        source.inner.offer(2);
        step(stage);
        stage.stopReceiving();
        source.inner.offer(2);
        step(stage);
        assertTrue(stage.hasStoppedReceiving());
        assertFalse(pipeline.isDrained());
        assertEquals(now + DELAY_NANOS, stage.nextDueNanos());
        assertFalse(stage.mayComeSooner());
        now += DELAY_NANOS;
        step(stage);
        assertEquals(2, sink.inner.count());
        assertTrue(pipeline.isDrained());
    }
}
