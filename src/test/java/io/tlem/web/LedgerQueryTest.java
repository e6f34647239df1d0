package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger of a link that runs, asked by HTTP. */
@Timeout(60)
class LedgerQueryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String LEDGER = "/api/v1/ledger";
    private static final int PACKETS = 60_000;

    @TempDir
    Path folder;

    private ServedLink served(String ports, String file) throws IOException {
        return new ServedLink(ServedLink.spec()
                .with(Setting.PORTS, ports, "sink:")
                .with(Setting.of(Role.LOSS), "10%")
                .with(Setting.LEDGER, folder.resolve(file).toString())
                .with(Setting.BUFFER, "64M")
                .conclude());
    }

    /** Rows, and what is said of the page behind them. */
    private record Page(List<JsonNode> rows, JsonNode end) {
        static Page of(Client client, String query) throws IOException {
            Client.Answer answer = client.get(LEDGER + query);
            assertEquals(200, answer.status(), answer.body());
            List<JsonNode> lines = new ArrayList<>();
            for (String line : answer.body().lines().toList()) {
                lines.add(new ObjectMapper().readTree(line));
            }
            JsonNode end = lines.removeLast();
            assertEquals("page", end.get("type").textValue());
            assertEquals(lines.size(), end.get("rows").intValue());
            return new Page(lines, end);
        }

        String next() {
            return end.get("next").textValue();
        }

        List<Long> numbers() {
            return rows.stream().map(row -> row.get("number").longValue()).toList();
        }
    }

    private static DirectionSnapshot total(Link link) {
        return link.collector().soFar().total().getFirst().total();
    }

    @Test
    void whatIsWrittenSoFarIsFoundPageByPage() throws Exception {
        try (ServedLink served = served("generator:pps=100k,count=" + PACKETS, "run.ledger")) {
            Client client = served.client;
            Await.until("all have passed", PATIENCE, served.link::finished);
            Await.until("all is written", PATIENCE, () -> {
                try {
                    return Page.of(client, "?number=" + (PACKETS - 1)).rows().size() == 1;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            List<Long> numbers = new ArrayList<>();
            Page page = Page.of(client, "?limit=7000");
            for (; page.end().get("more").booleanValue(); page = Page.of(client, "?limit=7000&after=" + page.next())) {
                assertEquals(7000, page.rows().size());
                numbers.addAll(page.numbers());
            }
            numbers.addAll(page.numbers());
            assertEquals(
                    LongStream.range(0, PACKETS).boxed().toList(),
                    numbers.stream().sorted().toList());
            Page nothing = Page.of(client, "?after=" + page.next());
            assertEquals(0, nothing.rows().size());
            assertEquals(page.next(), nothing.next(), "and so for ever, until more is written");
            assertEquals(1000, Page.of(client, "").rows().size());
            for (String made : List.of("1.0", "70000.0", page.next().replace(".0", "1.0"))) {
                assertEquals(400, client.get(LEDGER + "?after=" + made).status(), made);
            }
            long dropped = total(served.link).droppedPackets();
            List<JsonNode> lost = Page.of(client, "?fate=loss&limit=100000").rows();
            assertEquals(dropped, lost.size());
            assertTrue(lost.stream().allMatch(row -> row.get("fate").textValue().equals("dropped")));
            assertEquals(
                    List.of(500L, 501L, 502L),
                    Page.of(client, "?number=500-502&way=a-to-b&epoch=0").numbers());
            List<JsonNode> early =
                    Page.of(client, "?until=100ms&from=0.05&limit=100000").rows();
            assertTrue(early.size() > 1000 && early.size() < 9000, early.size() + " of 5000");
            assertTrue(early.stream()
                    .mapToLong(row -> row.get("arrival_ns").longValue())
                    .allMatch(nanos -> nanos >= 50_000_000 && nanos < 100_000_000));
            assertEquals(0, Page.of(client, "?flow=192.0.2.77").rows().size());
            String flow = early.getFirst().get("flow").textValue();
            assertFalse(Page.of(client, "?flow=" + flow.substring(0, 3)).rows().isEmpty(), flow);
            assertTrue(served.ledger.orElseThrow().finish(5_000_000_000L));
            Page last = Page.of(client, "?limit=100000&number=0");
            assertEquals(
                    "{\"type\":\"page\",\"rows\":1,\"more\":false}", last.end().toString(), "the ledger has its end");
        }
    }

    @Test
    void mistakesAreToldInOneLine() throws Exception {
        try (ServedLink served = served("generator:pps=1000", "run.ledger")) {
            Await.until("rows", PATIENCE, () -> {
                try {
                    return served.client.get(LEDGER).status() == 200;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (String[] one : new String[][] {
                {"?fate=gone", "fate 'gone' is none of sent, dropped,"},
                {"?flaw=x", "'flaw' is nothing to be asked by; did you mean 'flow'?"},
                {"?from=soon", "from 'soon' is not a time"},
                {"?number=x", "number 'x' is no number of a packet, N-M or N-"},
                {"?way=up", "way 'up' is no direction"},
                {"?epoch=-1", "epoch '-1'"},
                {"?number=5-1", "number '5-1' ends before it begins"},
                {"?from=5s&until=2s", "until '2s' is before from"},
                {"?limit=0", "limit '0' is not a whole number from 1 to 100000"},
                {"?limit=1&limit=2", "limit is there twice"},
                {"?after=x", "after 'x' is no place in this ledger"},
                {"?after=99999999999.0", "after '99999999999.0' is no place in this ledger"},
                {"?after=3.0", "after '3.0' is no place in this ledger"},
                {"?after=3.1", "after '3.1' is no place in this ledger"},
            }) {
                Client.Answer answer = served.client.get(LEDGER + one[0]);
                assertEquals(400, answer.status(), one[0]);
                assertTrue(answer.body().contains(one[1]), answer.body());
            }
            assertEquals(405, served.client.ask("POST", LEDGER, "").status());
        }
        try (ServedLink served = served("generator:pps=1000", "run.csv")) {
            Client.Answer answer = served.client.get(LEDGER);
            assertEquals(409, answer.status());
            assertTrue(answer.body().contains("the ledger is written as csv"), answer.body());
        }
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            assertEquals(404, served.client.get(LEDGER).status());
        }
    }

    /** Four who take nothing of what they have asked for: the link, its ledger and others go on. */
    @Test
    void whoTakesNothingHoldsUpNobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (ServedLink served = served("generator:pps=100k", "run.ledger")) {
            Await.until(
                    "enough to fill all buffers on the way",
                    PATIENCE,
                    () -> total(served.link).get(Counter.RECEIVED_PACKETS) > 3 * PACKETS);
            for (int i = 0; i < 4; i++) {
                slow.add(new Socket());
                slow.getLast().setReceiveBufferSize(4096);
                slow.getLast().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), served.client.port()));
                slow.getLast()
                        .getOutputStream()
                        .write(("GET " + LEDGER + "?limit=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            Await.until("a fifth has no place", PATIENCE, () -> {
                try {
                    return served.client.get(LEDGER + "?limit=1").status() == 503;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(200, served.client.get("/healthz").status());
            assertEquals(200, served.client.get("/api/v1/link").status());
            long before = total(served.link).get(Counter.RECEIVED_PACKETS);
            Await.until(
                    "packets come", PATIENCE, () -> total(served.link).get(Counter.RECEIVED_PACKETS) > before + 1000);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }
}
