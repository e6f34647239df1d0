package io.tlem.bench;

import io.tlem.os.SystemThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Two network namespaces whose veth pairs end in a third, where something forwards between them, and what measures it.
 *
 * <pre>
 *   left                    middle                right
 *   end0 =========== left ?       ? right ======= end0
 *   10.77.0.1/24                                  10.77.0.2/24
 * </pre>
 *
 * <p>The namespaces, and whatever runs in them, are gone when it is closed or this process ends, however that comes.
 */
final class PacketRig implements AutoCloseable {
    private static final List<String> TOOLS = List.of("ip", "tc", "iperf3", "ping", "ethtool", "tcpdump", "cc");
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final String LEFT_ADDRESS = "10.77.0.1";
    private static final String RIGHT_ADDRESS = "10.77.0.2";
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final String REPLY_SECONDS = "10";

    /** So that windows are large enough for 10 ms each way: the default ends at 6 MB or less. */
    private static final String WINDOWS =
            "for i in rmem wmem; do echo '4096 131072 134217728' >/proc/sys/net/ipv4/tcp_$i; done";

    private final String prefix = "tlembench" + ProcessHandle.current().pid();
    private final String left = prefix + "-left";
    private final String middle = prefix + "-middle";
    private final String right = prefix + "-right";
    private final Thread atExit = new Thread(this::remove);
    private boolean removed;

    /** What is done while something forwards. */
    interface Measurement {
        void run(RunningProgram forwarder) throws IOException;
    }

    private PacketRig() {}

    /** Why there can be none here, empty where there can. */
    static String refusal() {
        List<String> lacking =
                TOOLS.stream().filter(tool -> Command.find(tool).isEmpty()).toList();
        return !SystemThreads.isRoot()
                ? "needs root"
                : lacking.isEmpty() ? "" : "not found: " + String.join(", ", lacking);
    }

    static PacketRig make() {
        PacketRig rig = new PacketRig();
        Runtime.getRuntime().addShutdownHook(rig.atExit);
        try {
            rig.makeNetwork();
            return rig;
        } catch (RuntimeException e) {
            rig.close();
            throw e;
        }
    }

    private synchronized void makeNetwork() {
        for (String namespace : List.of(middle, left, right)) {
            if (removed) {
                throw new IllegalStateException("ended");
            }
            Command.output("ip", "netns", "add", namespace);
        }
        addEnd(left, "left", LEFT_ADDRESS);
        addEnd(right, "right", RIGHT_ADDRESS);
        ip(middle, "link add bridge type bridge");
        ip(middle, "link set bridge up");
    }

    private void addEnd(String end, String inner, String address) {
        ip(end, "link add end0 type veth peer name " + inner + " netns " + middle);
        ip(end, "address add " + address + "/24 dev end0");
        ip(middle, "link set " + inner + " up");
        ip(end, "link set end0 up");
        Command.output(within(end, List.of("sh", "-c", WINDOWS)));
    }

    private static void ip(String namespace, String command) {
        Command.output(joined("ip -n " + namespace, words(command)));
    }

    private static List<String> within(String namespace, String command) {
        return within(namespace, words(command));
    }

    private static List<String> within(String namespace, List<String> command) {
        return joined("ip netns exec " + namespace, command);
    }

    private static List<String> joined(String first, List<String> rest) {
        return Stream.concat(words(first).stream(), rest.stream()).toList();
    }

    private static List<String> words(String command) {
        return List.of(command.split(" ", -1));
    }

    /** Whether the kernel's bridge forwards. */
    void bridge(boolean on) {
        for (String port : List.of("left", "right")) {
            ip(middle, "link set " + port + (on ? " master bridge" : " nomaster"));
        }
    }

    /** Runs a command in the middle. */
    void inMiddle(String command) {
        Command.output(within(middle, command));
    }

    /** Runs what forwards, and does something once it has said that it does. */
    void forwarding(List<String> command, String ready, Measurement measurement) throws IOException {
        try (RunningProgram forwarder = new RunningProgram(within(middle, command))) {
            forwarder.await(ready, START_LIMIT);
            measurement.run(forwarder);
        }
    }

    /** Returns when the ends reach each other. */
    void awaitReply() {
        Command.output(within(left, "ping -n -q -c 1 -i 0.2 -w " + REPLY_SECONDS + " " + RIGHT_ADDRESS));
    }

    /** Whether segmentation is left to what forwards, as is usual on veth. */
    void offloads(boolean on) {
        String state = on ? "on" : "off";
        for (String end : List.of(left, right)) {
            Command.output(within(end, "ethtool -K end0 tso " + state + " gso " + state + " gro " + state));
        }
    }

    /** What iperf3 says of sending from left to right, as JSON. */
    String iperf3(int seconds, int omitted, String options) {
        try (RunningProgram server = new RunningProgram(within(right, "iperf3 -s -1 --forceflush"))) {
            server.await("Server listening", START_LIMIT);
            String client = "iperf3 -c " + RIGHT_ADDRESS + " -J -t " + seconds + " -O " + omitted + options;
            return Command.output(Duration.ofSeconds(seconds + omitted).plus(START_LIMIT), within(left, client));
        }
    }

    /** Captures the beginnings of the TCP packets that come to the right end, while something is done. */
    String captured(Path file, Supplier<String> during) {
        String command = "tcpdump -Z root -n -i end0 -s 66 -B 65536 --time-stamp-precision=nano -w " + file
                + " tcp and dst host " + RIGHT_ADDRESS;
        try (RunningProgram capture = new RunningProgram(within(right, command))) {
            capture.await("listening on", START_LIMIT);
            return during.get();
        }
    }

    /** What ping says of so many round trips. */
    String ping(int count) {
        return Command.output(
                within(left, "ping -n -q -c " + count + " -i 0.002 -w " + REPLY_SECONDS + " " + RIGHT_ADDRESS));
    }

    @Override
    public void close() {
        remove();
        try {
            boolean ignored = Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This process is ending, and the hook finds nothing left.
        }
    }

    private synchronized void remove() {
        removed = true;
        for (String namespace : List.of(left, middle, right)) {
            if (Files.exists(NAMESPACES.resolve(namespace))) {
                end(namespace);
                Command.outputAtExit("ip", "netns", "delete", namespace);
            }
        }
    }

    /** Ends what still runs there: nothing, unless this process is ended meanwhile. */
    private static void end(String namespace) {
        Command.outputAtExit("ip", "netns", "pids", namespace)
                .lines()
                .map(Long::valueOf)
                .map(ProcessHandle::of)
                .flatMap(Optional::stream)
                .forEach(program -> {
                    boolean ignored = program.destroy();
                    try {
                        program.onExit().get(5, TimeUnit.SECONDS);
                    } catch (TimeoutException | ExecutionException e) {
                        ignored = program.destroyForcibly();
                    } catch (InterruptedException e) {
                        ignored = program.destroyForcibly();
                        Thread.currentThread().interrupt();
                    }
                });
    }
}
