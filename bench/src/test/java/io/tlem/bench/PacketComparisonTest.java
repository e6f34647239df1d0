package io.tlem.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the comparison reads what programs say, measures all it should, and leaves nothing behind. Not how fast anything is. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PacketComparisonTest {
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final long START_LIMIT_NANOS = 30_000_000_000L;

    /** Of a flood of datagrams, of which some were lost; shortened. */
    private static final String IPERF3 = """
            {
            	"start":	{
            		"test_start":	{"protocol": "UDP", "blksize": 64, "omit": 1}
            	},
            	"intervals":	[{
            			"streams":	[{"socket": 5, "bits_per_second": 999269.141186292, "omitted": true}],
            			"sum":	{"bits_per_second": 999269.141186292, "packets": 1952, "omitted": true}
            		}],
            	"end":	{
            		"sum":	{"seconds": 1.000111, "bits_per_second": 999960.9990249757, "lost_packets": 20},
            		"sum_sent":	{"seconds": 0.999975, "bits_per_second": 999960.9990249757, "packets": 1953},
            		"sum_received":	{
            			"start":	0,
            			"end":	1.000111,
            			"seconds":	1.000111,
            			"bytes":	123712,
            			"bits_per_second":	989586.155936691,
            			"lost_packets":	20,
            			"packets":	1953,
            			"sender":	false
            		},
            		"cpu_utilization_percent":	{"host_total": 4.5454704418521814}
            	}
            }
            """;

    private static final String PING = """
            PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.

            --- 127.0.0.1 ping statistics ---
            5 packets transmitted, 5 received, 0% packet loss, time 15ms
            rtt min/avg/max/mdev = 0.022/0.058/0.129/0.039 ms
            """;

    @Test
    void whatTheProgramsReportIsRead() throws IOException {
        assertEquals(989586.155936691, PacketComparison.receivedBitsPerSecond(IPERF3));
        assertEquals(58, PacketComparison.pingMicros(PING), 1e-9);
        assertThrows(
                IllegalStateException.class, () -> PacketComparison.receivedBitsPerSecond("{\"error\": \"busy\"}"));
        assertThrows(IllegalStateException.class, () -> PacketComparison.pingMicros(PING.replaceFirst("rtt .*", "")));
    }

    @Test
    void numbersOfAReportHaveTheirPlaces() throws IOException {
        assertEquals(
                Map.of("/seconds", 1.5, "/directions/0/late/p99", 7.0, "/directions/1/late/p99", 9.0),
                PacketComparison.numbers("{\"type\":\"interval\",\"seconds\":1.5,"
                        + "\"directions\":[{\"late\":{\"p99\":7}},{\"late\":{\"p99\":9}}]}"));
    }

    @Test
    @Tag("privileged")
    void allIsMeasuredInEachRound() throws IOException {
        requireRig();
        Figures figures = new Figures();
        Settings settings = new Settings(1, 1, 50_000_000, Threads.ofMachine(), true);
        new PacketComparison(settings, figures, new PacketComparison.Extent(1, 1, 0, 20, false)).run();
        for (String by : List.of("bridge", "C forwarder", "tlem", "tlem / bridge", "tlem / C forwarder")) {
            assertEquals(Set.of("TCP", "UDP", "ping, mean"), metrics(figures, by), by);
        }
        for (String flow : List.of("tlem, late in TCP", "tlem, late in UDP")) {
            assertEquals(Set.of("p50", "p99", "p99, worst second", "max"), metrics(figures, flow), flow);
        }
        assertEquals(Set.of("p50", "p99", "max", "windows beyond 5 %"), metrics(figures, "hiccups"));
        assertTrue(value(figures, "C forwarder", "UDP") > 0 && value(figures, "tlem", "ping, mean") > 0);
        assertEquals(
                value(figures, "tlem", "TCP") / value(figures, "bridge", "TCP"),
                value(figures, "tlem / bridge", "TCP"));
        assertEquals(List.of(), namespacesOf(ProcessHandle.current().pid()));
    }

    /** In the midst of a flow, when there are namespaces and programs in them. */
    @Test
    @Tag("privileged")
    void whoeverIsInterruptedLeavesNothing() throws Exception {
        requireRig();
        Process bench = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.tlem.bench.Bench",
                        "--only",
                        "packet",
                        "--seconds",
                        "0.01")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            long deadline = System.nanoTime() + START_LIMIT_NANOS;
            List<ProcessHandle> programs = List.of();
            while (programs.stream().filter(PacketComparisonTest::isIperf3).count() < 2) { // a server and a client
                assertTrue(bench.isAlive() && System.nanoTime() < deadline, "no flow: " + programs);
                LockSupport.parkNanos(10_000_000);
                programs = bench.descendants().toList();
            }
            assertEquals(3, namespacesOf(bench.pid()).size());
            bench.destroy();
            assertTrue(bench.waitFor(20, TimeUnit.SECONDS));
            assertEquals(List.of(), namespacesOf(bench.pid()));
            assertFalse(programs.stream().anyMatch(ProcessHandle::isAlive), programs::toString);
        } finally {
            bench.destroyForcibly();
        }
    }

    private static boolean isIperf3(ProcessHandle program) {
        return program.info().command().orElse("").endsWith("/iperf3");
    }

    /** Skips the test where there is no root or a tool is missing; fails it in CI. */
    private static void requireRig() {
        String refusal = PacketRig.refusal();
        if (!refusal.isEmpty()) {
            assertNotEquals("1", System.getenv("TLEM_REQUIRE_PRIVILEGED"), refusal);
            assumeTrue(false, refusal);
        }
    }

    private static Set<String> metrics(Figures figures, String of) {
        return figures.all().stream()
                .filter(figure -> of.equals(figure.of().get("of")))
                .map(Figure::metric)
                .collect(Collectors.toSet());
    }

    private static double value(Figures figures, String of, String metric) {
        return figures.all().stream()
                .filter(figure -> of.equals(figure.of().get("of")) && metric.equals(figure.metric()))
                .findFirst()
                .orElseThrow()
                .median();
    }

    private static List<String> namespacesOf(long process) throws IOException {
        if (!Files.exists(NAMESPACES)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(NAMESPACES)) {
            return names.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("tlembench" + process + "-"))
                    .toList();
        }
    }
}
