package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The emulator as a router between two subnets:
 *
 * <pre>
 *  left            middle: the emulator          right                      far
 *  10.81.1.2 ───── 10.81.1.1  10.81.2.1 ───────── 10.81.2.2  10.81.3.1 ───── 10.81.3.2
 * </pre>
 *
 * The kernel of the middle answers no ARP and forwards nothing. Right is a router too, the gateway to far.
 */
@Tag("privileged")
class RouteTest {
    private static final String PREFIX = "tlemroute-" + ProcessHandle.current().pid() + "-";
    private static final Pattern MAC = Pattern.compile("link/ether ([0-9a-f:]{17})");

    private final Namespace left = new Namespace(PREFIX + "left");
    private final Namespace middle = new Namespace(PREFIX + "middle");
    private final Namespace right = new Namespace(PREFIX + "right");
    private final Namespace far = new Namespace(PREFIX + "far");
    private Program emulator;

    @BeforeEach
    void build() {
        Privileged.root();
        Privileged.tool("ip", "ping", "iperf3", "tcpdump");
        for (Namespace namespace : List.of(left, middle, right, far)) {
            Namespace.create(namespace.name());
            namespace.ip("link", "set", "lo", "up");
        }
        join(left, "end0", "10.81.1.2/24", middle, "left", "10.81.1.1/24");
        join(right, "end0", "10.81.2.2/24", middle, "right", "10.81.2.1/24");
        join(far, "end0", "10.81.3.2/24", right, "far", "10.81.3.1/24");
        left.ip("route", "add", "default", "via", "10.81.1.1");
        right.ip("route", "add", "10.81.1.0/24", "via", "10.81.2.1");
        far.ip("route", "add", "default", "via", "10.81.3.1");
        set(right, "net/ipv4/ip_forward", "1");
        for (String device : List.of("left", "right")) {
            set(middle, "net/ipv4/conf/" + device + "/arp_ignore", "8");
        }
    }

    private static void join(
            Namespace one, String device, String address, Namespace other, String otherDevice, String otherAddress) {
        one.ip("link", "add", device, "type", "veth", "peer", "name", otherDevice, "netns", other.name());
        one.ip("address", "add", address, "dev", device);
        other.ip("address", "add", otherAddress, "dev", otherDevice);
        one.ip("link", "set", device, "up");
        other.ip("link", "set", otherDevice, "up");
    }

    private static void set(Namespace namespace, String variable, String value) {
        Program.output(
                "ip", "netns", "exec", namespace.name(), "sh", "-c", "echo " + value + " >/proc/sys/" + variable);
    }

    @AfterEach
    void remove() {
        if (emulator != null) {
            emulator.close();
        }
        List.of(left, middle, right, far).forEach(Namespace::delete);
    }

    private void start(String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("run", "-r", "-i", "packet:left", "-i", "packet:right", "--json", "--warm-up", "0"));
        arguments.addAll(List.of(options));
        emulator = Program.start(
                middle.command(Program.java("io.tlem.cli.Main", List.of("-Xms64m", "-Xmx256m"), arguments)));
        Await.until(
                "the emulator runs: " + emulator,
                Duration.ofSeconds(30),
                () -> !emulator.running() || emulator.out().lines().findAny().isPresent());
        assertTrue(emulator.running(), () -> emulator.toString());
    }

    private EmulatorReport stop() {
        emulator.interrupt();
        Program.Result result = emulator.await(Duration.ofSeconds(20));
        assertEquals(0, result.status(), () -> emulator.toString());
        return EmulatorReport.parse(result.out());
    }

    private static String mac(Namespace namespace, String device) {
        Matcher matcher = MAC.matcher(namespace.ip("link", "show", "dev", device));
        assertTrue(matcher.find());
        return matcher.group(1);
    }

    @Test
    void interfacesWithoutAddresses() {
        EmulatedNetwork.require();
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            Program.Result result = Program.run(
                    Duration.ofSeconds(60),
                    network.middle()
                            .command(Program.java(
                                    "io.tlem.cli.Main",
                                    List.of(),
                                    List.of("run", "-r", "-i", "packet:left", "-i", "packet:right"))));
            assertEquals(2, result.status(), result.toString());
            assertEquals(1, result.err().lines().count(), result.toString());
            assertTrue(result.err().contains("no interface left with an address"), result.err());
            assertTrue(result.err().contains("--address"), result.err());
        }
    }

    @Test
    void stationsOfTwoSubnetsReachEachOther() throws Exception {
        start("-D", "5ms");
        double[] times = Ping.sortedMillis(left, "10.81.2.2", 30);
        System.out.println("ping through the router, 5 ms each way: " + Ping.describe(times));
        assertTrue(times[0] >= 10, "5 ms each way: " + Ping.describe(times));
        Ping.sortedMillis(right, "10.81.1.2", 10);

        String neighbour = left.ip("neighbour", "show", "10.81.1.1");
        assertTrue(neighbour.contains(mac(middle, "left")), neighbour);
        neighbour = right.ip("neighbour", "show", "10.81.2.1");
        assertTrue(neighbour.contains(mac(middle, "right")), neighbour);

        // The router has learned the stations' addresses: nothing is broadcast any more.
        Program capture = right.start("tcpdump", "-i", "end0", "-n", "-e", "-l", "-c", "10", "icmp[icmptype] == 8");
        Await.until(
                "tcpdump listens", Duration.ofSeconds(10), () -> capture.err().contains("listening"));
        Ping.sortedMillis(left, "10.81.2.2", 10);
        String frames = capture.await(Duration.ofSeconds(10)).succeeded();
        capture.close();
        assertEquals(10, frames.lines().count(), frames);
        assertTrue(
                frames.lines().allMatch(line -> line.contains(mac(middle, "right") + " > " + mac(right, "end0"))),
                frames);

        try (Program server = right.start("iperf3", "-s", "-1", "--forceflush")) {
            server.awaitOutput("Server listening", Duration.ofSeconds(10));
            Program.Result client = left.run(Duration.ofSeconds(30), "iperf3", "-c", "10.81.2.2", "-t", "3", "--json");
            double megabits = Json.parse(client.succeeded())
                            .get("end")
                            .get("sum_received", "bits_per_second")
                            .decimal()
                    / 1e6;
            System.out.printf("TCP through the router: %.0f Mbit/s%n", megabits);
            assertTrue(megabits > 1, megabits + " Mbit/s");
        }
        EmulatorReport report = stop();
        assertTrue(report.leftToRight().filtered("arp") > 0, report.toString());
        assertTrue(report.rightToLeft().filtered("arp") > 0, report.toString());
    }

    @Test
    void aGatewayTakesWhatIsForNeitherSubnet() {
        start("-G", "10.81.2.2");
        // Until the gateway's address is known, packets are broadcast, and Linux does not forward those.
        left.run(Duration.ofSeconds(10), "ping", "-n", "-c", "1", "-W", "1", "10.81.3.2");
        Ping.sortedMillis(left, "10.81.3.2", 10);
        assertFalse(right.ip("neighbour", "show", "10.81.2.1").isBlank());
        stop();
    }

    /** Frames of 14 bytes arrive, in which nothing but the Ethernet addresses is left, and these are right. */
    @Test
    void whatTheLinkCutsOffAndChangesIsDeliveredToItsStation() throws Exception {
        start("--truncate", "1,14", "--truncate", "none", "--corrupt", "1,100", "--corrupt", "none");
        right.run(Duration.ofSeconds(5), "ping", "-n", "-c", "1", "-W", "1", "10.81.1.2"); // makes it known
        Program capture = right.start("tcpdump", "-i", "end0", "-n", "-e", "-l", "-c", "20", "less", "14");
        Await.until(
                "tcpdump listens", Duration.ofSeconds(10), () -> capture.err().contains("listening"));
        left.run(Duration.ofSeconds(10), "ping", "-n", "-c", "20", "-i", "0.01", "-W", "1", "10.81.2.2");
        String frames = capture.await(Duration.ofSeconds(10)).succeeded();
        capture.close();
        assertEquals(20, frames.lines().count(), frames);
        assertTrue(
                frames.lines().allMatch(line -> line.contains(mac(middle, "right") + " > " + mac(right, "end0"))),
                frames);
        stop();
    }

    @Test
    void withoutAGatewayItIsDroppedAndCounted() {
        start();
        Program.Result ping =
                left.run(Duration.ofSeconds(20), "ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", "10.81.3.2");
        assertEquals(1, ping.status(), ping.toString());
        EmulatorReport report = stop();
        assertEquals(3, report.leftToRight().filtered("no-route"), report.toString());
    }

    @Test
    void mistakesAreOneLine() {
        refused("is no other station", "-G", "10.99.0.1");
        refused("in one subnet", "--address", "10.81.1.1/24", "--address", "10.81.1.9/24");
        refused("is not an address with a prefix", "--address", "10.81.1.1", "--address", "-");
    }

    private void refused(String part, String... options) {
        List<String> arguments = new ArrayList<>(List.of("run", "-r", "-i", "packet:left", "-i", "packet:right"));
        arguments.addAll(List.of(options));
        Program.Result result = Program.run(
                Duration.ofSeconds(30), middle.command(Program.java("io.tlem.cli.Main", List.of(), arguments)));
        assertEquals(2, result.status(), result.toString());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(part), result.err());
    }
}
