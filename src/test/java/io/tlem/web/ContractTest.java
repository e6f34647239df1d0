package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.tlem.impair.Role;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The document of the API, and nothing else, is what the server does: every answer in it comes about and is of its schema. */
@Timeout(60)
class ContractTest {
    private static final String LINK = "/api/v1/link";
    private static final String DIRECTION = "/api/v1/link/directions/{direction}";
    private static final String LEDGER = "/api/v1/ledger";
    private static final String TOKEN = "0123456789abcdef";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    private final JsonNode document =
            MAPPER.valueToTree(new Load(LoadSettings.builder().build())
                    .loadFromString(new String(Api.resource("openapi.yaml"), StandardCharsets.UTF_8)));
    private final Set<String> open = new TreeSet<>();

    /** Every answer of the document: {@code GET /healthz 200}. */
    private Set<String> answers() {
        Set<String> all = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(method -> !method.getKey().equals("parameters"))
                        .forEach(method -> method.getValue()
                                .get("responses")
                                .fieldNames()
                                .forEachRemaining(status -> all.add(method.getKey()
                                                .toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + status))));
        return all;
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").textValue().substring(1)) : node;
    }

    private void check(String method, String path, Client.Answer answer) {
        String name = method + " " + path + " " + answer.status();
        assertTrue(open.remove(name) || answers().contains(name), name + " is not in the document: " + answer.body());
        JsonNode response = resolved(document.get("paths")
                .get(path)
                .get(method.toLowerCase(Locale.ROOT))
                .get("responses")
                .get(Integer.toString(answer.status())));
        String type = answer.headers().get("content-type");
        JsonNode media = response.get("content").get(type);
        assertTrue(media != null, name + " is of another type: " + type);
        validate(
                name,
                media.get("schema"),
                type.endsWith("json") && !type.endsWith("ndjson") ? tree(answer.body()) : new TextNode(answer.body()));
        if (response.has("headers")) {
            response.get("headers").properties().forEach(header -> {
                JsonNode schema = resolved(header.getValue()).get("schema");
                String value = answer.headers().get(header.getKey().toLowerCase(Locale.ROOT));
                assertTrue(value != null, name + " lacks " + header.getKey());
                validate(name, schema, new TextNode(value));
            });
        }
    }

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    /** The document's schemas are found by their names in it. */
    private void validate(String name, JsonNode schema, JsonNode value) {
        ObjectNode whole = MAPPER.createObjectNode();
        whole.setAll((ObjectNode) schema);
        whole.set("components", document.get("components"));
        Set<ValidationMessage> messages = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(whole)
                .validate(value);
        assertTrue(messages.isEmpty(), () -> name + ": " + messages + " in " + value);
    }

    private Client.Answer asked(Client client, String method, String path, String body, String... headers)
            throws IOException {
        Client.Answer answer = client.json(method, path.replace("{direction}", "a-to-b"), body, headers);
        check(method, path, answer);
        return answer;
    }

    @Test
    void everyAnswerOfTheDocumentComesAboutAndIsAsItSays() throws Exception {
        open.addAll(answers());
        assertTrue(open.size() > 40, open.toString());
        try (ServedLink served = new ServedLink(ServedLink.spec()
                .with(Setting.of(Role.DELAY), "1ms")
                .with(Setting.of(Role.LOSS), "1%")
                .conclude())) {
            Client client = served.client;
            for (String path : List.of(
                    "/healthz",
                    "/metrics",
                    "/api/v1/openapi.yaml",
                    LINK,
                    DIRECTION,
                    "/api/v1/config",
                    "/api/v1/scenario",
                    "/api/v1/scenario/state",
                    "/api/v1/statistics",
                    LEDGER,
                    "/api/v1/models",
                    "/api/v1/presets")) {
                asked(client, "GET", path, "");
            }
            asked(client, "GET", "/api/v1/config", "", "Accept: application/json");
            for (String path : List.of("/metrics", LINK)) {
                asked(client, "GET", path, "", "Host: attacker.example");
            }
            check("GET", LINK, client.ask("DELETE", LINK, ""));
            check("GET", DIRECTION, client.get("/api/v1/link/directions/b-to-a"));
            for (String method : List.of("PATCH", "PUT")) {
                for (String path : List.of(LINK, DIRECTION)) {
                    String body = path.equals(LINK) ? "{\"both\":{\"delay\":\"%s\"}}" : "{\"delay\":\"%s\"}";
                    asked(client, method, path, body.formatted(method.length() + path.length() + "us"));
                    asked(client, method, path, body.formatted("x"));
                    asked(client, method, path, body.formatted("1ms"), "If-Match: \"99\"");
                    asked(client, method, path, "x".repeat(70_000));
                    check(method, path, client.ask(method, path.replace("{direction}", "a-to-b"), "{}"));
                }
            }
            asked(client, "GET", "/api/v1/journal", "");
            asked(client, "POST", LINK + "/check", "{\"both\":{\"delay\":\"9ms\"}}");
            asked(client, "POST", LINK + "/check", "{\"both\":{\"delay\":\"9\",\"loss\":2}}");
            for (String path : List.of(LINK + "/undo", LINK + "/reset")) {
                asked(client, "POST", path, "");
                asked(client, "POST", path, "", "If-Match: 1");
                asked(client, "POST", path, "", "If-Match: \"99\"");
            }
            for (int status = 200; status == 200; ) {
                status = asked(client, "POST", LINK + "/undo", "").status();
            }
            events(client);
        }
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude())) {
            Client client = served.client;
            String start = "/api/v1/scenario/start";
            String seek = "/api/v1/scenario/seek";
            asked(client, "POST", start, "");
            asked(client, "POST", seek, "{\"to\":\"a\"}");
            asked(client, "POST", "/api/v1/scenario/stop", "");
            String steps = "{\"steps\":[{\"point\":\"a\"},{\"at\":\"900s\",\"point\":\"b\",\"link\":\"up\"}]}";
            asked(client, "POST", start, steps);
            asked(client, "POST", start, steps.replace("900s", "soon"));
            asked(client, "POST", start, steps, "If-Match: \"99\"");
            asked(client, "POST", start, "x".repeat(70_000));
            check("POST", start, client.ask("POST", start, "{}"));
            asked(client, "GET", "/api/v1/scenario", "");
            for (String width : List.of("width=300", "width=239", "width=wide", "height=9")) {
                check("GET", "/api/v1/scenario", client.get("/api/v1/scenario?" + width));
            }
            asked(client, "GET", "/api/v1/scenario/state", "");
            asked(client, "GET", LINK, "");
            asked(client, "POST", seek, "{\"to\":\"b\"}");
            asked(client, "POST", seek, "{\"to\":\"901s\"}");
            asked(client, "POST", seek, "{\"to\":[]}");
            asked(client, "POST", seek, "{\"to\":\"b\"}", "If-Match: \"99\"");
            check("POST", seek, client.ask("POST", seek, "{}"));
            for (String header : List.of("If-Match: \"99\"", "If-Match: 99", "Accept: */*")) {
                asked(client, "POST", "/api/v1/scenario/stop", "", header);
            }
        }
        for (String file : List.of("run.ledger", "run.csv")) {
            try (ServedLink served = new ServedLink(ServedLink.spec()
                    .with(Setting.LEDGER, folder.resolve(file).toString())
                    .conclude())) {
                for (int status = 409; status == 409 && !file.endsWith(".csv"); ) { // nothing is written at first
                    status = asked(served.client, "GET", LEDGER, "").status();
                }
                asked(served.client, "GET", LEDGER, "");
                if (!file.endsWith(".csv")) {
                    check("GET", LEDGER, served.client.get(LEDGER + "?from=x"));
                }
            }
        }
        try (ServedLink served = new ServedLink(ServedLink.spec().conclude(), TOKEN)) {
            for (String path : List.of("/metrics", LINK, "/api/v1/events")) {
                asked(served.client, "GET", path, "");
            }
        }
        assertEquals(Set.of(), open, "in the document, and not asked for here");
    }

    /** As many as there may be, and one more. */
    private void events(Client client) throws IOException {
        List<Socket> all = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                Socket socket = client.connect();
                all.add(socket);
                socket.getOutputStream()
                        .write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                InputStream in = socket.getInputStream();
                assertEquals("HTTP/1.1 200 OK", Client.line(in));
                String type = "";
                for (String line = Client.line(in); !line.isEmpty(); line = Client.line(in)) {
                    type = line.startsWith("Content-type: ") ? line.substring(14) : type;
                }
                String chunk = Client.line(in); // its length
                assertTrue(Integer.parseInt(chunk, 16) > 100, chunk);
                String body = Client.line(in) + "\n" + Client.line(in) + "\n";
                check(
                        "GET",
                        "/api/v1/events",
                        new Client.Answer(200, Map.of("content-type", type), body.getBytes(StandardCharsets.UTF_8)));
                validate(
                        "snapshot",
                        document.at("/components/schemas/Link/properties/in_force"),
                        tree(body.substring(body.indexOf('{'))).get("in_force"));
            }
            asked(client, "GET", "/api/v1/events", "");
        } finally {
            for (Iterator<Socket> i = all.iterator(); i.hasNext(); ) {
                i.next().close();
            }
        }
    }
}
