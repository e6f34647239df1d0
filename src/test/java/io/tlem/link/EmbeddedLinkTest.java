package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links that are made of specifications, changed while they run, and several of them at once. */
@Timeout(60)
class EmbeddedLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Setting<String> DELAY = Setting.of(Role.DELAY);
    private static final Setting<String> LOSS = Setting.of(Role.LOSS);
    private static final Setting<String> BANDWIDTH = Setting.of(Role.BANDWIDTH);

    /** A port in memory. */
    private static final class Port implements PacketPort {
        final MemoryPorts.Source source = new MemoryPorts.Source(number -> 60);
        final MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 1518);
        boolean closed;

        @Override
        public PortAddress address() {
            return PortAddress.parse("memory:");
        }

        @Override
        public String description() {
            return "memory";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(source);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(sink);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final Port a = new Port();
    private final Port b = new Port();

    private static LinkSpec.Builder spec() {
        return new LinkSpec.Builder().with(Setting.SEED, "7").with(Setting.CPUS, "none");
    }

    private static List<Integer> numbers(MemoryPorts.Sink sink) {
        return sink.sent.stream().map(MemoryPorts.Sent::number).toList();
    }

    @Test
    void aLinkOfAddressesOpensAndClosesItsPorts() throws Exception {
        LinkSpec spec = spec().with(Setting.PORTS, "generator:pps=10k,count=500", "sink:check=on")
                .with(DELAY, "2ms")
                .conclude();
        List<PacketPort> ports;
        try (Link link = Link.open(spec)) {
            ports = link.ports();
            link.start();
            Await.until("all have passed", PATIENCE, link::finished);
            assertTrue(link.stop());
            DirectionSnapshot there = snapshots(link).getFirst();
            assertEquals(500, there.get(Counter.TRANSMITTED_PACKETS));
            assertEquals(500, ports.get(1).measured().orElseThrow().packets());
            assertEquals(7, link.seed());
        }
        assertFalse(ports.getFirst().source().orElseThrow().memory().scope().isAlive(), "closed with the link");
    }

    @Test
    void portsOfOthersStayOpen() {
        try (Link link = Link.open(spec().conclude(), a, b)) {
            assertEquals(List.of(a, b), link.ports());
            link.start();
        }
        assertFalse(a.closed || b.closed);
    }

    @Test
    void changesHoldFromThePacketThatTheAnswerNames() throws Exception {
        LinkSpec spec = spec().conclude();
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            a.source.offer(10);
            Await.until("10 have passed", PATIENCE, () -> b.sink.count() == 10);
            LinkSpec lossy = spec.with(LOSS, "1", "none");
            Map<String, Change> answer = link.change(lossy);
            assertEquals(List.of("a->b"), List.copyOf(answer.keySet()));
            assertEquals(10, answer.get("a->b").packetNumber());
            assertEquals(lossy, link.spec());
            a.source.offer(5);
            b.source.offer(5);
            Await.until("5 are lost", PATIENCE, () -> lost(link, 0) == 5);
            assertEquals(
                    List.of("a->b", "b->a"),
                    List.copyOf(link.change(spec.with(DELAY, "1ms")).keySet()));
            a.source.offer(5);
            Await.until("15 have passed", PATIENCE, () -> b.sink.count() == 15 && a.sink.count() == 5);
            assertEquals(Map.of(), link.change(link.spec()), "nothing is different");
            assertTrue(link.stop());
            assertEquals(5, lost(link, 0));
            assertEquals(0, lost(link, 1));
            assertEquals(
                    List.of(10, 11, 12, 13, 14).stream()
                            .filter(numbers(b.sink)::contains)
                            .toList(),
                    List.of());
        }
    }

    /** Neither what somebody else has done meanwhile nor a change whose time has come is undone unawares. */
    @Test
    void aChangeOfWhatTheLinkIsNoMoreIsNone() throws Exception {
        LinkSpec spec = spec().conclude();
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            LinkSpec slow = spec.with(DELAY, "1ms");
            assertEquals(2, link.change(spec, slow).orElseThrow().size());
            assertEquals(Optional.empty(), link.change(spec, spec.with(LOSS, "1")));
            LinkSpec slower = spec.with(DELAY, "2ms");
            assertEquals(
                    2,
                    link.changeAt(System.nanoTime(), slower)
                            .get(20, TimeUnit.SECONDS)
                            .size());
            assertEquals(Optional.empty(), link.change(slow, spec));
            assertEquals(slower, link.spec());
            var ignored = link.changeAt(System.nanoTime() + 3_600_000_000_000L, slow);
            assertEquals(2, link.change(slower, spec).orElseThrow().size(), "which is not so yet");
            assertEquals(spec, link.spec());
        }
    }

    private static List<DirectionSnapshot> snapshots(Link link) {
        return link.collector().soFar().total().stream()
                .map(DirectionSample::total)
                .toList();
    }

    private static long lost(Link link, int direction) {
        return snapshots(link).get(direction).dropped(DropReason.LOSS).packets();
    }

    /** The end of a link is known by the longest delay that it ever had. */
    @Test
    void whatIsUnderWayIsSentHoweverTheDelayHasChanged() throws Exception {
        LinkSpec spec = spec().with(DELAY, "10ms").conclude();
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            long before = link.drainNanos();
            link.change(spec.with(DELAY, "400ms"));
            a.source.offer(3);
            Await.until(
                    "3 are inside", PATIENCE, () -> snapshots(link).getFirst().get(Counter.RECEIVED_PACKETS) == 3);
            link.change(spec.with(DELAY, "10ms"));
            assertEquals(before + 390_000_000, link.drainNanos());
            assertTrue(link.stop());
            assertEquals(List.of(0, 1, 2), numbers(b.sink));
        }
    }

    @Test
    void whatCannotChangeIsRefusedBeforeAnythingDoes() throws Exception {
        LinkSpec spec = spec().with(DELAY, "1ms").conclude();
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            for (LinkSpec other : List.of(
                    spec.with(Setting.SEED, "8"),
                    spec.with(Setting.STAGES, "3"),
                    spec.with(Setting.CPUS, "0"),
                    spec.with(Setting.BATCH, "8"),
                    spec.with(Setting.BUFFER, "1M", "2M"),
                    spec.with(Setting.MAX_DELAY, "1s"),
                    spec.with(Setting.NAME, "other"),
                    spec.with(Setting.PORTS, "packet:eth0", "packet:eth1"))) {
                String named = spec.difference(other).getFirst();
                String refusal = assertThrows(
                                IllegalArgumentException.class, () -> link.change(other.with(DELAY, "2ms")))
                        .getMessage();
                assertEquals("this cannot change while the link runs: " + named, refusal);
                assertEquals(spec, link.spec());
            }
        }
    }

    /** One direction fits, the other does not: neither changes. */
    @Test
    void whatDoesNotFitIsRefusedWithWhatToDo() throws Exception {
        LinkSpec spec = spec().with(BANDWIDTH, "100M").with(DELAY, "1ms").conclude();
        List<LinkSpec> larger = List.of(
                spec.with(DELAY, "2ms", "30s"),
                spec.with(DELAY, "2ms").with(BANDWIDTH, "200M", "40G"),
                spec.with(DELAY, "2ms").with(Setting.of(Role.REORDER), "gap,5", "constant,0.1,20s"),
                spec.with(DELAY, "100ms").with(BANDWIDTH, "10G"),
                spec.with(DELAY, "2ms").with(Setting.of(Role.QUEUE), "50000", "90M"));
        for (LinkSpec next : larger) {
            String refusal;
            try (Link link = Link.open(spec, new Port(), new Port())) {
                link.start();
                refusal = assertThrows(IllegalArgumentException.class, () -> link.change(next))
                        .getMessage();
                assertEquals(spec, link.spec());
                assertEquals(1_000_000, link.pipelines().get(0).models().maxDelayNanos(), "nothing has changed");
            }
            int ways = 0;
            String advice = refusal.replaceFirst(".*; start it with ", "");
            assertFalse(advice.matches(".*[0-9]000.*"), advice + ": numbers for people");
            for (String way : advice.split(", or with ", -1)) {
                LinkSpec made = spec;
                Matcher option = Pattern.compile("--([a-z-]+) (\\S+)").matcher(way);
                while (option.find()) {
                    made = made.with(Setting.withKey(option.group(1)).orElseThrow(), option.group(2));
                }
                assertFalse(made.equals(spec), refusal);
                LinkSpec follows = next;
                for (Setting<?> setting :
                        List.of(Setting.BUFFER, Setting.MAX_BANDWIDTH, Setting.MAX_DELAY, Setting.MAX_HOLD)) {
                    String given = made.direction(0)
                            .find(setting)
                            .map(value -> setting.equals(Setting.MAX_DELAY) || setting.equals(Setting.MAX_HOLD)
                                    ? value + "ns"
                                    : value.toString())
                            .orElse(Setting.NONE);
                    follows = follows.with(setting, given);
                }
                try (Link link = Link.open(made, new Port(), new Port())) {
                    link.start();
                    assertEquals(2, link.change(follows).size(), way);
                }
                ways++;
            }
            assertTrue(ways >= 1, refusal);
        }
    }

    /** A limit that is given is one: what may be specified later keeps to it. */
    @Test
    void limitsThatAreGivenHold() {
        LinkSpec spec = spec().with(BANDWIDTH, "100M")
                .with(Setting.MAX_DELAY, "50ms")
                .with(Setting.MAX_BANDWIDTH, "1G")
                .with(Setting.MAX_HOLD, "none", "5ms")
                .conclude();
        assertEquals(
                "--max-delay 50ms: the models need 60000000 ns; raise it",
                assertThrows(ConfigException.class, () -> spec.with(DELAY, "60ms"))
                        .getMessage());
        assertThrows(ConfigException.class, () -> spec.with(BANDWIDTH, "2G"));
        assertThrows(ConfigException.class, () -> spec.with(Setting.of(Role.DUPLICATE), "0.5,10ms"));
        assertEquals(
                spec, spec.with(DELAY, "50ms").with(BANDWIDTH, "1G").with(DELAY).with(BANDWIDTH, "100M"));
    }

    @Test
    void aLinkThatDoesNotRunCannotChange() throws Exception {
        LinkSpec spec = spec().conclude();
        try (Link link = Link.open(spec, a, b)) {
            assertThrows(IllegalStateException.class, () -> link.change(spec.with(DELAY, "1ms")));
            link.start();
            assertEquals(2, link.change(spec.with(DELAY, "1ms")).size());
            assertTrue(link.stop());
            assertThrows(IllegalStateException.class, () -> link.change(spec.with(DELAY, "2ms")));
        }
    }

    /** Packets with arrival times of their own, so that decisions depend on nothing else. */
    private static final class Arrivals implements PacketSource {
        private final MemoryPorts.Source inner = new MemoryPorts.Source(number -> 60 + number % 1000);
        private long number;

        Arrivals(long packets) {
            inner.offer(packets);
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            int count = inner.receive(batch, clock);
            for (int i = 0; i < count; i++) {
                batch.arrivalNanos[i] = (number + 1) * 10_000;
                number++;
            }
            return count;
        }

        @Override
        public void release() {
            inner.release();
        }

        @Override
        public java.lang.foreign.MemorySegment memory() {
            return inner.memory();
        }

        @Override
        public boolean memoryStays() {
            return true;
        }

        @Override
        public int maxPacketBytes() {
            return 1518;
        }
    }

    /** One end of a link, whose packets' fates are to be compared. */
    private record End(Arrivals arrivals, Releases releases) implements PacketPort {
        @Override
        public PortAddress address() {
            return PortAddress.parse("memory:");
        }

        @Override
        public String description() {
            return "memory";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(arrivals);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(releases);
        }

        @Override
        public void close() {}
    }

    /** Keeps number and release time of what it is given. */
    private static final class Releases implements PacketSink {
        private final MemoryPorts.Sink inner = new MemoryPorts.Sink(false, 1518);
        final List<String> decided = new ArrayList<>();

        @Override
        public int reserve(PacketBatch batch, int limit) {
            return inner.reserve(batch, limit);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            for (int i = 0; i < count; i++) {
                decided.add(batch.number[i] + " at " + batch.releaseNanos[i]);
            }
            inner.transmit(batch, count, nowNanos);
        }

        @Override
        public java.lang.foreign.MemorySegment memory() {
            return inner.memory();
        }

        @Override
        public int maxPacketBytes() {
            return inner.maxPacketBytes();
        }
    }

    private static End end() {
        return new End(new Arrivals(20_000), new Releases());
    }

    private static LinkSpec random(String name) {
        return spec().with(Setting.NAME, name)
                .with(Setting.BUFFER, "32M")
                .with(BANDWIDTH, "600M")
                .with(LOSS, "0.1")
                .with(DELAY, "uniform,1ms,3ms")
                .conclude();
    }

    private static List<List<String>> run(int links) {
        List<List<End>> ends =
                Stream.generate(() -> List.of(end(), end())).limit(links).toList();
        List<Link> running = new ArrayList<>();
        try {
            for (int i = 0; i < links; i++) {
                running.add(Link.open(
                        random("link-" + i), ends.get(i).get(0), ends.get(i).get(1)));
            }
            running.forEach(Link::start);
            TreeSet<String> threads = new TreeSet<>();
            Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName()));
            for (int i = 0; i < links; i++) {
                for (String way : List.of("a->b", "b->a")) {
                    String name = "tlem link-" + i + " " + way + " ";
                    assertTrue(threads.stream().anyMatch(thread -> thread.startsWith(name)), threads.toString());
                }
            }
            running.forEach(link -> Await.until(
                    "all received",
                    PATIENCE,
                    () -> snapshots(link).stream()
                            .allMatch(snapshot -> snapshot.get(Counter.RECEIVED_PACKETS) == 20_000)));
            running.forEach(link -> Await.until("all sent", PATIENCE, link::drained));
            running.forEach(link -> assertTrue(link.stop()));
        } finally {
            running.forEach(Link::close);
        }
        return ends.stream()
                .flatMap(List::stream)
                .map(end -> end.releases().decided)
                .toList();
    }

    @Test
    void severalLinksDecideAsEachAlone() {
        List<List<String>> alone = run(1);
        List<List<String>> both = run(2);
        assertTrue(
                alone.get(0).size() > 15_000 && alone.get(0).size() < 20_000,
                alone.get(0).size() + " passed");
        assertFalse(alone.get(0).equals(alone.get(1)), "the directions have random numbers of their own");
        assertEquals(alone, both.subList(0, 2));
        assertEquals(alone, both.subList(2, 4));
    }
}
