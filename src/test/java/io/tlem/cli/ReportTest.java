package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tlem.testing.Captures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.w3c.dom.Element;

/** What a run says at its end, as users ask for it: reports, assertions, results of tests. */
@Isolated // takes the process's outputs
@Timeout(60)
class ReportTest {
    private static final int PACKETS = 20_000;

    @TempDir
    Path folder;

    private Path in;

    @BeforeEach
    void write() throws IOException {
        in = Captures.write(folder.resolve("in.pcap"), Captures.random(PACKETS, 1));
    }

    private Ran simulate(String... words) {
        List<String> all = new ArrayList<>(List.of("simulate", in.toString(), "--seed", "1"));
        all.addAll(List.of(words));
        all.addAll(List.of("-o", folder.resolve("out.pcap").toString()));
        return Ran.run(all.toArray());
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void anAssertionThatDoesNotHoldIsNamedWithWhatWasMeasured() {
        simulate("-L", "2%", "--assert", "a-b.loss<3%", "--assert", "a-b.loss>1%", "--assert", "a-b.lateness.max=0")
                .expect(0);
        Ran failed = simulate("-L", "2%", "--assert", "a-b.loss<1%", "--assert", "a-b.received.packets>=20k")
                .expect(3);
        assertTrue(
                failed.err().matches("(?s).*tlem: a-b.loss<1% does not hold: a-b.loss is [12]\\.[0-9]+ %\n.*"),
                failed.err());
        assertFalse(failed.err().contains("received"), failed.err());
    }

    /** With the numbers, where they are read, and nothing went wrong: a machine that others use may take what it wants. */
    @Test
    void latenessThatSpoilsARunIsToldWithItsNumbers() {
        Ran run = Ran.run(
                "run",
                "-i",
                "generator:pps=2000,count=1000",
                "-i",
                "sink:",
                "-D",
                "100ns",
                "--nice",
                "0",
                "--no-control");
        run.expect(0);
        assertTrue(run.out().contains("  warning: a->b: lateness makes this run worthless: "), run.out());
        assertFalse(run.err().contains("warning"), run.err());
    }

    @Test
    void whatWasNotMeasuredholdsNothing() {
        Ran failed = simulate("--assert", "b-a.loss<1%").expect(3);
        assertTrue(failed.err().contains("b-a.loss<1% does not hold: b-a.loss is none"), failed.err());
    }

    @Test
    void whatCannotBeMeantIsRefusedBeforeAnythingIsWritten() {
        Ran refused = simulate("--assert", "a-b.latenes.p99<1ms", "--report", file("r.json"))
                .expect(2);
        assertTrue(refused.err().startsWith("tlem: --assert a-b.latenes.p99<1ms: "), refused.err());
        assertTrue(refused.err().contains("did you mean 'lateness.p99'?"), refused.err());
        assertFalse(Files.exists(folder.resolve("r.json")));
        Ran form = simulate("--report", file("report.txt")).expect(2);
        assertTrue(form.err().contains("report.txt: the name of a report ends in"), form.err());
        Ran twice =
                simulate("--report", file("r.json"), "--report", file("r.json")).expect(2);
        assertTrue(twice.err().contains("is the same file as --report "), twice.err());
        simulate("--report", file("no/such/folder.json")).expect(2);
    }

    @Test
    void dataHasEachNumberAtThePathThatIsItsName() throws IOException {
        simulate("-D", "10ms", "-L", "2%", "--assert", "a-b.loss<1%", "--report", file("r.json"))
                .expect(3);
        JsonNode report = new ObjectMapper().readTree(folder.resolve("r.json").toFile());
        assertEquals("report", report.path("type").asText());
        assertFalse(report.path("passed").asBoolean(true));
        JsonNode numbers = report.path("numbers").path("a-b");
        assertEquals(PACKETS, numbers.path("received").path("packets").asLong());
        double loss = numbers.path("loss").asDouble();
        assertEquals(0.02, loss, 0.005);
        JsonNode assertion = report.path("assertions").path(0);
        assertEquals("a-b.loss<1%", assertion.path("text").asText());
        assertFalse(assertion.path("holds").asBoolean(true));
        assertEquals(loss, assertion.path("value").asDouble());
        assertEquals(10_000_000, numbers.path("time").path("p99.9").asLong());
        assertEquals("start", report.path("start").path("type").asText());
        JsonNode summary = report.path("summary").path("directions").path(0);
        assertEquals(
                numbers.path("transmitted").path("packets").asLong(),
                summary.path("transmitted_packets").asLong());
    }

    /** One page with all that is asked for, which needs nothing else. */
    @Test
    void aPageSaysWhatHeldAndNeedsNothingElse() throws Exception {
        simulate(
                        "-D",
                        "uniform,1ms,9ms",
                        "-L",
                        "2%",
                        "-B",
                        "110M",
                        "-Q",
                        "1M",
                        "--assert",
                        "a-b.loss<1%",
                        "--report",
                        file("r.html"))
                .expect(3);
        String page = Files.readString(folder.resolve("r.html"));
        assertFalse(
                page.matches("(?s).*(<script|<link|<img|<iframe|@import|url\\(|https?://).*"), "needs something else");
        for (String part : List.of(
                "<!doctype html>",
                "prefers-color-scheme: dark",
                "One requested property did not hold.",
                "for they keep their order",
                "a-b.loss&lt;1% does not hold",
                "✓ held",
                "✗ did not hold",
                "Kolmogorov-Smirnov distance",
                "runs of losses",
                "rate in 10 ms",
                "Drops over time",
                "Rate in windows",
                "gap between packets",
                "by percentile",
                "sleep states held off",
                "<pre>",
                "seed: 1")) {
            assertTrue(page.contains(part), part);
        }
        assertFalse(page.matches("(?s).*points=\"[^\"]*(NaN|Infinity).*"), "a point that is nowhere");
        // But for what HTML lets be, it is XML, in which each element ends.
        String xml = page.replaceFirst("<!doctype html>", "").replaceAll("<meta [^>]*>", "");
        Element html = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
        assertTrue(html.getElementsByTagName("svg").getLength() >= 5);
    }

    @Test
    void aLinkThatWasAsAskedForHeld() throws IOException {
        simulate(
                        "-D",
                        "10ms",
                        "-L",
                        "2%",
                        "-B",
                        "110M",
                        "-Q",
                        "1M",
                        "--assert",
                        "a-b.models.held>=4",
                        "--assert",
                        "a-b.models.not-held=0",
                        "--assert",
                        "a-b.rate-10ms.max<=118M",
                        "--report",
                        file("r.html"),
                        "--report",
                        file("r.json"))
                .expect(0);
        assertTrue(Files.readString(folder.resolve("r.html")).contains("<b>What was requested held.</b>"));
        JsonNode report = new ObjectMapper().readTree(folder.resolve("r.json").toFile());
        assertTrue(report.path("passed").asBoolean());
        for (JsonNode model : report.path("models")) {
            assertEquals("held", model.path("verdict").asText(), model.toString());
            if (model.has("low")) {
                assertTrue(
                        model.path("low").asDouble() <= model.path("requested").asDouble(), model.toString());
                assertTrue(
                        model.path("high").asDouble() >= model.path("requested").asDouble(), model.toString());
            }
        }
        assertTrue(report.path("timeline").size() >= 1);
        assertTrue(report.path("machine").has("JVM"));
    }

    @Test
    void changesOfAScenarioAreListedAndJudgedByThemselves() throws IOException {
        Path scenario = folder.resolve("scenario.yaml");
        Files.writeString(scenario, "steps: [{at: 300ms, set: {both: {loss: 10%}}}]\n");
        simulate("-L", "1%", "--scenario", scenario.toString(), "--report", file("r.json"))
                .expect(0);
        JsonNode report = new ObjectMapper().readTree(folder.resolve("r.json").toFile());
        assertEquals(2, report.path("models").size());
        JsonNode later = report.path("models").path(1);
        assertEquals("10%", later.path("request").asText());
        assertTrue(later.path("span").asText().startsWith("0.30 to "), later.toString());
        assertEquals("held", later.path("verdict").asText(), later.toString());
        assertTrue(
                report.path("changes").path(0).asText().startsWith("0.300000 s, a-b from packet "),
                report.path("changes").toString());
    }

    private JsonNode models(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--report", file("r.json")));
        simulate(all.toArray(String[]::new)).expect(0);
        return new ObjectMapper().readTree(folder.resolve("r.json").toFile()).path("models");
    }

    /** Those behind the longer delay wait for it, as the link keeps their order, and have no other delay for that. */
    @Test
    void aDelayThatFallsIsJudgedWithoutThoseHeldBehindOthers() throws IOException {
        Path scenario = folder.resolve("scenario.yaml");
        Files.writeString(scenario, "steps: [{at: 300ms, set: {both: {delay: 10ms}}}]\n");
        JsonNode kept = models("-D", "60ms", "--scenario", scenario.toString()).path(1);
        assertEquals("10ms", kept.path("request").asText(), kept.toString());
        assertEquals("held", kept.path("verdict").asText(), kept.toString());
        assertEquals(10_000_000, kept.path("high").asLong(), kept.toString());
        assertTrue(
                kept.path("fit").asText().matches(".*; [0-9,]+ packets are left out: to keep the order.*"),
                kept.toString());
        JsonNode free = models("-D", "60ms", "-R", "jitter", "--scenario", scenario.toString())
                .path(1);
        assertEquals("10ms", free.path("request").asText(), free.toString());
        assertEquals("held", free.path("verdict").asText(), free.toString());
        assertEquals("each packet's", free.path("fit").asText());
    }

    /** One moment's value beside the measurement of the whole run would mislead. */
    @Test
    void whatChangedIsNotShownAsIfItHadNot() throws IOException {
        Path scenario = folder.resolve("scenario.yaml");
        Files.writeString(
                scenario,
                "steps: [{at: 100ms, set: {both: {loss: 10%}}}, {at: 200ms, set: {both: {loss: 2%, delay: 5ms}}}]\n");
        String simulated = simulate("-L", "1%", "-B", "1G", "--scenario", scenario.toString())
                .expect(0)
                .out();
        assertTrue(simulated.contains("  loss model     changed 2 times, last: 2%\n"), simulated);
        assertTrue(simulated.contains("  delay          changed once, last: 5ms\n"), simulated);
        assertTrue(simulated.contains("  rate           1G "), simulated);
        String live = Ran.run(
                        "run",
                        "-i",
                        "generator:size=200,pps=1k,count=300",
                        "-i",
                        "sink:",
                        "-L",
                        "1%",
                        "--scenario",
                        scenario.toString(),
                        "--nice",
                        "0",
                        "--no-control")
                .expect(0)
                .out();
        assertTrue(live.contains("  loss model     changed 2 times, last: 2%\n"), live);
    }

    /** Whatever it is that was asked for. */
    @Test
    void fewPacketsProveNothing() throws IOException {
        in = Captures.write(folder.resolve("few.pcap"), Captures.random(99, 1));
        List<String> seen = new ArrayList<>();
        for (JsonNode model :
                models("-L", "0%", "-B", "1M", "-Q", "packets,400", "-D", "10ms", "--assert", "a-b.models.held=0")) {
            assertEquals("not_judged", model.path("verdict").asText(), model.toString());
            assertEquals("there were too few packets", model.path("reason").asText(), model.toString());
            seen.add(model.path("property").asText());
        }
        assertEquals(List.of("loss", "queue", "bandwidth", "delay"), seen);
        in = Captures.write(folder.resolve("more.pcap"), Captures.random(200, 1));
        JsonNode down = models("--outage", "down", "-Q", "packets,400", "-B", "1M");
        assertEquals("held", down.path(0).path("verdict").asText(), down.toString());
        assertEquals("not_judged", down.path(1).path("verdict").asText(), down.toString());
        assertEquals("there was no packet", down.path(1).path("reason").asText(), down.toString());
        in = Captures.write(folder.resolve("none.pcap"), List.of());
        JsonNode none = models("--outage", "down");
        assertEquals("not_judged", none.path(0).path("verdict").asText(), none.toString());
        assertFalse(none.path(0).has("realised"), none.toString());
    }

    /** Hundreds of steps would hide what else there is. */
    @Test
    void aRampIsOneRowWithReadableNumbers() throws IOException {
        Path scenario = folder.resolve("scenario.yaml");
        Files.writeString(
                scenario, "steps: [{at: 100ms, ramp: {both: {loss: 10%, delay: 20ms}}, over: 500ms, every: 13ms}]\n");
        JsonNode all = models("-L", "1e-5", "-D", "5ms", "-R", "jitter", "--scenario", scenario.toString());
        List<String> rows = new ArrayList<>();
        all.forEach(row -> rows.add(row.path("property").asText() + " "
                + row.path("request").asText() + ": " + row.path("verdict").asText()));
        assertEquals(3, rows.stream().filter(row -> row.startsWith("loss ")).count(), rows.toString());
        assertEquals(3, rows.stream().filter(row -> row.startsWith("delay ")).count(), rows.toString());
        assertTrue(rows.get(1).matches("loss plr,p=0\\.26 % to plr,p=9\\.9 % in 38 steps: held"), rows.toString());
        assertTrue(
                rows.stream()
                        .anyMatch(row -> row.matches(
                                "delay constant,t=5\\.39 ms to constant,t=19\\.[0-9] ms in 38 steps: held")),
                rows.toString());
        JsonNode changes =
                new ObjectMapper().readTree(folder.resolve("r.json").toFile()).path("changes");
        assertEquals(39, changes.size());
        assertFalse(changes.toString().matches("(?s).*([0-9]{6,}ns|[0-9]{6,}E|\\.[0-9]{7,}).*"), changes.toString());
    }

    /** What both are made of is told to both. */
    @Test
    void aLedgerBesideAReportIsWhole() throws IOException {
        simulate("-L", "2%", "-D", "10ms", "--ledger", file("l.csv"), "--report", file("r.json"))
                .expect(0);
        JsonNode loss = new ObjectMapper()
                .readTree(folder.resolve("r.json").toFile())
                .path("models")
                .path(0);
        assertEquals(PACKETS, loss.path("packets").asLong(), loss.toString());
        List<String> rows = Files.readAllLines(folder.resolve("l.csv"));
        long lost = rows.stream().filter(row -> row.contains(",loss,")).count();
        assertEquals(Math.round(loss.path("realised").asDouble() * PACKETS), lost);
        assertTrue(rows.size() > PACKETS, rows.size() + " rows");
    }

    @Test
    void resultsOfTestsNameWhatFailed() throws Exception {
        Path scenario = folder.resolve("scenario.yaml");
        Files.writeString(
                scenario,
                "steps: [{at: 0s, set: {both: {delay: 1ms}}}]\nexpect: {a-to-b: {loss: <1%, received: '>5'}}\n");
        simulate(
                        "-L",
                        "2%",
                        "--assert",
                        "a-b.loss < 1%",
                        "--assert",
                        "a-b.loss<3%",
                        "--scenario",
                        scenario.toString(),
                        "--junit",
                        file("r.xml"))
                .expect(3);
        Element suite = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("r.xml").toFile())
                .getDocumentElement();
        assertEquals("4", suite.getAttribute("tests"));
        assertEquals("2", suite.getAttribute("failures"));
        assertEquals(2, suite.getElementsByTagName("failure").getLength());
        assertEquals(
                "a-b.loss < 1%",
                ((Element) suite.getElementsByTagName("testcase").item(0)).getAttribute("name"));
    }

    /** As {@code run} does, with threads and a clock that goes. */
    @Test
    void aLiveLinkIsJudgedToo() throws IOException {
        Ran result = Ran.run(
                "run",
                "-i",
                "generator:size=200,pps=5k,count=2000",
                "-i",
                "sink:",
                "-D",
                "5ms",
                "-qq",
                "--no-control",
                "--assert",
                "a-b.transmitted.packets=2000",
                "--assert",
                "a-b.lateness.p50<0",
                "--report",
                file("live.json"));
        result.expect(3);
        assertTrue(result.err().contains("a-b.lateness.p50<0 does not hold"), result.err());
        JsonNode numbers = new ObjectMapper()
                .readTree(folder.resolve("live.json").toFile())
                .path("numbers")
                .path("a-b");
        assertEquals(2000, numbers.path("transmitted").path("packets").asLong());
        assertTrue(numbers.path("time").path("min").asLong() >= 5_000_000, numbers.toString());
        assertTrue(numbers.path("hiccup").path("count").asLong() > 50, numbers.toString());
        assertEquals(1999, numbers.path("gap").path("count").asLong());
    }
}
