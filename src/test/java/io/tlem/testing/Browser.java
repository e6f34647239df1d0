package io.tlem.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Chromium without a screen, driven as the W3C's WebDriver has it. */
public final class Browser implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern STARTED = Pattern.compile(".*started successfully on port (\\d+).*");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process driver;
    private final String base;
    private final String session;

    /** @param folder for its profile */
    public Browser(Path folder, int width) throws IOException, InterruptedException {
        driver = new ProcessBuilder("chromedriver", "--port=0")
                .redirectErrorStream(true)
                .start();
        try {
            BufferedReader lines = driver.inputReader(StandardCharsets.UTF_8);
            Matcher started = STARTED.matcher("");
            for (String line = lines.readLine(); !started.reset(line).matches(); line = lines.readLine()) {
                if (line == null) {
                    throw new IOException("chromedriver has ended");
                }
            }
            base = "http://127.0.0.1:" + started.group(1) + "/session";
            Map<String, Object> chrome = Map.of(
                    "args",
                    List.of(
                            "--headless=new",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--disable-background-networking",
                            "--user-data-dir=" + folder,
                            "--window-size=" + width + ",900"));
            session = "/"
                    + ask(
                                    "POST",
                                    "",
                                    Map.of(
                                            "capabilities",
                                            Map.of(
                                                    "alwaysMatch",
                                                    Map.of(
                                                            "goog:chromeOptions",
                                                            chrome,
                                                            "goog:loggingPrefs",
                                                            Map.of("browser", "ALL")))))
                            .get("sessionId")
                            .textValue();
        } catch (IOException | InterruptedException | RuntimeException e) {
            driver.destroyForcibly();
            throw e;
        }
    }

    private JsonNode ask(String method, String path, Map<String, ?> object) throws IOException, InterruptedException {
        HttpRequest.BodyPublisher body = object == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(object));
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create(base + path))
                        .timeout(PATIENCE)
                        .method(method, body)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonNode value = MAPPER.readTree(response.body()).get("value");
        if (response.statusCode() != 200) {
            throw new IOException(method + " " + path + ": " + value);
        }
        return value;
    }

    public void go(String url) throws IOException, InterruptedException {
        JsonNode ignored = ask("POST", session + "/url", Map.of("url", url));
    }

    /** What a script in the page returns; of a promise, what it comes to. */
    public JsonNode run(String script, Object... arguments) throws IOException, InterruptedException {
        return ask("POST", session + "/execute/sync", Map.of("script", script, "args", List.of(arguments)));
    }

    /** Waits until a script in the page returns true. */
    public void await(String what, String script, Object... arguments) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!run(script, arguments).asBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what + "; the page says "
                        + run("return document.body.innerText"));
            }
            Thread.sleep(50);
        }
    }

    private String element(String selector) throws IOException, InterruptedException {
        return session + "/element/"
                + ask("POST", session + "/element", Map.of("using", "css selector", "value", selector))
                        .elements()
                        .next()
                        .textValue();
    }

    public void click(String selector) throws IOException, InterruptedException {
        JsonNode ignored = ask("POST", element(selector) + "/click", Map.of());
    }

    /** Drags with the mouse, between two distances from the middle of an element. */
    public void drag(String selector, int from, int to) throws IOException, InterruptedException {
        Map<String, String> origin =
                Map.of("element-6066-11e4-a52e-4f735466cecf", element(selector).replaceFirst(".*/", ""));
        JsonNode ignored = ask(
                "POST",
                session + "/actions",
                Map.of(
                        "actions",
                        List.of(Map.of(
                                "type",
                                "pointer",
                                "id",
                                "mouse",
                                "actions",
                                List.of(
                                        Map.of(
                                                "type",
                                                "pointerMove",
                                                "duration",
                                                0,
                                                "x",
                                                from,
                                                "y",
                                                0,
                                                "origin",
                                                origin),
                                        Map.of("type", "pointerDown", "button", 0),
                                        Map.of(
                                                "type",
                                                "pointerMove",
                                                "duration",
                                                50,
                                                "x",
                                                to,
                                                "y",
                                                0,
                                                "origin",
                                                origin),
                                        Map.of("type", "pointerUp", "button", 0))))));
    }

    /** Presses a key of the keyboard, by its character. */
    public void press(String selector, String key) throws IOException, InterruptedException {
        JsonNode ignored = ask("POST", element(selector) + "/value", Map.of("text", key));
    }

    /** Writes as somebody at a keyboard does. */
    public void write(String selector, String text) throws IOException, InterruptedException {
        String field = element(selector);
        JsonNode ignored = ask("POST", field + "/clear", Map.of());
        ignored = ask("POST", field + "/value", Map.of("text", text));
    }

    /** Gives the page another size, and the colours that its viewer prefers. */
    public void look(int width, int height, boolean dark) throws IOException, InterruptedException {
        JsonNode ignored = ask(
                "POST",
                session + "/goog/cdp/execute",
                Map.of(
                        "cmd",
                        "Emulation.setDeviceMetricsOverride",
                        "params",
                        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false)));
        Map<String, String> colours = Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
        ignored = ask(
                "POST",
                session + "/goog/cdp/execute",
                Map.of("cmd", "Emulation.setEmulatedMedia", "params", Map.of("features", List.of(colours))));
    }

    /** A picture of what is shown, PNG. */
    public byte[] picture() throws IOException, InterruptedException {
        return Base64.getDecoder()
                .decode(ask("GET", session + "/screenshot", null).textValue());
    }

    /** What the page's console has said since the last call. */
    public List<String> complaints() throws IOException, InterruptedException {
        return ask("POST", session + "/se/log", Map.of("type", "browser")).findValuesAsText("message");
    }

    @Override
    public void close() throws IOException {
        try {
            JsonNode ignored = ask("DELETE", session, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            driver.destroyForcibly();
        }
    }
}
