package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Sample;
import io.tlem.testing.Browser;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page, in a real browser: it shows what the link does, and changes it. */
@Tag("privileged")
@Timeout(120)
class DashboardTest {
    private static final int PHONE = 400;
    private static final int DESKTOP = 1200;
    private static final String HOME = "\uE011"; // as the WebDriver calls these keys
    private static final String PAGE_UP = "\uE00E";
    private static final String TOKEN = "a-token-of-some-length";
    private static final String ANSWERED =
            "return document.getElementById(arguments[0]).textContent.startsWith(arguments[1])";
    private static final String PICTURE = "return document.querySelector('#chart-rate canvas').toDataURL()";

    /** Whether the chart has much of the first line's colour, on one of its pixels in 5,000 at least. */
    private static final String LINE = """
            const canvas = document.querySelector('#chart-' + arguments[0] + ' canvas');
            if (!canvas) return false;
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
              if (data[i] < 60 && Math.abs(data[i + 1] - 114) < 30 && Math.abs(data[i + 2] - 178) < 30 && data[i + 3] > 128) count++;
            }
            return count > data.length / 4 / 5000""";

    @TempDir
    Path folder;

    private static Setting<String> delay() {
        return Setting.of(Role.DELAY);
    }

    @Test
    void thePageShowsTheLinkAndChangesIt() throws Exception {
        Privileged.tool("chromium", "chromedriver");
        LinkSpec spec = ServedLink.spec()
                .with(delay(), "2ms")
                .with(Setting.of(Role.BANDWIDTH), "100M")
                .with(Setting.of(Role.LOSS), "5%")
                .conclude();
        try (ServedLink served = new ServedLink(spec);
                ScheduledExecutorService seconds = Executors.newSingleThreadScheduledExecutor();
                Browser browser = new Browser(folder, PHONE)) {
            var ticking =
                    seconds.scheduleAtFixedRate(() -> served.link.collector().next(), 200, 200, TimeUnit.MILLISECONDS);
            browser.go("http://localhost:" + served.client.port() + "/");
            browser.await("the page is live", "return document.getElementById('state').textContent === 'live'");
            chartsMove(browser);
            browser.await(
                    "values before anybody points at a line",
                    "return /bit\\/s/.test(document.querySelector('#chart-rate .u-legend').textContent)");
            assertEquals(List.of(), browser.complaints());
            assertTrue(
                    browser.run("return document.documentElement.scrollWidth <= innerWidth")
                            .asBoolean(),
                    "a phone shows all of its width");
            whatIsAppliedIsInForce(browser, served, spec);
            badInputIsRefusedNextToItsField(browser, served);
            whatElseCanChangeHasAField(browser, served);
            pagesOfOthersAreRefused(browser, served);
            browser.go("http://localhost:" + served.client.port() + "/");
            browser.await("live again", "return document.getElementById('state').textContent === 'live'");
            browser.click("#undo");
            browser.await(
                    "undone", "return document.getElementById('answer').textContent.startsWith('Version 4: a->b')");
            assertEquals(spec.with(delay(), "25ms").with(Setting.FILTER, "drop udp port 9"), served.link.spec());
            browser.await("the journal tells of it", "return document.querySelectorAll('#steps tr').length === 4");
            String journal = browser.run(
                            "return [...document.querySelectorAll('#steps code')].map(code => code.textContent).join('; ')")
                    .asText();
            assertTrue(journal.contains("{a-to-b: {delay: 25ms}}"), journal);
            assertTrue(
                    browser.run("return document.getElementById('import').getBoundingClientRect().right"
                                    + " < document.querySelector('pre').getBoundingClientRect().right + 1")
                            .asBoolean(),
                    "the file's field is within its section");
            assertTrue(ticking.cancel(false));
        }
    }

    /** With the mouse, then by keys, on a link that has been given its scenario while the page was open. */
    @Test
    void theTimelineIsDragged() throws Exception {
        Privileged.tool("chromium", "chromedriver");
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude());
                ScheduledExecutorService seconds = Executors.newSingleThreadScheduledExecutor();
                Browser browser = new Browser(folder, DESKTOP)) {
            var ticking =
                    seconds.scheduleAtFixedRate(() -> served.link.collector().next(), 200, 200, TimeUnit.MILLISECONDS);
            browser.go("http://localhost:" + served.client.port() + "/");
            browser.await("the page is live", "return document.getElementById('state').textContent === 'live'");
            assertTrue(browser.run("return document.getElementById('scenario-section').hidden")
                    .asBoolean());
            served.client.json(
                    "POST",
                    "/api/v1/scenario/start",
                    "{\"steps\":[{\"set\":{\"both\":{\"delay\":\"1ms\"}}},{\"at\":\"500s\",\"point\":\"half\",\"set\":"
                            + "{\"both\":{\"delay\":\"2ms\"}}},{\"at\":\"1000s\",\"set\":{\"both\":{\"delay\":\"3ms\"}}}]}");
            browser.await("it is shown", "return document.getElementById('timeline').naturalWidth === 960");
            browser.drag("#scrub", -300, 200);
            browser.await(
                    "in force",
                    "return /^Version 2: a->b/.test(document.getElementById('scenario-answer').textContent)");
            assertEquals("2ms", served.link.spec().direction(0).of(Role.DELAY));
            long position = served.live
                            .playback()
                            .situation(System.nanoTime())
                            .orElseThrow()
                            .positionNanos()
                    / 1_000_000_000;
            assertTrue(Math.abs(position - (525 + 200 * 1050 / 690)) < 30, "at " + position + " s");
            browser.await(
                    "said",
                    "return /playing, at 8[1-4]\\d.* s of 1000 s, past half/.test(document.getElementById('scenario-state').textContent)");
            browser.press("#scrub", HOME);
            browser.await(
                    "at the beginning",
                    "return /^Version 3: a->b/.test(document.getElementById('scenario-answer').textContent)");
            assertEquals("1ms", served.link.spec().direction(0).of(Role.DELAY));
            browser.press("#scrub", PAGE_UP);
            browser.await(
                    "a tenth further",
                    "return /at 10\\d.* s of/.test(document.getElementById('scenario-state').textContent)");
            browser.click("#scenario-stop");
            browser.await(
                    "stopped",
                    "return document.getElementById('scenario-state').textContent.includes(': stopped, at 10')");
            itFitsAPhone(browser);
            assertEquals(List.of(), browser.complaints());
            assertTrue(ticking.cancel(false));
        }
    }

    /** It is drawn again as wide as there is room, and can be dragged there. */
    private static void itFitsAPhone(Browser browser) throws IOException, InterruptedException {
        browser.look(390, 844, false);
        browser.await(
                "a narrow drawing",
                "const picture = document.getElementById('timeline');"
                        + "return picture.naturalWidth < 390 && picture.naturalWidth === document.getElementById('timeline-box').clientWidth");
        assertTrue(
                browser.run("const page = document.documentElement;"
                                + "return page.scrollWidth <= page.clientWidth && innerWidth === 390")
                        .asBoolean(),
                "nothing scrolls sideways");
        browser.drag("#scrub", -100, 0);
        browser.await(
                "half of what is drawn is in the middle",
                "return /at 5[2-5]\\d.* s of/.test(document.getElementById('scenario-state').textContent)");
    }

    /** A link that needs a token is shown nothing of without it; then a preset and a configuration from a file. */
    @Test
    void tokenPresetsAndImport() throws Exception {
        Privileged.tool("chromium", "chromedriver");
        LinkSpec spec = ServedLink.spec().with(delay(), "2ms").conclude();
        try (ServedLink served = new ServedLink(spec, TOKEN);
                Browser browser = new Browser(folder, DESKTOP)) {
            browser.go("http://localhost:" + served.client.port() + "/");
            theTokenIsAskedFor(browser);
            assertTrue(browser.complaints().stream().allMatch(line -> line.contains("401")));

            browser.click("#preset option[value=dsl]");
            browser.await("its summary", "return /ADSL/.test(document.getElementById('preset-summary').textContent)");
            browser.click("#apply-preset");
            browser.await("in force", ANSWERED, "answer", "Version 1: a->b");
            LinkSpec dsl = ServedLink.spec().with(Setting.PRESET, "dsl").conclude();
            for (Role role : Role.values()) {
                assertEquals(
                        dsl.direction(0).of(role),
                        served.link.spec().direction(0).of(role),
                        role.label());
            }
            assertEquals("netem,640k,18,48,5", served.link.spec().direction(0).of(Role.BANDWIDTH));
            browser.await(
                    "the form has it",
                    "return [...document.querySelectorAll('#roles summary')].some(role => role.textContent === arguments[0])",
                    "bandwidthnetem,640k,18,48,5");
            assertEquals(List.of(), browser.complaints());

            browser.press("#import", file("good.yaml", "both: {delay: 7ms, loss: 1%}\n"));
            browser.await("imported", ANSWERED, "import-answer", "Version 2: a->b");
            assertEquals(spec.with(delay(), "7ms").with(Setting.of(Role.LOSS), "1%"), served.link.spec());
            browser.await("it is shown", "return document.getElementById('yaml').textContent.includes('7ms')");
            browser.press("#import", file("bad.yaml", "both: {delay: 7xs}\n"));
            browser.await(
                    "refused",
                    "const answer = document.getElementById('import-answer');"
                            + "return answer.className === 'bad' && answer.textContent.includes(\"'7xs' is not a time\")");
            assertEquals("7ms", served.link.spec().direction(0).of(Role.DELAY));
        }
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static void theTokenIsAskedFor(Browser browser) throws IOException, InterruptedException {
        String asked = "return !document.getElementById('token-form').hidden && document.activeElement.id === 'token'"
                + " && performance.getEntriesByType('resource').filter(one => one.name.endsWith('models')).length === arguments[0]";
        browser.await("it asks", asked, 1);
        assertEquals(
                "",
                browser.run("return document.getElementById('roles').textContent")
                        .textValue());
        browser.write("#token", TOKEN + "x\n");
        browser.await("it asks again", asked, 2);
        assertEquals(
                "a token is needed",
                browser.run("return document.getElementById('state').textContent")
                        .textValue());
        browser.write("#token", TOKEN + "\n");
        browser.await("the page is live", "return document.getElementById('state').textContent === 'live'");
        assertTrue(browser.run("return document.getElementById('token-form').hidden")
                .asBoolean());
    }

    private static void chartsMove(Browser browser) throws IOException, InterruptedException {
        browser.await("a rate", "return /Out\\s*1[0-9.]+ Mbit\\/s/.test(document.getElementById('now').innerText)");
        String before = browser.run(PICTURE).textValue();
        browser.await("the chart moves", PICTURE + " !== arguments[0]", before);
        assertTrue(browser.run("return document.getElementById('now').innerText")
                .textValue()
                .contains("100 Mbit/s"));
        for (String chart : List.of("rate", "inside", "drops", "time", "late")) {
            browser.await("a line in " + chart, LINE, chart);
        }
    }

    private static void whatIsAppliedIsInForce(Browser browser, ServedLink served, LinkSpec spec)
            throws IOException, InterruptedException {
        // By the keyboard alone.
        assertEquals(
                "2ms",
                browser.run("const field = document.querySelector('[id^=delay-]:not(select)');"
                                + "field.closest('details').open = true; return field.value")
                        .textValue());
        browser.write("[id^=delay-]:not(select):not(p)", "25ms\n");
        browser.await("in force", "return document.getElementById('answer').textContent.startsWith('Version 1: a->b')");
        assertEquals(spec.with(delay(), "25ms"), served.link.spec());
        browser.await(
                "packets take so long", "return /Median time\\s*25/.test(document.getElementById('now').innerText)");
        Sample latest = served.link.collector().latest();
        assertTrue(latest.span().getFirst().timeInside().getValueAtPercentile(50) >= 25_000_000, "and on the link");
    }

    private static void badInputIsRefusedNextToItsField(Browser browser, ServedLink served)
            throws IOException, InterruptedException {
        LinkSpec before = served.link.spec();
        browser.write("[id^=delay-]:not(select):not(p)", "25xs\n");
        browser.await(
                "refused next to the field",
                "const field = document.querySelector('[id^=delay-]:not(select)');"
                        + "return field.getAttribute('aria-invalid') === 'true'"
                        + " && field.nextElementSibling.textContent.includes(\"'25xs' is not a time\")");
        assertEquals(before, served.link.spec());
        browser.write("[id^=delay-]:not(select):not(p)", "25ms");
        browser.await(
                "right again",
                "return document.querySelector('[id^=delay-]:not(select)').getAttribute('aria-invalid') === null");
    }

    /** All that {@code tlem set} takes, but for folders of models. */
    private static void whatElseCanChangeHasAField(Browser browser, ServedLink served)
            throws IOException, InterruptedException {
        Set<String> options = Setting.all().stream()
                .filter(setting -> setting.mayChange() && !setting.equals(Setting.MODEL_PATH))
                .map(Setting::key)
                .collect(Collectors.toCollection(TreeSet::new));
        String forms = browser.run(
                        "document.querySelectorAll('#roles details').forEach(form => { form.open = true; });"
                                + "return [...document.querySelectorAll('#roles summary')].map(one => one.firstChild.data).join()")
                .textValue();
        assertEquals(options, new TreeSet<>(List.of(forms.split(","))));
        browser.write("#filter-value", "drop udp prt 9");
        browser.await(
                "refused next to the field",
                "const field = document.getElementById('filter-value');"
                        + "return field.getAttribute('aria-invalid') === 'true'"
                        + " && field.nextElementSibling.textContent.includes('prt')");
        browser.write("#filter-value", "drop udp port 9\n");
        browser.await("in force", ANSWERED, "answer", "Version 2: a->b");
        assertEquals(
                "drop udp port 9",
                served.link
                        .spec()
                        .direction(0)
                        .find(Setting.FILTER)
                        .orElseThrow()
                        .toString());
        browser.write("#exempt-value", "arp,nd\n"); // of the whole link
        browser.await("in force", ANSWERED, "answer", "Version 3: a->b");
        assertEquals(Optional.of("arp,nd"), served.link.spec().find(Setting.EXEMPT));
    }

    private static void pagesOfOthersAreRefused(Browser browser, ServedLink served)
            throws IOException, InterruptedException {
        LinkSpec before = served.link.spec();
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            byte[] page = "<title>other</title>".getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        other.start();
        try {
            browser.go("http://localhost:" + other.getAddress().getPort() + "/");
            String link = "http://localhost:" + served.client.port() + "/api/v1/link";
            for (String how : List.of("cors", "no-cors")) {
                String said = browser.run(
                                "return fetch(arguments[0] + '/reset', {method: 'POST', mode: arguments[1]})"
                                        + ".then(answer => answer.type + answer.status, failure => 'failed')",
                                link,
                                how)
                        .textValue();
                assertFalse(said.contains("200"), said);
            }
            assertEquals(
                    "failed",
                    browser.run("return fetch(arguments[0]).then(answer => answer.text(), failure => 'failed')", link)
                            .textValue());
            assertEquals(before, served.link.spec());
            assertTrue(served.client.get("/api/v1/link").headers().get("etag").equals("\"3\""), "nothing has changed");
        } finally {
            other.stop(0);
        }
    }
}
