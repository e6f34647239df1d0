package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.Observed;
import io.tlem.stats.Sample;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps pipelines by hand with a clock moved by hand: every number is exact. */
class PipelineTest {
    private long now = 1_000;

    private static DirectionModels models(String bandwidth, String queue, String loss, String delay) {
        RandomStreams streams = new RandomStreams(11, 0);
        return new DirectionModels(LinkModels.of(
                Map.of(Role.LOSS, loss, Role.QUEUE, queue, Role.BANDWIDTH, bandwidth, Role.DELAY, delay), streams));
    }

    private static SharedBuffer buffer(long capacity) {
        return SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + capacity, 64));
    }

    private Pipeline pipeline(
            MemoryPorts.Source source, MemoryPorts.Sink sink, long capacity, DirectionModels models, int stages) {
        return new Pipeline("a->b", () -> now, source, sink, buffer(capacity), models, stages, 16);
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

    private static void assertAccounted(Pipeline pipeline) {
        DirectionSnapshot snapshot = pipeline.snapshot();
        long inside = pipeline.countRemaining();
        assertEquals(0, snapshot.unaccounted(inside), snapshot + ", inside " + inside);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void releasesEachPacketExactlyWhenDue(int stages) {
        // 1250 bytes at 10 Mbit/s take 1 ms; 5 ms of delay.
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 1250);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, 1 << 20, models("10M", "1M", "", "5ms"), stages);
        source.offer(3);
        step(pipeline);
        assertEquals(0, sink.count());
        long start = now;
        for (int i = 1; i <= 3; i++) {
            long due = start + i * 1_000_000L + 5_000_000L;
            assertEquals(0, pipeline.output().doWork());
            assertEquals(due, pipeline.output().nextDueNanos());
            now = due - 1;
            step(pipeline);
            assertEquals(i - 1, sink.count(), "a nanosecond too early");
            now = due;
            step(pipeline);
            assertEquals(i, sink.count());
        }
        // Nothing to send: whatever comes next is due in 5 ms at the earliest, so there is time to sleep.
        assertEquals(now + 500_000, pipeline.output().nextDueNanos());
        assertTrue(pipeline.isDrained());
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
        Histogram lateness = new Histogram(3);
        pipeline.lateness().collectFinal(lateness);
        assertEquals(3, lateness.getTotalCount());
        assertEquals(0, lateness.getMaxValue());
        assertAccounted(pipeline);
    }

    /** Two are sent up to 1 ms late; those that could only be sent later than that are dropped, also behind sent ones. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatIsTooLateIsDropped(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 1250);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        DirectionModels models = new DirectionModels(
                LinkModels.of(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "1M"), new RandomStreams(11, 0)),
                1_000_000,
                Exemption.NONE);
        Pipeline pipeline = pipeline(source, sink, 1 << 20, models, stages);
        source.offer(5); // due 1, 2, 3, 4 and 5 ms from now
        step(pipeline);
        now += 4_000_000;
        step(pipeline);
        assertEquals(
                List.of(2, 3), sink.sent.stream().map(MemoryPorts.Sent::number).toList());
        now += 2_000_001;
        step(pipeline);
        assertEquals(2, sink.count());
        assertTrue(pipeline.isDrained());
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
        assertEquals(3, pipeline.snapshot().dropped(DropReason.LATE).packets());
        assertEquals(3 * 1250, pipeline.snapshot().dropped(DropReason.LATE).bytes());
        assertAccounted(pipeline);
    }

    /**
     * Only where both ports know of them, and no model may have changed the packet meanwhile. A source that is another one's
     * front, which takes packets out or changes them, does not say that it tags them.
     */
    @ParameterizedTest
    @CsvSource({
        "true,  true,  '',  2, true",
        "true,  true,  '',  1, true",
        "true,  false, '',  2, false",
        "false, true,  '',  2, false",
        "true,  true,  '',  3, false",
        "true,  true,  0.5, 2, false",
    })
    void tagsGoAlong(boolean tags, boolean reads, String corruption, int stages, boolean along) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60 + number * 300);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        source.tags = tags;
        sink.readsTags = reads;
        DirectionModels models = new DirectionModels(
                LinkModels.of(Map.of(Role.CORRUPT, corruption, Role.DELAY, "1ms"), new RandomStreams(11, 0)));
        Pipeline pipeline = pipeline(source, sink, 1 << 20, models, stages);
        source.offer(4);
        step(pipeline);
        now += 1_000_000;
        step(pipeline);
        // What is more than 0 would be a packet that is somewhere else.
        assertEquals(along ? List.of(0, -2, 0, -4) : List.of(0, 0, 0, 0), sink.tags);
        assertAccounted(pipeline);
    }

    @Test
    void twoAndThreeStagesDecideAlike() {
        MemoryPorts.Sink[] sinks = {new MemoryPorts.Sink(true, 9216), new MemoryPorts.Sink(true, 9216)};
        for (int stages = 2; stages <= 3; stages++) {
            now = 1_000;
            MemoryPorts.Source source = new MemoryPorts.Source(number -> 60 + number * 37 % 1455);
            Pipeline pipeline = pipeline(
                    source, sinks[stages - 2], 1 << 22, models("100M", "20k", "0.05", "uniform,1ms,9ms"), stages);
            for (int i = 0; i < 2_000; i++) {
                now += 50_000;
                source.offer(1);
                step(pipeline);
            }
            now += 1_000_000_000;
            step(pipeline);
            DirectionSnapshot snapshot = pipeline.snapshot();
            assertTrue(snapshot.dropped(DropReason.LOSS).packets() > 50, snapshot.toString());
            assertTrue(snapshot.dropped(DropReason.QUEUE).packets() > 50, snapshot.toString());
            assertEquals(2_000, snapshot.get(Counter.RECEIVED_PACKETS));
            assertEquals(sinks[stages - 2].count(), snapshot.transmittedPackets());
            assertAccounted(pipeline);
        }
        assertEquals(sinks[0].sent, sinks[1].sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aFullBufferDropsAndCounts(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 80);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, 128 * 10, models("", "", "", "1s"), stages);
        source.offer(25);
        step(pipeline);
        assertEquals(15, pipeline.snapshot().dropped(DropReason.BUFFER).packets());
        assertEquals(15 * 80, pipeline.snapshot().dropped(DropReason.BUFFER).bytes());
        assertFalse(pipeline.isDrained());
        now += 1_000_000_000;
        step(pipeline);
        assertEquals(10, sink.count());
        source.offer(4);
        step(pipeline);
        assertAccounted(pipeline);
        assertEquals("", sink.fault());
    }

    @Test
    void whatIsLeftAtTheEndIsCountedWhereverItIs() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60);
        Pipeline pipeline =
                pipeline(source, new MemoryPorts.Sink(false, 9216), 1 << 16, models("", "", "0.5", "1s"), 3);
        source.offer(16);
        pipeline.input().doWork();
        pipeline.annotator().orElseThrow().doWork();
        source.offer(7);
        pipeline.input().doWork();
        long lost = pipeline.snapshot().dropped(DropReason.LOSS).packets();
        assertTrue(lost > 0 && lost < 16);
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertEquals(0, snapshot.unaccounted(23 - lost));
        assertEquals(23 - lost, snapshot.get(Counter.BUFFERED_PACKETS));
        assertEquals(
                23L * PacketRecord.strideOf(60),
                snapshot.get(Counter.BUFFERED_BYTES)); // the lost are not gone past yet
        Sample sample = Observed.collector(List.of(pipeline.observed(List::of)), () -> now)
                .last(true);
        assertEquals(23 - lost, sample.total().getFirst().stillInside());
    }

    @Test
    void aPortWithoutRoomMakesPacketsLateAndLosesNone() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, 1 << 16, models("", "", "", "0"), 2);
        sink.limitRoom(0);
        source.offer(5);
        step(pipeline);
        assertEquals(0, sink.count());
        assertEquals(Stage.UNKNOWN, pipeline.output().nextDueNanos());
        sink.limitRoom(2);
        now += 500;
        pipeline.output().doWork();
        assertEquals(2, sink.count());
        sink.limitRoom(100);
        now += 500;
        step(pipeline);
        assertEquals(5, sink.count());
        Histogram lateness = new Histogram(3);
        pipeline.lateness().collectFinal(lateness);
        assertEquals(1_000, lateness.getMaxValue());
        assertEquals(500, lateness.getMinNonZeroValue());
        assertAccounted(pipeline);
    }

    @Test
    void aPacketTooLongForTheOtherPortIsDroppedAndCounted() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> number == 1 ? 1515 : 1514);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 1514);
        Pipeline pipeline = pipeline(source, sink, 1 << 16, models("", "", "", "0"), 2);
        source.offer(3);
        step(pipeline);
        assertEquals(
                List.of(0, 2), sink.sent.stream().map(MemoryPorts.Sent::number).toList());
        assertEquals(1, pipeline.snapshot().dropped(DropReason.TOO_LONG).packets());
        assertAccounted(pipeline);
    }

    /** A sink that fails: the packets it was given are dropped by the port, and the rest is still inside. */
    @Test
    void aFailingPortLosesNoCount() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        FailingSink failing = new FailingSink(sink);
        Pipeline pipeline =
                new Pipeline("a->b", () -> now, source, failing, buffer(1 << 16), models("", "", "", "0"), 2, 16);
        source.offer(40);
        while (pipeline.input().doWork() > 0) {}
        assertThrows(PortException.class, () -> pipeline.output().doWork());
        long refused = pipeline.snapshot().dropsByReason().get("port");
        assertTrue(refused > 0 && refused <= 16, refused + " refused"); // the first batches are small
        assertEquals(0, pipeline.snapshot().transmittedPackets());
        assertEquals(0, pipeline.snapshot().get(Counter.TRANSMITTED_BYTES), "of packets that were not transmitted");
        assertAccounted(pipeline);
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 64, 65, 97, 1514})
    void bufferHoldsBandwidthTimesDelayOfPacketsOfAnySize(int length) {
        // 100 Mbit/s and 100 ms: 19230 packets of 65 bytes are under way; each takes 128 bytes.
        DirectionModels models = models("100M", "50000", "", "100ms");
        long bytes = models.bufferBytes(1514);
        MemoryPorts.Source source = new MemoryPorts.Source(number -> length);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(false, 9216);
        Pipeline pipeline = pipeline(source, sink, bytes, models, 2);
        for (int i = 0; i < 50_000; i++) {
            now += length * 80L; // exactly the link's rate
            source.offer(1);
            pipeline.input().doWork();
            pipeline.output().doWork();
        }
        assertEquals(0, pipeline.snapshot().dropped(DropReason.BUFFER).packets());
        assertEquals(0, pipeline.snapshot().dropped(DropReason.QUEUE).packets());
        assertEquals("", sink.fault());
        assertAccounted(pipeline);
    }

    /** Fails at every packet, and counts it. */
    private static final class FailingSink implements PacketSink {
        private final MemoryPorts.Sink sink;
        private long refused;
        private long refusedBytes;

        FailingSink(MemoryPorts.Sink sink) {
            this.sink = sink;
        }

        @Override
        public MemorySegment memory() {
            return sink.memory();
        }

        @Override
        public int maxPacketBytes() {
            return sink.maxPacketBytes();
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            return sink.reserve(batch, limit);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            refused += count;
            for (int i = 0; i < count; i++) {
                refusedBytes += batch.length[i];
            }
            throw new PortException(PortAddress.parse("packet:gone0"), "the interface is gone");
        }

        @Override
        public long refusedPackets() {
            return refused;
        }

        @Override
        public long refusedBytes() {
            return refusedBytes;
        }
    }
}
