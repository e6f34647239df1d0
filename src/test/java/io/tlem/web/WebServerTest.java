package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics.BucketSpan;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics.Histogram;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics.MetricFamily;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics.MetricType;
import io.tlem.impair.Role;
import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.spec.HttpAddress;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.testing.Await;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is answered by HTTP and who is not, and what comes of it. */
@Timeout(60)
class WebServerTest {
    private static final String LINK = "/api/v1/link";
    private static final String TOKEN = "a-token-of-some-length";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private static int status(Client client, String... headers) throws IOException {
        return client.get(LINK, headers).status();
    }

    @Test
    void pagesOfOtherSitesAreRefused() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            Client client = served.client;
            for (String host :
                    List.of("localhost", "LOCALHOST:1", "127.0.0.1:" + client.port(), "127.9.9.9", "[::1]:5")) {
                assertEquals(200, status(client, "Host: " + host), host);
            }
            for (String host : List.of(
                    "attacker.example",
                    "localhost.attacker.example",
                    "attacker.example:" + client.port(),
                    "192.0.2.1",
                    "[2001:db8::1]",
                    "[::1",
                    "127.0.0.1.attacker.example",
                    "256.0.0.1",
                    "")) {
                assertEquals(403, status(client, "Host: " + host), host);
            }
            String own = "Host: localhost:" + client.port();
            assertEquals(200, status(client, own, "Origin: http://localhost:" + client.port()));
            for (String origin : List.of(
                    "http://localhost:1", "https://localhost:" + client.port(), "http://attacker.example", "null")) {
                Client.Answer answer =
                        client.json("PATCH", LINK, "{\"both\":{\"delay\":\"9ms\"}}", own, "Origin: " + origin);
                assertEquals(403, answer.status(), origin);
                assertFalse(answer.headers().containsKey("access-control-allow-origin"));
            }
            assertEquals(403, status(client, "Sec-Fetch-Site: cross-site"));
            assertEquals(200, status(client, "Sec-Fetch-Site: same-origin"));
            // What a form of another site could send without asking.
            assertEquals(
                    415,
                    client.ask("PUT", LINK, "{}", "Content-Type: text/plain").status());
            assertEquals(405, client.ask("OPTIONS", LINK, "").status());
            assertEquals(ServedLink.spec().conclude(), served.link.spec());
        }
    }

    @Test
    void whereATokenIsNeededNothingIsToldWithoutIt() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude(), TOKEN)) {
            assertEquals(200, served.client.get("/healthz").status());
            for (String path : List.of(LINK, "/metrics", "/api/v1/events", "/nothing", "/api/v1/openapi.yaml")) {
                assertEquals(401, served.client.get(path).status(), path);
                assertEquals(
                        "Bearer realm=\"tlem\"",
                        served.client.get(path).headers().get("www-authenticate"));
            }
            for (String wrong : List.of("Bearer ", "Bearer x" + TOKEN, "Bearer " + TOKEN + "x", "Basic " + TOKEN)) {
                assertEquals(401, status(served.client, "Authorization: " + wrong), wrong);
            }
            assertEquals(200, status(served.client, "Authorization: Bearer " + TOKEN));
            assertEquals(200, status(served.client, "Authorization: bearer " + TOKEN), "as RFC 9110 has schemes");
        }
    }

    @Test
    void whatIsNoChangeIsRefusedAndNothingIsTakenAway() throws Exception {
        LinkSpec spec = ServedLink.spec().with(Setting.of(Role.DELAY), "3ms").conclude();
        try (ServedLink served = new ServedLink(spec)) {
            for (String body : List.of("{\"typo\": \"null\"}", "{\"typo\": null}", "{\"typo\": \"3\"}")) {
                Client.Answer answer = served.client.json("PUT", LINK, body);
                assertEquals(400, answer.status(), answer.body());
                assertTrue(answer.body().contains("'typo' is not a key"), answer.body());
                assertTrue(answer.body().contains("\"title\":\"Bad Request\""), answer.body());
            }
            assertEquals(0, served.live.version());
            Client.Answer answer = served.client.ask(
                    "PATCH", LINK, "a-to-b: {loss: 1%, delay: null}", "Content-Type: application/yaml");
            assertEquals(200, answer.status(), answer.body());
            assertTrue(answer.body().contains("\"in_force\":{\"a->b\":{\"loss\":\"1%\"}}"), answer.body());
        }
    }

    @Test
    void whatIsWrittenPieceByPieceHasHeadersToo() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            Client.Answer head = served.client.ask("HEAD", "/api/v1/events", "");
            assertEquals(200, head.status());
            assertEquals("text/event-stream", head.headers().get("content-type"));
            for (String method : List.of("POST", "DELETE")) {
                Client.Answer answer = served.client.ask(method, "/api/v1/events", "");
                assertEquals(405, answer.status());
                assertEquals("GET", answer.headers().get("allow"));
            }
        }
    }

    /** What answers leave behind has to be collected, and packets wait meanwhile. */
    @Test
    void answersTakeLittleMemory() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            for (String path :
                    List.of("/metrics", LINK, "/api/v1/statistics", "/api/v1/journal", "/api/v1/models", "/")) {
                long before = 0;
                for (int i = -2; i < 10; i++) { // first twice, for what is made once
                    before = i == 0 ? threads.getTotalThreadAllocatedBytes() : before;
                    assertEquals(200, served.client.get(path).status(), path);
                }
                long bytes = (threads.getTotalThreadAllocatedBytes() - before) / 10;
                assertTrue(bytes < 2_000_000, path + " takes " + bytes + " bytes an answer");
            }
        }
    }

    private static String refused(String address, Optional<Path> file, String token) {
        LinkSpec spec = ServedLink.spec().with(Setting.HTTP, address).conclude();
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> WebServer.open(spec.get(Setting.HTTP), file, token)
                                .close())
                .getMessage();
        assertEquals(1, message.lines().count());
        return message;
    }

    @Test
    void othersThanThisMachineNeedAToken() throws Exception {
        for (String address : List.of("0.0.0.0:0", "[::]:0")) {
            assertTrue(refused(address, Optional.empty(), null).contains("--http-token-file FILE, or TLEM_HTTP_TOKEN"));
        }
        Path file = folder.resolve("token");
        assertTrue(refused("0", Optional.of(file), null).contains("token: there is no such file"));
        for (String bad : List.of("", "short", "with spaces in its middle", "x".repeat(1025), "é".repeat(20))) {
            Files.writeString(file, bad);
            assertTrue(refused("0", Optional.of(file), TOKEN).contains("a token has 16 to 1024 letters"), bad);
            assertTrue(refused("0", Optional.empty(), bad).startsWith("TLEM_HTTP_TOKEN: a token has"), bad);
        }
        assertTrue(refused("nosuch.invalid:80", Optional.empty(), TOKEN).contains("no address is known"));
        Files.writeString(file, TOKEN + "\n");
        try (WebServer server = WebServer.open(new HttpAddress("0.0.0.0", 0), Optional.of(file), null)) {
            assertTrue(server.url().matches("http://0\\.0\\.0\\.0:[0-9]+/"), server.url());
            HttpAddress taken = new HttpAddress("", URI.create(server.url()).getPort());
            IOException inUse = assertThrows(
                    IOException.class,
                    () -> WebServer.open(taken, Optional.empty(), null).close());
            assertTrue(
                    inUse.getMessage().startsWith("--http " + taken.port() + ": cannot listen on 127.0.0.1:"),
                    inUse.getMessage());
        }
    }

    @Test
    void whatIsPutReplacesAndWhatIsExportedComesBack() throws Exception {
        LinkSpec spec = ServedLink.spec()
                .with(Setting.of(Role.DELAY), "2ms")
                .with(Setting.of(Role.LOSS), "1%")
                .with(Setting.MAX_LAG, "1s")
                .conclude();
        try (ServedLink served = new ServedLink(spec)) {
            Client client = served.client;
            String yaml = client.get("/api/v1/config").body();
            Client.Answer put = client.json(
                    "PUT", LINK + "/directions/a-to-b", "{\"delay\":\"3ms\",\"link\":\"down\"}", "If-Match: \"0\"");
            assertEquals("\"1\"", put.headers().get("etag"), put.body());
            LinkSpec there = spec.with(0, Setting.of(Role.DELAY), "3ms")
                    .with(0, Setting.of(Role.LOSS), "none")
                    .with(0, Setting.MAX_LAG, "none")
                    .with(0, Setting.of(Role.OUTAGE), "down");
            assertEquals(there, served.link.spec(), "b-to-a stays");
            assertEquals(
                    200,
                    client.json("PATCH", LINK, "{\"a-to-b\":{\"link\":\"up\",\"delay\":null}}")
                            .status());
            assertEquals(
                    there.with(0, Setting.of(Role.OUTAGE), "none").with(0, Setting.of(Role.DELAY), "none"),
                    served.link.spec());
            Client.Answer back = client.ask("PUT", LINK, yaml, "Content-Type: application/yaml");
            assertEquals(200, back.status(), back.body());
            assertEquals(spec, served.link.spec());
            Client.Answer other =
                    client.ask("PUT", LINK, yaml.replace("seed: 7", "seed: 8"), "Content-Type: application/yaml");
            assertEquals(400, other.status());
            assertTrue(other.body().contains("this cannot change while the link runs: seed"), other.body());
            String bad = client.json("PATCH", LINK, "{\"both\":{\"loss\":\"1%\",\"delay\":\"9ms\",\"queue\":\"x\"}}")
                    .body();
            assertTrue(bad.contains("\"pointer\":\"/both/queue\"") && bad.contains("\"detail\":\"queue x: "), bad);
            assertEquals(spec, served.link.spec());
            assertTrue(client.get("/api/v1/journal").body().contains("\"from\":{\"a->b\":{\"packet\":"));
        }
    }

    @Test
    void eventsBeginWithWhatIsThere() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude());
                Socket socket = served.client.connect()) {
            served.link.collector().next();
            socket.getOutputStream()
                    .write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            List<String> events = new ArrayList<>();
            while (events.size() < 3) {
                String line = Client.line(in);
                if (line.startsWith("event: ")) {
                    events.add(line.substring(7));
                    if (events.size() < 3) {
                        assertTrue(Client.line(in).startsWith("data: {\"n"));
                        served.link.collector().next();
                    }
                }
            }
            assertEquals(List.of("snapshot", "interval", "interval"), events);
        }
    }

    @Test
    void pointsOfTheScenarioAreEvents() throws Exception {
        Scenario scenario = Scenario.read(
                Files.writeString(folder.resolve("s.yaml"), "steps: [{point: a}, {at: 50ms, point: b}]\n"));
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude());
                Socket socket = served.client.connect()) {
            socket.getOutputStream()
                    .write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String before = "";
            for (String line = Client.line(socket.getInputStream()); !line.equals("event: snapshot"); ) {
                line = Client.line(socket.getInputStream());
            }
            long start = System.nanoTime();
            served.live.playback().begin(new Playback.Score(scenario, "s.yaml", Optional.empty()), start);
            List<String> points = new ArrayList<>();
            served.live.playback().play(start);
            served.live.playback().play(start + 50_000_000);
            while (points.size() < 2) {
                String line = Client.line(socket.getInputStream());
                if (before.equals("event: point")) {
                    points.add(line);
                }
                before = line;
            }
            assertEquals(
                    List.of("data: {\"point\":\"a\",\"at_ns\":0}", "data: {\"point\":\"b\",\"at_ns\":50000000}"),
                    points);
        }
    }

    @Test
    void metricsAreWhatTheLinkHasCountedInEveryFormat() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec()
                .with(Setting.PORTS, "generator:pps=20k,count=500", "sink:")
                .with(Setting.of(Role.LOSS), "10%")
                .conclude())) {
            Await.until("all packets have left", PATIENCE, served.link::finished);
            DirectionSample total = served.link.collector().soFar().total().getFirst();
            long sent = total.total().transmittedPackets();
            assertTrue(sent < 500 && sent > 300, "sent " + sent);
            Thread.sleep(150); // what is asked for may be so old
            String text = served.client.get("/metrics").body();
            assertEquals(
                    List.of(),
                    text.lines()
                            .filter(line -> line.startsWith("# HELP ") && !line.matches(".* [A-Z][^:]+ [^:]+\\."))
                            .toList());
            Map<String, Double> values = new HashMap<>();
            text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> values.put(
                            line.substring(0, line.lastIndexOf(' ')),
                            Double.valueOf(
                                    line.substring(line.lastIndexOf(' ') + 1).replace("+Inf", "Infinity"))));
            String labels = "{direction=\"a->b\",link=\"wan\"";
            assertEquals(500, values.get("tlem_received_packets_total" + labels + "}"));
            assertEquals((double) sent, values.get("tlem_transmitted_packets_total" + labels + "}"));
            assertEquals(500.0 - sent, values.get("tlem_dropped_packets_total" + labels + ",reason=\"loss\"}"));
            assertEquals((double) sent, values.get("tlem_lateness_seconds_count" + labels + "}"));
            assertEquals((double) sent, values.get("tlem_lateness_seconds_bucket" + labels + ",le=\"+Inf\"}"));
            assertEquals(
                    total.lateness().getMean() * sent / 1e9,
                    values.get("tlem_lateness_seconds_sum" + labels + "}"),
                    1e-9);
            assertTrue(served.client
                    .get("/metrics", "Accept: application/openmetrics-text")
                    .body()
                    .endsWith("# EOF\n"));
            natives(served.client, total, values.get("tlem_received_bytes_total" + labels + "}"));
        }
    }

    private static void natives(Client client, DirectionSample total, double bytes) throws IOException {
        Client.Answer answer =
                client.get("/metrics", "Accept: application/vnd.google.protobuf;proto=x, text/plain;q=0.5");
        Map<String, MetricFamily> families = new HashMap<>();
        InputStream in = new ByteArrayInputStream(answer.bytes());
        for (MetricFamily family = MetricFamily.parseDelimitedFrom(in);
                family != null;
                family = MetricFamily.parseDelimitedFrom(in)) {
            families.put(family.getName(), family);
        }
        assertEquals(
                bytes,
                families.get("tlem_received_bytes_total")
                        .getMetric(0)
                        .getCounter()
                        .getValue());
        assertEquals(
                Counter.values().length + 8, families.size(), "all counters, and eight others in " + families.keySet());
        assertEquals("link", families.get("tlem_info").getMetric(0).getLabel(0).getName());
        MetricFamily lateness = families.get("tlem_lateness_seconds");
        assertEquals(MetricType.HISTOGRAM, lateness.getType());
        Histogram histogram = lateness.getMetric(0).getHistogram();
        assertEquals(total.lateness().getTotalCount(), histogram.getSampleCount());
        Map<Integer, Long> expected = new HashMap<>();
        total.lateness()
                .visit((nanos, count) ->
                        expected.merge(nanos == 0 ? Integer.MIN_VALUE : Metrics.nativeBucket(nanos), count, Long::sum));
        Map<Integer, Long> found = new HashMap<>();
        if (histogram.getZeroCount() > 0) {
            found.put(Integer.MIN_VALUE, histogram.getZeroCount());
        }
        int index = 0;
        long count = 0;
        int delta = 0;
        for (BucketSpan span : histogram.getPositiveSpanList()) {
            index += span.getOffset();
            for (int i = 0; i < span.getLength(); i++) {
                count += histogram.getPositiveDelta(delta++);
                found.put(index++, count);
            }
        }
        assertEquals(expected, found);
        assertEquals(3, histogram.getSchema());
    }

    @Test
    void bucketsAreWherePrometheusHasThem() {
        for (long nanos : new long[] {1, 999, 1_000_000_000, 500_000_000, 123_456_789, 3_600_000_000_000L}) {
            double end = Math.pow(2, Metrics.nativeBucket(nanos) / 8.0);
            assertTrue(
                    nanos / 1e9 <= end * (1 + 1e-9) && nanos / 1e9 > end / Math.pow(2, 1 / 8.0), nanos + " in " + end);
        }
        assertArrayEquals(new long[] {1000, 2000, 5000, 10_000}, Arrays.copyOf(Metrics.BOUNDS, 4));
        assertEquals(10_000_000_000L, Metrics.BOUNDS[Metrics.BOUNDS.length - 1]);
    }

    @Test
    void whoAsksTooMuchIsToldSo() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            assertEquals(
                    413,
                    served.client.json("PATCH", LINK, " ".repeat(65 * 1024)).status());
            Map<Integer, Integer> statuses = new HashMap<>();
            long start = System.nanoTime();
            while (!statuses.containsKey(429) && System.nanoTime() - start < PATIENCE.toNanos()) {
                try (Socket socket = served.client.connect()) {
                    String one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
                    socket.getOutputStream().write(one.repeat(100).getBytes(StandardCharsets.US_ASCII));
                    for (int i = 0; i < 100; i++) {
                        String line = Client.line(socket.getInputStream());
                        statuses.merge(Integer.valueOf(line.substring(9, 12)), 1, Integer::sum);
                        int length = 0;
                        while (!line.isEmpty()) {
                            line = Client.line(socket.getInputStream());
                            length =
                                    line.startsWith("Content-length: ") ? Integer.parseInt(line.substring(16)) : length;
                        }
                        assertEquals(length, socket.getInputStream().readNBytes(length).length);
                    }
                }
            }
            assertTrue(statuses.get(200) >= 300 && statuses.containsKey(429), statuses.toString());
        }
    }

    private static String asked(Client client, String request) throws IOException {
        try (Socket socket = client.connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            Client.Answer answer = Client.answer(socket.getInputStream(), true);
            assertEquals("application/problem+json", answer.headers().get("content-type"), answer.body());
            return answer.status() + " " + answer.body();
        }
    }

    @Test
    void whoSendsWhatIsNoRequestIsToldSo() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            Client client = served.client;
            for (int length : new int[] {17_000, 70_000, 140_000}) {
                String told = asked(
                        client,
                        "GET " + LINK + " HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(length) + "\r\n\r\n");
                assertTrue(told.startsWith("431 ") && told.contains("of 16 KiB together with its path"), told);
            }
            String many =
                    IntStream.range(0, 500).mapToObj(i -> "X" + i + ": y\r\n").collect(Collectors.joining());
            assertTrue(asked(client, "GET " + LINK + " HTTP/1.1\r\nHost: localhost\r\n" + many + "\r\n")
                    .startsWith("431 "));
            assertTrue(asked(client, "GET /" + "a".repeat(17_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .startsWith("431 "));
            String chunked = "PATCH " + LINK + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n";
            assertTrue(asked(client, chunked + "20000\r\n" + " ".repeat(0x20000) + "\r\n0\r\n\r\n")
                    .startsWith("413 "));
            for (String body :
                    List.of("xyz\r\n{}\r\n", "FFFFFFFF\r\n{}\r\n", "2\r\n{}{}\r\n", "11112222333344445\r\n{}")) {
                String told = asked(client, chunked + body);
                assertTrue(told.startsWith("400 ") && told.contains("its chunks are none as HTTP has them"), told);
            }
            String told = asked(client, chunked + "2\r\n[]\r\n0\r\n\r\n");
            assertTrue(told.startsWith("400 ") && told.contains("\"detail\":\"expected an object, such as"), told);
            assertEquals(200, status(client));
        }
    }

    /** By Java's own server, before it asks anybody: in its own words, and without a word where that is all too long. */
    @Test
    void whatIsNoHttpIsRefused() throws Exception {
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            String get = "GET " + LINK + " HTTP/1.1\r\nHost: localhost\r\n";
            for (Map.Entry<String, Integer> request : Map.of(
                            "nonsense\r\n\r\n",
                            400,
                            "GET /%%% HTTP/1.1\r\nHost: localhost\r\n\r\n",
                            400,
                            get + "a b: c\r\n\r\n",
                            400,
                            get + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                            400,
                            get + "Transfer-Encoding: gzip\r\n\r\n",
                            501)
                    .entrySet()) {
                try (Socket socket = served.client.connect()) {
                    socket.getOutputStream().write(request.getKey().getBytes(StandardCharsets.US_ASCII));
                    Client.Answer answer = Client.answer(socket.getInputStream(), true);
                    assertEquals(request.getValue(), answer.status(), request.getKey());
                    assertTrue(answer.body().startsWith("<h1>" + request.getValue()), answer.body());
                }
            }
            try (Socket socket = served.client.connect()) {
                socket.getOutputStream().write((get + "X: " + "x".repeat(170_000)).getBytes(StandardCharsets.US_ASCII));
                assertEquals(-1, socket.getInputStream().read());
            } catch (SocketException e) {
                assertTrue(e.getMessage().contains("reset") || e.getMessage().contains("pipe"), e.getMessage());
            }
            assertEquals(200, status(served.client));
        }
    }

    /** Half requests, of which nothing more comes: others are answered meanwhile, and those are hung up on. */
    @Test
    void whoTakesTooLongIsHungUpOn() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            for (int i = 0; i < 200; i++) {
                slow.add(served.client.connect());
                String half = i % 2 == 0
                        ? "GET /api/v1/link HTTP/1.1\r\nHost: loc"
                        : "PUT /api/v1/link HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
                slow.getLast().getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
            }
            long start = System.nanoTime();
            assertEquals(200, status(served.client));
            assertTrue(System.nanoTime() - start < 2_000_000_000L, "others wait behind them");
            long packets =
                    served.link.collector().soFar().total().getFirst().total().transmittedPackets();
            for (Socket one : slow) {
                try {
                    assertTrue(one.getInputStream().readNBytes(100).length < 100);
                } catch (SocketException e) {
                    assertFalse(one.isClosed(), "that is one way to hang up");
                }
            }
            assertTrue(
                    served.link.collector().soFar().total().getFirst().total().transmittedPackets() > packets);
            assertEquals(200, status(served.client));
        } finally {
            for (Socket one : slow) {
                one.close();
            }
        }
    }
}
