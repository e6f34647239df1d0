package io.tlem.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a JSON document into the tree that YAML becomes, whose places are JSON pointers; and writes objects. */
public final class JsonText {
    private static final int MAX_DEPTH = 16;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // which every locale's encoding has
            .build();

    private JsonText() {}

    /**
     * Reads a document.
     *
     * @param name its name, for messages
     * @throws ConfigException when it is not an object in JSON
     */
    public static Node.Mapping parse(String name, String text) {
        Place.InJson top = new Place.InJson(name, "");
        try (JsonParser json = FACTORY.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw top.wrong("expected an object, such as {\"seed\": 42}");
            }
            Node.Mapping document = object(json, top);
            if (json.nextToken() != null) {
                throw top.wrong("more than one value");
            }
            return document;
        } catch (JsonProcessingException e) {
            JsonLocation location = e.getLocation() == null ? JsonLocation.NA : e.getLocation();
            throw new Place.InFile(name, Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()))
                    .wrong("not JSON: " + Shown.text(String.valueOf(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new ConfigException(name + ": cannot be read: " + e.getMessage());
        }
    }

    private static Node.Mapping object(JsonParser json, Place.InJson place) throws IOException {
        List<Node.Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            Place.InJson at = place.at(key);
            if (!seen.add(key)) {
                throw at.wrong("the key is there twice");
            }
            json.nextToken();
            entries.add(new Node.Entry(new Node.Scalar(at, key, false), value(json, at)));
        }
        return new Node.Mapping(place, List.copyOf(entries));
    }

    private static Node value(JsonParser json, Place.InJson place) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> object(json, place);
            case START_ARRAY -> {
                List<Node> values = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(json, place.at(Integer.toString(values.size()))));
                }
                yield new Node.Sequence(place, List.copyOf(values));
            }
            default -> new Node.Scalar(place, json.getText(), json.currentToken() != JsonToken.VALUE_STRING);
        };
    }

    /**
     * A value that is JSON already.
     *
     * @param json on one line
     */
    public record Raw(String json) {}

    /** An object on one line, in ASCII: of mappings, lists, strings, numbers, flags and {@link Raw}. */
    public static String line(Map<String, ?> object) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            write(json, object);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not throw
        }
        return text.toString();
    }

    static void write(JsonGenerator json, Object value) throws IOException {
        switch (value) {
            case Map<?, ?> mapping -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : mapping.entrySet()) {
                    json.writeFieldName((String) entry.getKey());
                    write(json, entry.getValue());
                }
                json.writeEndObject();
            }
            case List<?> several -> {
                json.writeStartArray();
                for (Object one : several) {
                    write(json, one);
                }
                json.writeEndArray();
            }
            case Boolean flag -> json.writeBoolean(flag);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case Raw raw -> json.writeRawValue(raw.json());
            default -> json.writeString(value.toString());
        }
    }
}
