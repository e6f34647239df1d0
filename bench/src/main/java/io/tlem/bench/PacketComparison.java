package io.tlem.bench;

import io.tlem.os.SystemThreads;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code packet:} ports against the kernel: two network namespaces whose veth pairs end in a third, joined there by a
 * bridge and by the emulator in turn; and the kernel's token bucket against the emulator's bandwidth.
 */
final class PacketComparison {
    private static final String SECTION = "packet";
    private static final String LIMIT = "100 Mbit/s";
    private static final String ADDRESS = "10.77.0.2";
    private static final List<String> TOOLS = List.of("ip", "tc", "iperf3", "ping", "ethtool");

    private final Settings settings;
    private final Figures figures;
    private final int seconds;
    private final int rounds;
    private final String prefix = "tlembench" + ProcessHandle.current().pid();
    private final String left = prefix + "-left";
    private final String middle = prefix + "-middle";
    private final String right = prefix + "-right";

    PacketComparison(Settings settings, Figures figures, boolean quick) {
        this.settings = settings;
        this.figures = figures;
        this.seconds = quick ? 1 : 3;
        this.rounds = Math.min(settings.repeat(), quick ? 2 : 3);
    }

    void run() throws IOException {
        List<String> lacking =
                TOOLS.stream().filter(tool -> Command.find(tool).isEmpty()).toList();
        if (!SystemThreads.isRoot() || !lacking.isEmpty()) {
            String reason = SystemThreads.isRoot() ? "not found: " + lacking : "needs root";
            figures.describe(SECTION, "skipped, " + reason);
            settings.progress("packet: skipped, " + reason);
            return;
        }
        Process server = null;
        try {
            makeNetwork();
            server = Command.start(within(right, "iperf3", "-s"));
            LockSupport.parkNanos(500_000_000);
            for (int round = 0; round < rounds; round++) {
                settings.progress("packet: bridge and tbf, then the emulator");
                kernel();
                emulator("no limit");
                emulator(LIMIT, "-B", "100M", "-Q", "256k");
            }
        } finally {
            if (server != null) {
                Command.end(server);
            }
            removeNetwork();
        }
    }

    private static List<String> within(String namespace, String... command) {
        return Stream.concat(Stream.of("ip", "netns", "exec", namespace), Stream.of(command))
                .toList();
    }

    private static void ip(String namespace, String command) {
        Command.output(Stream.concat(Stream.of("ip", "-n", namespace), Stream.of(command.split(" ", -1)))
                .toList());
    }

    private void makeNetwork() {
        for (String namespace : List.of(left, middle, right)) {
            Command.output("ip", "netns", "add", namespace);
        }
        addEnd(left, "left", "10.77.0.1");
        addEnd(right, "right", ADDRESS);
        ip(middle, "link add bridge type bridge");
        ip(middle, "link set bridge up");
    }

    private void addEnd(String end, String inner, String address) {
        ip(end, "link add end0 type veth peer name " + inner + " netns " + middle);
        ip(end, "address add " + address + "/24 dev end0");
        ip(middle, "link set " + inner + " up");
        ip(end, "link set end0 up");
    }

    private void removeNetwork() {
        for (String namespace : List.of(left, middle, right)) {
            try {
                Command.output("ip", "netns", "delete", namespace);
            } catch (IllegalStateException e) {
                settings.progress(e.getMessage());
            }
        }
    }

    private void kernel() {
        ip(middle, "link set left master bridge");
        ip(middle, "link set right master bridge");
        measure("kernel", "no limit");
        Command.output(within(
                middle, "tc", "qdisc", "add", "dev", "right", "root", "tbf", "rate", "100mbit", "burst", "16kb",
                "limit", "256kb"));
        measure("kernel", LIMIT);
        Command.output(within(middle, "tc", "qdisc", "delete", "dev", "right", "root"));
        ip(middle, "link set left nomaster");
        ip(middle, "link set right nomaster");
    }

    private void emulator(String limit, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", middle));
        command.addAll(Command.tlem(List.of(), "run", "-i", "packet:left", "-i", "packet:right", "--json"));
        command.addAll(List.of(options));
        Process process = Command.start(command);
        try (BufferedReader out = process.inputReader()) {
            Footprint.awaitReport(out, command);
            measure("tlem", limit);
        } finally {
            Command.end(process);
        }
    }

    private void measure(String by, String limit) {
        Map<String, String> of = new LinkedHashMap<>();
        of.put("limit", limit);
        of.put("forwarded by", by);
        figures.add(SECTION, of, "TCP", "Mbit/s", tcp() / 1e6);
        if (limit.equals(LIMIT)) {
            return; // the rate says all
        }
        offloads("off");
        figures.add(SECTION, of, "TCP without offloads", "Mbit/s", tcp() / 1e6);
        offloads("on");
        figures.add(SECTION, of, "ping, mean", "us", pingMicros());
    }

    private void offloads(String state) {
        for (String end : List.of(left, right)) {
            Command.output(within(end, "ethtool", "-K", "end0", "tso", state, "gso", state, "gro", state));
        }
    }

    /** Bits a second that the receiver got. */
    private double tcp() {
        String report = Command.output(within(left, "iperf3", "-c", ADDRESS, "-t", Integer.toString(seconds), "-J"));
        return number(report, "(?s)\"sum_received\":\\s*\\{.*?\"bits_per_second\":\\s*([0-9.e+]+)");
    }

    private double pingMicros() {
        String report = Command.output(within(left, "ping", "-n", "-q", "-c", "100", "-i", "0.002", ADDRESS));
        return 1000 * number(report, "min/avg/max/mdev = [0-9.]+/([0-9.]+)/");
    }

    private static double number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("not understood: " + text);
        }
        return Double.parseDouble(matcher.group(1));
    }
}
