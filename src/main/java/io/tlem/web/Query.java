package io.tlem.web;

import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What stands behind the question mark of a request. */
final class Query {
    private Query() {}

    /**
     * Its values, by their names.
     *
     * @param query as it came; null for none
     * @param possible names
     * @throws IllegalArgumentException with one line, when there is another name, or one twice
     */
    static Map<String, String> of(String query, List<String> possible) {
        Map<String, String> given = new HashMap<>();
        for (String part : (query == null ? "" : query).split("&", -1)) {
            int equals = part.indexOf('=');
            String key = decoded(equals < 0 ? part : part.substring(0, equals));
            if (part.isEmpty()) {
                continue;
            }
            if (!possible.contains(key)) {
                throw new IllegalArgumentException(
                        Shown.quoted(key) + " is nothing to be asked by" + Nearest.hint(key, possible));
            }
            if (given.put(key, equals < 0 ? "" : decoded(part.substring(equals + 1))) != null) {
                throw new IllegalArgumentException(key + " is there twice");
            }
        }
        return given;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(Shown.quoted(text) + " is no part of a query", e);
        }
    }
}
