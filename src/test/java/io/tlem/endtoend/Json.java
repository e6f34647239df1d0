package io.tlem.endtoend;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value read into maps, lists, strings and numbers. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Object value;

    private Json(Object value) {
        this.value = value;
    }

    static Json parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            return new Json(read(parser));
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    private static Object read(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Json> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, new Json(read(parser)));
                }
                return object;
            }
            case START_ARRAY -> {
                List<Json> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(new Json(read(parser)));
                }
                return array;
            }
            case VALUE_NUMBER_INT -> {
                return parser.getLongValue();
            }
            case VALUE_NUMBER_FLOAT -> {
                return parser.getDoubleValue();
            }
            default -> {
                return parser.getText();
            }
        }
    }

    /** A member of an object; several names go down as many levels. */
    Json get(String... names) {
        Json json = this;
        for (String name : names) {
            Json member = json.object().get(name);
            if (member == null) {
                throw new AssertionError("no " + name + " in " + json.value);
            }
            json = member;
        }
        return json;
    }

    @SuppressWarnings("unchecked")
    Map<String, Json> object() {
        return (Map<String, Json>) value;
    }

    @SuppressWarnings("unchecked")
    List<Json> array() {
        return (List<Json>) value;
    }

    long number() {
        return ((Number) value).longValue();
    }

    double decimal() {
        return ((Number) value).doubleValue();
    }

    @Override
    public String toString() {
        return String.valueOf(value);
    }
}
