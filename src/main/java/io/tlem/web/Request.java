package io.tlem.web;

import com.sun.net.httpserver.HttpExchange;
import io.tlem.spec.JsonText;
import io.tlem.spec.Node;
import io.tlem.spec.Setting;
import io.tlem.spec.YamlFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request that may be answered. Immutable. */
final class Request {
    /** As long as a configuration may be. */
    static final int MOST_BYTES = 64 * 1024;

    /** Of the request line and the headers, and of one for its own sake, bytes; and how many there may be. */
    private static final int MOST_HEADER_BYTES = 16 * 1024;

    private static final int A_HEADER_BYTES = 32;
    private static final int MOST_HEADERS = 64;

    static final String NAME = "request";

    private static final String CONNECTION = "Connection";
    private static final String CLOSE = "close";
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

    /** The answer to a request that has more ahead of its body than any needs. */
    static Optional<Reply> tooLong(HttpExchange exchange) {
        long bytes = exchange.getRequestURI().toString().length();
        int headers = 0;
        for (Map.Entry<String, List<String>> header :
                exchange.getRequestHeaders().entrySet()) {
            for (String value : header.getValue()) {
                bytes += A_HEADER_BYTES + header.getKey().length() + value.length();
                headers++;
            }
        }
        if (bytes <= MOST_HEADER_BYTES && headers <= MOST_HEADERS) {
            return Optional.empty();
        }
        return Optional.of(Reply.problem(
                        Reply.HEADERS_TOO_LARGE,
                        "a request has at most " + MOST_HEADERS + " headers, of " + MOST_HEADER_BYTES / 1024
                                + " KiB together with its path")
                .with(CONNECTION, CLOSE));
    }

    /**
     * Reads the body.
     *
     * @throws Reply.Refusal when it is too long, or not whole
     */
    static Request of(HttpExchange exchange) throws IOException {
        byte[] body;
        try {
            body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        } catch (ClosedChannelException e) {
            throw e; // nobody is there to be told
        } catch (IOException | IndexOutOfBoundsException e) { // the latter where a chunk has a length below 0
            throw new Reply.Refusal(
                    Reply.problem(Reply.BAD_REQUEST, "the body ends too early, or its chunks are none as HTTP has them")
                            .with(CONNECTION, CLOSE));
        }
        if (body.length > MOST_BYTES) {
            throw new Reply.Refusal(
                    Reply.problem(Reply.TOO_LARGE, "the body of a request has at most " + MOST_BYTES / 1024 + " KiB")
                            .with(CONNECTION, CLOSE));
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

    /** What stands behind the path, as it came; null for nothing. */
    String query() {
        return exchange.getRequestURI().getRawQuery();
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
            return (Node.Mapping) withoutNull(YamlFile.parse(NAME, text()));
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
