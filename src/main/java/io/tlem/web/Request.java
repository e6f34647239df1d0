package io.tlem.web;

import com.sun.net.httpserver.HttpExchange;
import io.tlem.spec.JsonText;
import io.tlem.spec.Node;
import io.tlem.spec.Setting;
import io.tlem.spec.YamlFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request that may be answered. Immutable. */
final class Request {
    /** As long as a configuration may be. */
    static final int MOST_BYTES = 64 * 1024;

    static final String NAME = "request";

    private static final Pattern VERSION = Pattern.compile("\"(\\d{1,18})\"");
    private static final List<String> JSON = List.of("application/json", "application/merge-patch+json");
    private static final List<String> YAML = List.of("application/yaml", "application/x-yaml", "text/yaml");

    private final HttpExchange exchange;
    private final String direction;
    private final byte[] body;

    private Request(HttpExchange exchange, String direction, byte[] body) {
        this.exchange = exchange;
        this.direction = direction;
        this.body = body;
    }

    /** Reads the body. */
    static Request of(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            throw Reply.refusal(Reply.TOO_LARGE, "a request has at most " + MOST_BYTES / 1024 + " KiB");
        }
        return new Request(exchange, "", body);
    }

    Request in(String named) {
        return new Request(exchange, named, body);
    }

    /** Such as GET. */
    String method() {
        return exchange.getRequestMethod();
    }

    /** Without a query. */
    String path() {
        return String.valueOf(exchange.getRequestURI().getPath());
    }

    /** The direction that is named in the path; empty when none is. */
    String direction() {
        return direction;
    }

    /** The header with a name; empty when there is none. */
    String header(String name) {
        return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
    }

    /** The version that the link must have. */
    OptionalLong onlyVersion() {
        String ifMatch = header("If-Match");
        if (ifMatch.isEmpty() || ifMatch.equals("*")) {
            return OptionalLong.empty();
        }
        Matcher version = VERSION.matcher(ifMatch);
        if (!version.matches()) {
            throw Reply.refusal(Reply.BAD_REQUEST, "If-Match takes the link's version, such as \"3\"");
        }
        return OptionalLong.of(Long.parseLong(version.group(1)));
    }

    /** Whether there is no body. */
    boolean isEmpty() {
        return body.length == 0;
    }

    /** The object in the body, of which null is what is not to be there. */
    Node.Mapping object() {
        String type = header("Content-Type").replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (JSON.contains(type)) {
            return (Node.Mapping) withoutNull(JsonText.parse(NAME, text()));
        }
        if (YAML.contains(type)) {
            return YamlFile.parse(NAME, text());
        }
        throw Reply.refusal(
                Reply.UNKNOWN_TYPE, "the header Content-Type must be " + JSON.getFirst() + " or " + YAML.getFirst());
    }

    private String text() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Reply.refusal(Reply.BAD_REQUEST, "the text is not UTF-8");
        }
    }

    private static Node withoutNull(Node node) {
        return switch (node) {
            case Node.Mapping mapping ->
                new Node.Mapping(
                        mapping.place(),
                        mapping.entries().stream()
                                .map(entry -> new Node.Entry(entry.key(), withoutNull(entry.value())))
                                .toList());
            case Node.Scalar scalar when scalar.isNull() -> new Node.Scalar(scalar.place(), Setting.NONE, false);
            default -> node;
        };
    }
}
