package io.tlem.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.link.Link;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.spec.JsonText;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.Sample;
import io.tlem.testing.SlotMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand changes a second through the socket of a link that passes packets as fast as it can: down and up by turns, with
 * another delay each time. Which packets are lost must be exactly what the answers say: from the number at which the link went
 * down to the one at which it came up.
 *
 * <p>The property {@code tlem.socket.seconds} says how long.
 */
@Timeout(120)
class ChangesThroughSocketTest {
    private static final int SECONDS = Integer.getInteger("tlem.socket.seconds", 2);
    private static final long CHANGE_NANOS = 1_000_000;
    private static final long UNDER_WAY = 16;
    private static final long PATIENCE_NANOS = 20_000_000_000L;
    private static final int LENGTH = 64;
    private static final int SLOTS = 1024;
    private static final long PACKET_NANOS = Long.getLong("tlem.socket.packet.nanos", 500);

    @TempDir
    Path folder;

    /** So many packets a second, which the machine can carry. */
    private static final class Source extends SlotMemory implements PacketSource {
        private final long start = System.nanoTime();
        private long handedOut;

        Source() {
            super(SLOTS, LENGTH, LENGTH);
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            long now = clock.getAsLong();
            Arrays.fill(batch.length, LENGTH);
            Arrays.fill(batch.arrivalNanos, now);
            batch.count = (int) Math.min(batch.capacity(), (now - start) / PACKET_NANOS - handedOut);
            handedOut += batch.count;
            for (int i = 0; i < batch.count; i++) {
                batch.offset[i] = slot(i);
            }
            return batch.count;
        }
    }

    /** Which numbers do not come. */
    private static final class Sink extends SlotMemory implements PacketSink {
        private final List<Long> gaps = new ArrayList<>(); // first number that is missing, and the next that is there
        private final AtomicLong next = new AtomicLong();
        private volatile String fault = "";

        Sink() {
            super(SLOTS, LENGTH, LENGTH);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            long expected = next.getPlain();
            for (int i = 0; i < count; i++) {
                long number = batch.number[i];
                if (number < expected || batch.releaseNanos[i] > nowNanos) {
                    fault = "packet " + number + " where " + expected + " is next, due at " + batch.releaseNanos[i]
                            + ", at " + nowNanos;
                }
                if (number > expected) {
                    gaps.add(expected);
                    gaps.add(number);
                }
                expected = number + 1;
            }
            next.setRelease(expected);
        }
    }

    /** Both in one. */
    private record Port(String name, Source from, Sink to) implements PacketPort {
        @Override
        public PortAddress address() {
            return PortAddress.parse("memory:" + name);
        }

        @Override
        public String description() {
            return name;
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(from);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(to);
        }

        @Override
        public void close() {}
    }

    @Test
    void everyAnswersPacketNumberIsRight() throws Exception {
        List<Port> ports = List.of(new Port("a", new Source(), new Sink()), new Port("b", new Source(), new Sink()));
        LinkSpec spec = new LinkSpec.Builder()
                .with(Setting.CPUS, "none")
                .with(Setting.BUFFER, "32M")
                .with(Setting.OVERFLOW, "wait")
                .conclude();
        List<List<Long>> answers = List.of(new ArrayList<>(), new ArrayList<>());
        try (ControlServer server = new ControlServer(LinkName.take(folder, "fast"));
                Link link = Link.open(spec, ports.get(0), ports.get(1))) {
            server.start(
                    new LinkView("fast", new LiveLink(link, "fast", Optional.empty()), () -> {
                        throw new AssertionError("nobody asks");
                    }),
                    now -> {});
            link.start();
            long start = System.nanoTime();
            long changes = change(answers);
            double rate = changes * 1e9 / (System.nanoTime() - start);
            assertTrue(link.stop());
            assertEquals(Optional.empty(), link.failure());
            Sample last = link.collector().last(true);
            long packets = 0;
            for (int way = 0; way < 2; way++) {
                DirectionSample total = last.total().get(way);
                Sink sink = ports.get(1 - way).to();
                assertEquals("", sink.fault);
                assertEquals(0, total.total().unaccounted(total.stillInside()));
                assertEquals(
                        total.total().droppedPackets(),
                        total.total().dropped(DropReason.OUTAGE).packets());
                assertEquals(visible(answers.get(way), sink.next.get()), sink.gaps);
                packets += sink.next.get();
            }
            System.out.printf(Locale.ROOT, "%.0f changes a second in %d s, %d packets%n", rate, SECONDS, packets);
            assertTrue(changes >= 10, changes + " changes only");
        }
    }

    /** Asks for a change each millisecond, and has some under way meanwhile. */
    private long change(List<List<Long>> answers) throws Exception {
        long start = System.nanoTime();
        long asked = 0;
        long answered = 0;
        try (LineChannel client = new LineChannel(LinkName.connect(folder, "fast"), 1 << 16)) {
            while (System.nanoTime() - start < SECONDS * 1_000_000_000L || asked % 2 == 1 || answered < asked) {
                boolean goesOn = System.nanoTime() - start < SECONDS * 1_000_000_000L || asked % 2 == 1;
                if (goesOn && asked - answered < UNDER_WAY) {
                    LockSupport.parkNanos(start + asked * CHANGE_NANOS - System.nanoTime());
                    Map<String, String> both =
                            Map.of("link", asked % 2 == 0 ? "down" : "up", "delay", asked % 7 + "us");
                    client.write(
                            JsonText.line(Map.of("v", 1, "do", "set", "change", Map.of("both", both))), PATIENCE_NANOS);
                    asked++;
                    continue;
                }
                Message answer = new Message(JsonText.parse(
                        "answer", client.read(PATIENCE_NANOS, PATIENCE_NANOS).orElseThrow()));
                answered++;
                assertEquals(answered, answer.number("version").orElseThrow());
                for (int way = 0; way < 2; way++) {
                    Message from = answer.inner("from").inner(way == 0 ? "a->b" : "b->a");
                    answers.get(way).add(from.number("packet").orElseThrow());
                }
            }
        }
        return answered;
    }

    /** Down and up before the same packet are not to be seen, nor what came behind the last packet that got through. */
    private static List<Long> visible(List<Long> answers, long end) {
        List<Long> gaps = new ArrayList<>();
        for (int i = 0; i < answers.size(); i += 2) {
            long down = answers.get(i);
            long up = answers.get(i + 1);
            if (down == up || down >= end) {
                continue;
            }
            if (!gaps.isEmpty() && gaps.getLast() == down) {
                gaps.set(gaps.size() - 1, up);
            } else {
                gaps.addAll(List.of(down, up));
            }
        }
        return gaps;
    }
}
