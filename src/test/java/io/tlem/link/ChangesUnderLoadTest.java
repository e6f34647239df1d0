package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.testing.SlotMemory;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A thousand changes a second of delay and rate, both ways, while packets pass as fast as they can. Each packet's release time
 * must be that of the models which its number has, by the answers to the changes; and changes must not cost throughput.
 *
 * <p>The property {@code tlem.changes.seconds} says how long; half of the time passes without changes, in turns.
 */
class ChangesUnderLoadTest {
    private static final int SECONDS = Integer.getInteger("tlem.changes.seconds", 4);
    private static final int LENGTH = 64;
    private static final int SLOTS = 1024;
    private static final long CHANGE_NANOS = 1_000_000;
    private static final long WINDOW_NANOS = 250_000_000;
    private static final long MOST_UNDER_WAY = 300_000;
    private static final long BUFFER_BYTES = 64 << 20;

    /** The two states of a direction, and how long a packet is on the link: whole nanoseconds. */
    private static final List<Map<Role, String>> STATES = List.of(
            Map.of(Role.BANDWIDTH, "512G", Role.QUEUE, "100M", Role.DELAY, "1ms"),
            Map.of(Role.BANDWIDTH, "256G", Role.QUEUE, "100M", Role.DELAY, "2ms"));

    private static final long[] ON_LINK_NANOS = {1, 2};
    private static final long[] DELAY_NANOS = {1_000_000, 2_000_000};

    /** As many packets as are taken, but never more under way than the buffer holds. */
    private static final class Source extends SlotMemory implements PacketSource {
        private final Checker sink;
        private long handedOut;
        private volatile boolean ended;

        Source(Checker sink) {
            super(SLOTS, LENGTH, LENGTH);
            this.sink = sink;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            batch.count = 0;
            if (ended || handedOut - sink.packets.getAcquire() > MOST_UNDER_WAY) {
                return 0;
            }
            long now = clock.getAsLong();
            int count = batch.capacity();
            handedOut += count;
            Arrays.fill(batch.length, LENGTH);
            for (int i = 0; i < count; i++) {
                batch.offset[i] = slot(i);
                batch.arrivalNanos[i] = now;
            }
            batch.count = count;
            return count;
        }
    }

    /** Computes each packet's release time anew, with the state of the packet before or else with the other one. */
    private static final class Checker extends SlotMemory implements PacketSink {
        private final List<Long> firsts = new ArrayList<>(); // number of the first packet of each state
        final AtomicLong packets = new AtomicLong();
        private volatile String fault = "";
        private long lastNumber = -1;
        private long exit;
        private long release;
        private int state;

        Checker() {
            super(SLOTS, LENGTH, LENGTH);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            for (int i = 0; i < count && fault.isEmpty(); i++) {
                check(batch.number[i], batch.arrivalNanos[i], batch.releaseNanos[i], nowNanos);
            }
            packets.setRelease(packets.getPlain() + count);
        }

        private void check(long number, long arrival, long due, long now) {
            if (number != lastNumber + 1 || due > now) {
                fault = "packet " + number + " after " + lastNumber + ", due " + due + " at " + now;
                return;
            }
            long before = exit;
            for (int tried = 0; tried < 2; tried++) {
                int of = (state + tried) & 1;
                long left = Math.max(before, arrival) + ON_LINK_NANOS[of];
                if (Math.max(left + DELAY_NANOS[of], release) == due) {
                    if (tried == 1) {
                        firsts.add(number);
                        state = of;
                    }
                    exit = left;
                    release = due;
                    lastNumber = number;
                    return;
                }
            }
            fault = "packet " + number + ": arrived at " + arrival + ", due at " + due + ", link free at " + before
                    + ", the one ahead of it due at " + release;
        }
    }

    /** One direction with its threads, and the answers to its changes. */
    private static final class Direction {
        final Checker sink = new Checker();
        final Source source = new Source(sink);
        final List<Long> answers = new ArrayList<>();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Pipeline pipeline;
        final List<StageThread> threads;
        private int state;
        private int changes;

        Direction(String name, Arena arena) {
            SharedBuffer buffer = SharedBuffer.over(arena.allocate(SharedBuffer.HEADER_PAGE_BYTES + BUFFER_BYTES, 64));
            DirectionModels models = new DirectionModels(LinkModels.of(STATES.get(0), new RandomStreams(1, 0)));
            pipeline = new Pipeline(name, NanoClock.SYSTEM, source, sink, buffer, models, 2, 256);
            ThreadSettings settings = new ThreadSettings(ThreadSettings.ANY_CPU, 0, new WaitThresholds(0, 0, 20_000));
            threads = pipeline.stages().stream()
                    .map(stage -> new StageThread(stage, settings, failure::set))
                    .toList();
        }

        void change() throws Exception {
            int next = 1 - state;
            DirectionModels models =
                    pipeline.models().changed(STATES.get(state), STATES.get(next), new RandomStreams(1, 0, ++changes));
            state = next;
            answers.add(pipeline.change(models).get(10, TimeUnit.SECONDS).packetNumber());
        }

        /** Where two changes came before the same packet, the state is what it was. */
        List<Long> visibleAnswers() {
            List<Long> visible = new ArrayList<>();
            for (Long answer : answers) {
                if (!visible.isEmpty() && visible.getLast().equals(answer)) {
                    visible.removeLast();
                } else {
                    visible.add(answer);
                }
            }
            return visible;
        }

        void finish() {
            source.ended = true;
            threads.get(0).requestStop();
            assertTrue(threads.get(0).awaitEnd(10_000_000_000L));
            long start = System.nanoTime();
            while (!pipeline.isDrained() && System.nanoTime() - start < 10_000_000_000L) {
                LockSupport.parkNanos(100_000);
            }
            for (StageThread thread : threads) {
                thread.requestStop();
                assertTrue(thread.awaitEnd(10_000_000_000L));
            }
        }

        void check() {
            assertEquals(null, failure.get());
            assertEquals("", sink.fault);
            DirectionSnapshot snapshot = pipeline.snapshot();
            assertEquals(0, snapshot.unaccounted(pipeline.countRemaining()));
            assertEquals(0, snapshot.droppedPackets(), snapshot.toString());
            List<Long> visible = visibleAnswers();
            if (!visible.isEmpty() && visible.getLast() == sink.packets.get()) { // no packet has come since
                visible.removeLast();
            }
            assertTrue(sink.firsts.size() > 20, sink.firsts.size() + " changes that a packet has seen");
            for (int i = 0; i < Math.max(visible.size(), sink.firsts.size()); i++) {
                assertEquals(visible.get(i), sink.firsts.get(i), pipeline.name() + ": change " + i);
            }
        }
    }

    @Test
    @Timeout(300)
    void everyPacketHasTheModelsOfItsNumber() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            List<Direction> directions = List.of(new Direction("a->b", arena), new Direction("b->a", arena));
            directions.forEach(direction -> direction.threads.forEach(StageThread::start));
            long[] packets = new long[2];
            long[] nanos = new long[2];
            long changes = 0;
            long began = System.nanoTime();
            for (int window = 0; System.nanoTime() - began < SECONDS * 1_000_000_000L; window++) {
                int changing = window % 2;
                long start = System.nanoTime();
                long before = sent(directions);
                for (long next = start; System.nanoTime() - start < WINDOW_NANOS; next += CHANGE_NANOS) {
                    if (changing == 1) {
                        for (Direction direction : directions) {
                            direction.change();
                            changes++;
                        }
                    }
                    LockSupport.parkNanos(next + CHANGE_NANOS - System.nanoTime());
                }
                if (window >= 4) { // all is compiled
                    packets[changing] += sent(directions) - before;
                    nanos[changing] += System.nanoTime() - start;
                }
            }
            directions.forEach(Direction::finish);
            directions.forEach(Direction::check);
            double without = packets[0] * 1e3 / nanos[0];
            double with = packets[1] * 1e3 / nanos[1];
            System.out.printf(
                    Locale.ROOT,
                    "%d changes in %d s, half of it without: %.2f Mpps with changes, %.2f without, ratio %.3f%n",
                    changes,
                    SECONDS,
                    with,
                    without,
                    with / without);
            assertTrue(changes > 20L * SECONDS, changes + " changes only");
            assertTrue(with > without * (SECONDS >= 30 ? 0.95 : 0.5), "changes cost throughput");
        }
    }

    private static long sent(List<Direction> directions) {
        return directions.stream()
                .mapToLong(direction -> direction.sink.packets.getAcquire())
                .sum();
    }
}
