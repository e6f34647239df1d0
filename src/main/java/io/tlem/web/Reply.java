package io.tlem.web;

import io.tlem.spec.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer to a request. */
final class Reply {
    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int UNAUTHORIZED = 401;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int NO_SUCH_METHOD = 405;
    static final int CONFLICT = 409;
    static final int LOST_UPDATE = 412;
    static final int TOO_LARGE = 413;
    static final int UNKNOWN_TYPE = 415;
    static final int TOO_MANY = 429;
    static final int HEADERS_TOO_LARGE = 431;
    static final int FAULT = 500;
    static final int UNAVAILABLE = 503;

    /** As RFC 9457 wants them: HTTP's own. */
    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(BAD_REQUEST, "Bad Request"),
            Map.entry(UNAUTHORIZED, "Unauthorized"),
            Map.entry(FORBIDDEN, "Forbidden"),
            Map.entry(NOT_FOUND, "Not Found"),
            Map.entry(NO_SUCH_METHOD, "Method Not Allowed"),
            Map.entry(CONFLICT, "Conflict"),
            Map.entry(LOST_UPDATE, "Precondition Failed"),
            Map.entry(TOO_LARGE, "Content Too Large"),
            Map.entry(UNKNOWN_TYPE, "Unsupported Media Type"),
            Map.entry(TOO_MANY, "Too Many Requests"),
            Map.entry(HEADERS_TOO_LARGE, "Request Header Fields Too Large"),
            Map.entry(FAULT, "Internal Server Error"),
            Map.entry(UNAVAILABLE, "Service Unavailable"));

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body; // changed by nobody

    private Reply(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    int status() {
        return status;
    }

    /** Besides those that all have. */
    Map<String, String> headers() {
        return headers;
    }

    /** May be empty. */
    byte[] body() {
        return body;
    }

    static Reply of(String type, byte[] body) {
        return new Reply(OK, Map.of("Content-Type", type), body);
    }

    static Reply json(Map<String, ?> object) {
        return of("application/json", bytes(JsonText.line(object)));
    }

    /** The same with one more header. */
    Reply with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Reply(status, more, body);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What is not done, as RFC 9457 has it.
     *
     * @param detail one line
     */
    static Reply problem(int status, String detail) {
        return problem(status, detail, "");
    }

    /** @param pointer where in the request the mistake is, as in RFC 6901; empty for nowhere in particular */
    static Reply problem(int status, String detail, String pointer) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("title", TITLES.get(status));
        object.put("status", status);
        object.put("detail", detail);
        if (!pointer.isEmpty()) {
            object.put("pointer", pointer);
        }
        return new Reply(status, Map.of("Content-Type", "application/problem+json"), bytes(JsonText.line(object)));
    }

    /** Ends the handling of a request with an answer. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Reply reply;

        Refusal(Reply reply) {
            super(null, null, false, false);
            this.reply = reply;
        }

        Reply reply() {
            return reply;
        }
    }

    /** As {@link #problem(int, String)}, to be thrown. */
    static Refusal refusal(int status, String detail) {
        return new Refusal(problem(status, detail));
    }
}
