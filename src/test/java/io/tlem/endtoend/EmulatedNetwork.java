package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two network namespaces and an emulator in a third, which joins them.
 *
 * <pre>
 *   left               emulator's                right
 *   end0 ============ left    right ============ end0
 *   10.77.0.1/24        |______|                 10.77.0.2/24
 *   fd77::1/64           tlem run                fd77::2/64
 * </pre>
 *
 * <p>The veth pairs keep their default offloads. Where the ports are interfaces of the emulator's own, end0 is that interface, taken
 * from where the emulator runs once it has made it. The emulator's namespace has no addresses and no IPv6, so that nothing
 * but the two ends sends. However a test ends, {@link #close()} removes everything.
 */
final class EmulatedNetwork implements AutoCloseable {
    static final String LEFT4 = "10.77.0.1";
    static final String RIGHT4 = "10.77.0.2";
    static final String LEFT6 = "fd77::1";
    static final String RIGHT6 = "fd77::2";
    static final String DEVICE = "end0";

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    private final Namespace left;
    private final Namespace right;
    private final Namespace middle;
    private final String kind;
    private Program emulator;

    private EmulatedNetwork(String kind, Namespace left, Namespace right, Namespace middle) {
        this.kind = kind;
        this.left = left;
        this.right = right;
        this.middle = middle;
    }

    /** Skips the test where there can be no such network. */
    static void require(String... tools) {
        Privileged.root();
        Privileged.tool("ip");
        Privileged.tool(tools);
    }

    /** The network with nothing that joins it yet. */
    static EmulatedNetwork unjoined() {
        return unjoined("packet");
    }

    /** As the other, for ports of a kind: packet, xdp, tap or tun. */
    static EmulatedNetwork unjoined(String kind) {
        String prefix = "tlemtest-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-";
        EmulatedNetwork network = new EmulatedNetwork(
                kind,
                new Namespace(prefix + "left"),
                new Namespace(prefix + "right"),
                new Namespace(prefix + "middle"));
        try {
            Namespace.create(network.middle.name());
            Program.output(
                    "ip",
                    "netns",
                    "exec",
                    network.middle.name(),
                    "sh",
                    "-c",
                    "for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
            Namespace.create(network.left.name());
            Namespace.create(network.right.name());
            if (!network.makesInterfaces()) {
                for (Namespace end : List.of(network.left, network.right)) {
                    String inner = network.inner(end);
                    end.ip(
                            "link",
                            "add",
                            DEVICE,
                            "type",
                            "veth",
                            "peer",
                            "name",
                            inner,
                            "netns",
                            network.middle.name());
                    network.middle.ip("link", "set", inner, "up");
                }
                network.setUp();
            }
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private boolean makesInterfaces() {
        return kind.equals("tap") || kind.equals("tun");
    }

    private String inner(Namespace end) {
        return end.equals(left) ? "left" : "right";
    }

    private void setUp() {
        setUp(left, LEFT4, LEFT6);
        setUp(right, RIGHT4, RIGHT6);
    }

    private static void setUp(Namespace end, String address4, String address6) {
        // What IPv6 sends of its own accord on a new interface is over before the emulator opens its ports, and counts
        // as
        // missed by none.
        end.run(
                        START_LIMIT,
                        "sh",
                        "-c",
                        "cd /proc/sys/net/ipv6/conf/" + DEVICE
                                + " && echo 0 >router_solicitations && echo 0 >accept_dad"
                                + " && echo 1 >mldv1_unsolicited_report_interval"
                                + " && echo 1 >mldv2_unsolicited_report_interval")
                .succeeded();
        end.ip("address", "add", address4 + "/24", "dev", DEVICE);
        end.ip("address", "add", address6 + "/64", "dev", DEVICE, "nodad");
        end.ip("link", "set", "lo", "up");
        end.ip("link", "set", DEVICE, "up");
    }

    /** The network, joined by an emulator with these options. */
    static EmulatedNetwork start(String... options) {
        return startOf("packet", options);
    }

    /** As the other, with ports of a kind. */
    static EmulatedNetwork startOf(String kind, String... options) {
        EmulatedNetwork network = unjoined(kind);
        try {
            network.join(options);
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    /** Starts the emulator, and returns when its link runs. */
    void join(String... options) {
        List<String> arguments = new ArrayList<>(List.of("run", "-i", kind + ":left", "-i", kind + ":right", "--json"));
        arguments.addAll(List.of(options));
        emulator = Program.start(
                middle.command(Program.java("io.tlem.cli.Main", List.of("-Xms64m", "-Xmx256m"), arguments)));
        Await.until(
                "both ports open: " + emulator,
                START_LIMIT,
                () -> !emulator.running() || (isOpen("left") && isOpen("right")));
        // The stages start a little after the ports have opened; until then packets wait in the ports' rings.
        Await.until(
                "the first line: " + emulator,
                START_LIMIT,
                () -> !emulator.running() || emulator.out().lines().findAny().isPresent());
        if (!emulator.running()) {
            throw new AssertionError("the emulator has ended: " + emulator);
        }
        if (makesInterfaces()) {
            for (Namespace end : List.of(left, right)) {
                middle.ip("link", "set", inner(end), "netns", end.name(), "name", DEVICE);
            }
            setUp();
        }
    }

    private boolean isOpen(String inner) {
        return makesInterfaces() ? middle.ip("link").contains(inner + ":") : middle.promiscuity(inner) > 0;
    }

    Namespace left() {
        return left;
    }

    Namespace right() {
        return right;
    }

    /** Where the emulator runs. */
    Namespace middle() {
        return middle;
    }

    Program emulator() {
        return emulator;
    }

    /**
     * Stops the emulator with SIGINT and checks what holds for every run: it ends well, every packet is accounted for, and
     * the interfaces are as they were.
     */
    EmulatorReport stop() {
        emulator.interrupt();
        Program.Result result = emulator.await(STOP_LIMIT);
        assertEquals(0, result.status(), () -> emulator.toString());
        EmulatorReport report = EmulatorReport.parse(result.out());
        if (makesInterfaces()) {
            assertFalse(left.ip("link").contains(DEVICE));
            assertFalse(right.ip("link").contains(DEVICE));
        } else {
            assertEquals(0, middle.promiscuity("left"));
            assertEquals(0, middle.promiscuity("right"));
        }
        return report;
    }

    @Override
    public void close() {
        if (emulator != null) {
            emulator.close();
        }
        List.of(left, right, middle).forEach(Namespace::delete);
    }
}
