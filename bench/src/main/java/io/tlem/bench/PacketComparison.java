package io.tlem.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * {@code packet:} ports on veth pairs against the kernel's bridge and a plain forwarder in C, {@code native/packet_floor.c}:
 * TCP, small datagrams and ping, and how late the emulator is meanwhile; and its bandwidth against the kernel's token bucket.
 */
final class PacketComparison {
    private static final String SECTION = "packet";
    private static final String BRIDGE = "bridge";
    private static final String FORWARDER = "C forwarder";
    private static final String LATE_FORWARDER = "C forwarder, 10 ms";
    private static final String TCP = "TCP";
    private static final String STARTED = "\"start\"";
    private static final int DATAGRAM_BYTES = 64;
    private static final long SECOND = 1_000_000_000;
    private static final Map<String, Double> LIMITS = new TreeMap<>(Map.of("100M", 100e6, "1G", 1e9, "2G", 2e9));
    private static final int LIMIT_SECONDS = 10;
    private static final long WINDOW_NANOS = 10_000_000;
    private static final double TOLERANCE = 0.05;
    private static final long WARM_UP_NANOS = 300_000_000;

    /**
     * So many that the queue of the limit is never empty: one alone stops for a moment now and then. And not under BBR, which sends
     * next to nothing for 200 ms every ten seconds, to learn the round-trip time.
     */
    private static final String FLOWS = " -P 4 -C reno";

    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern ROUND_TRIP = Pattern.compile("min/avg/max/mdev = [0-9.]+/([0-9.]+)/");

    private final Settings settings;
    private final Figures figures;
    private final Extent extent;

    /** What this round has measured, by what forwarded and metric. */
    private final Map<String, Map<String, Double>> round = new HashMap<>();

    /**
     * How much is measured.
     *
     * @param seconds of each flow
     * @param omitted seconds of each flow before that, while the emulator's JIT compiler works; at least 1
     * @param pings round trips
     * @param more whether also with delay, without offloads and with a limit
     */
    record Extent(int rounds, int seconds, int omitted, int pings, boolean more) {
        static Extent of(int repeat, boolean quick) {
            return quick ? new Extent(1, 2, 1, 200, false) : new Extent(repeat, 3, 2, 300, true);
        }
    }

    /** When a flow was measured. */
    private record Span(String flow, long fromNanos, long toNanos) {
        /** Whether at least half of the second that ended then was within it, and all of it within the flow. */
        boolean has(long nanos) {
            return nanos >= fromNanos && nanos <= toNanos + SECOND / 2;
        }
    }

    PacketComparison(Settings settings, Figures figures, Extent extent) {
        this.settings = settings;
        this.figures = figures;
        this.extent = extent;
    }

    void run() throws IOException {
        String refusal = PacketRig.refusal();
        if (!refusal.isEmpty()) {
            figures.describe(SECTION, "skipped, " + refusal);
            settings.progress("packet: skipped, " + refusal);
            return;
        }
        Path floor = Command.compiled("packet_floor")
                .orElseThrow(() -> new IllegalStateException("native/packet_floor.c is not here"));
        try (PacketRig rig = PacketRig.make()) {
            for (int i = 0; i < extent.rounds(); i++) {
                settings.progress("packet: bridge, C forwarder, tlem, round " + (i + 1));
                rig.bridge(true);
                measure(rig, BRIDGE, true);
                rig.bridge(false);
                rig.forwarding(
                        List.of(floor.toString(), "left", "right"),
                        "ready",
                        forwarder -> measure(rig, FORWARDER, true));
                emulator(rig, "tlem", true, List.of(BRIDGE, FORWARDER));
                if (extent.more()) {
                    rig.forwarding(
                            List.of(floor.toString(), "left", "right", "10"),
                            "ready",
                            forwarder -> measure(rig, LATE_FORWARDER, false));
                    emulator(rig, "tlem -D 10ms", false, List.of(BRIDGE, LATE_FORWARDER), "-D", "10ms");
                    limited(rig);
                }
                hiccups();
            }
        }
    }

    private void hiccups() {
        Hiccups.Seen ignored = Hiccups.measure(
                settings.machine().forThreads(2), 0, 0, WARM_UP_NANOS); // its JIT compiler takes time away, too
        Hiccups.Seen seen = Hiccups.measure(settings.machine().forThreads(2), 0, 0, settings.nanos());
        Histogram late = seen.late();
        Map<String, String> of = Map.of("of", Timing.HICCUPS);
        figures.add(SECTION, of, "p50", "us", late.getValueAtPercentile(50) / 1e3);
        figures.add(SECTION, of, "p99", "us", late.getValueAtPercentile(99) / 1e3);
        figures.add(SECTION, of, "max", "us", late.getMaxValue() / 1e3);
        figures.add(SECTION, of, "windows beyond 5 %", "%", 100 * seen.shortWindows());
    }

    /** @param others what it is compared with */
    private void emulator(PacketRig rig, String by, boolean atOnce, List<String> others, String... options)
            throws IOException {
        rig.forwarding(tlem(options), STARTED, tlem -> {
            for (Span flow : measure(rig, by, atOnce)) {
                lateness(by + ", late in " + flow.flow(), flow, tlem.lines());
            }
        });
        for (String other : others) {
            Map<String, String> of = Map.of("of", by + " / " + other);
            round.get(by)
                    .forEach((metric, value) -> figures.add(
                            SECTION, of, metric, "", value / round.get(other).get(metric)));
        }
    }

    private static List<String> tlem(String... options) {
        List<String> command =
                new ArrayList<>(Command.tlem(List.of(), "run", "-i", "packet:left", "-i", "packet:right", "--json"));
        command.addAll(List.of(options));
        return command;
    }

    /** The kernel's token bucket and the emulator's bandwidth, with equal queues: the rate says all. */
    private void limited(PacketRig rig) throws IOException {
        rig.bridge(true);
        rig.inMiddle("tc qdisc add dev right root tbf rate 100mbit burst 16kb limit 256kb");
        tcp(rig, "tbf, 100 Mbit/s", TCP);
        rig.inMiddle("tc qdisc delete dev right root");
        rig.bridge(false);
        rig.forwarding(tlem("-B", "100M", "-Q", "256k"), STARTED, tlem -> tcp(rig, "tlem -B 100M", TCP));
        for (Map.Entry<String, Double> limit : LIMITS.entrySet()) {
            String name = limit.getKey();
            double bits = limit.getValue();
            rig.bridge(true);
            // The kernel wants a burst of what passes in one of its ticks at least.
            long burst = (long) Math.max(16_384, bits / 8 / 250);
            rig.inMiddle("tc qdisc add dev right root tbf rate " + (long) bits + "bit burst " + burst + " limit 2mb");
            windows(rig, "tbf, " + name, bits);
            rig.inMiddle("tc qdisc delete dev right root");
            rig.bridge(false);
            rig.forwarding(tlem("-B", name, "-Q", "2M"), STARTED, tlem -> windows(rig, "tlem -B " + name, bits));
        }
    }

    /** How close flows of ten seconds are to the limit: as iperf3 sees it, and in each window of 10 ms behind the link. */
    private void windows(PacketRig rig, String name, double limit) throws IOException {
        rig.awaitReply();
        RateWindows.Packets packets = RateWindows.Packets.USUAL;
        Path capture = Files.createTempFile("tlem-bench", ".pcap");
        try {
            String report = rig.captured(capture, () -> rig.iperf3(LIMIT_SECONDS, extent.omitted(), FLOWS));
            RateWindows rate =
                    RateWindows.of(capture, packets, limit, WINDOW_NANOS, (extent.omitted() + 1) * SECOND, TOLERANCE);
            Map<String, String> of = Map.of("of", name);
            double frames = receivedBitsPerSecond(report)
                    * packets.bytes(packets.headerBytes() + packets.segmentBytes())
                    / packets.segmentBytes();
            figures.add(SECTION, of, "TCP, frames / limit", "", frames / limit);
            figures.add(SECTION, of, "10 ms windows, mean / limit", "", rate.mean() / limit);
            figures.add(SECTION, of, "furthest window", "%", 100 * rate.worst());
            figures.add(SECTION, of, "windows beyond 5 %", "%", 100 * rate.beyond());
        } finally {
            Files.delete(capture);
        }
    }

    /** @param atOnce whether without delay, so that a round trip says something */
    private List<Span> measure(PacketRig rig, String by, boolean atOnce) throws IOException {
        List<Span> flows = List.of(tcp(rig, by, TCP), udp(rig, by));
        if (atOnce) {
            add(by, "ping, mean", "us", pingMicros(rig.ping(extent.pings())));
        }
        if (atOnce && extent.more()) {
            rig.offloads(false);
            tcp(rig, by, "TCP without offloads");
            rig.offloads(true);
        }
        return flows;
    }

    private Span tcp(PacketRig rig, String by, String name) throws IOException {
        return flow(rig, by, name, "Mbit/s", 1e6, "");
    }

    private Span udp(PacketRig rig, String by) throws IOException {
        return flow(rig, by, "UDP", "kpps", 8e3 * DATAGRAM_BYTES, " -u -b 0 -l " + DATAGRAM_BYTES);
    }

    /** @param bits a second that are one of the unit */
    private Span flow(PacketRig rig, String by, String name, String unit, double bits, String options)
            throws IOException {
        rig.awaitReply();
        long from = System.nanoTime() + extent.omitted() * SECOND;
        String report = rig.iperf3(extent.seconds(), extent.omitted(), options);
        Span span = new Span(name, from, System.nanoTime());
        add(by, name, unit, receivedBitsPerSecond(report) / bits);
        return span;
    }

    private void add(String by, String metric, String unit, double value) {
        round.computeIfAbsent(by, key -> new LinkedHashMap<>()).put(metric, value);
        figures.add(SECTION, Map.of("of", by), metric, unit, value);
    }

    /** Of each second in the flow, from the emulator's own report, the later direction. */
    private void lateness(String name, Span flow, List<RunningProgram.Line> lines) throws IOException {
        List<Map<String, Double>> seconds = new ArrayList<>();
        for (RunningProgram.Line line : lines) {
            if (flow.has(line.nanos()) && line.text().contains("\"interval\"")) {
                seconds.add(numbers(line.text()));
            }
        }
        if (seconds.isEmpty()) {
            throw new IllegalStateException("tlem has reported nothing during " + flow.flow());
        }
        Map<String, String> of = Map.of("of", name);
        late(of, "p50", seconds, "p50", Figure::median);
        late(of, "p99", seconds, "p99", Figure::median);
        late(of, "p99, worst second", seconds, "p99", Figure::max);
        late(of, "max", seconds, "max", Figure::max);
    }

    private void late(
            Map<String, String> of,
            String metric,
            List<Map<String, Double>> seconds,
            String key,
            ToDoubleFunction<Figure> what) {
        List<Double> values = seconds.stream()
                .map(second -> Math.max(lateness(second, 0, key), lateness(second, 1, key)))
                .toList();
        figures.add(SECTION, of, metric, "us", what.applyAsDouble(new Figure(SECTION, of, metric, "us", values)) / 1e3);
    }

    /** 0 in a direction without packets. */
    private static double lateness(Map<String, Double> second, int direction, String key) {
        return second.getOrDefault("/directions/" + direction + "/lateness_ns/" + key, 0.0);
    }

    /** What iperf3's report says that the other end has got of the payload. */
    static double receivedBitsPerSecond(String report) throws IOException {
        Double bits = numbers(report).get("/end/sum_received/bits_per_second");
        if (bits == null) {
            throw new IllegalStateException("iperf3's report is not understood: " + report);
        }
        return bits;
    }

    static double pingMicros(String report) {
        Matcher roundTrip = ROUND_TRIP.matcher(report);
        if (!roundTrip.find()) {
            throw new IllegalStateException("ping's report is not understood: " + report);
        }
        return 1000 * Double.parseDouble(roundTrip.group(1));
    }

    /** The numbers of a JSON text, by their JSON pointers. */
    static Map<String, Double> numbers(String text) throws IOException {
        Map<String, Double> numbers = new HashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isNumeric()) {
                    numbers.put(json.getParsingContext().pathAsPointer().toString(), json.getDoubleValue());
                }
            }
        }
        return numbers;
    }
}
