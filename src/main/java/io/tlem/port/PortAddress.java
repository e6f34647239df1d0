package io.tlem.port;

import io.tlem.text.Escapes;
import io.tlem.text.Shown;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a port is: {@code kind:name[,option=value…]}, for example {@code packet:eth0,timestamp=user}. A backslash takes a
 * comma, an equals sign, a colon or another backslash as a part of the name: {@code packet:ve\=1}.
 *
 * @param kind the provider's kind in lower case, empty when the user gave a bare name
 * @param name what the kind opens, may be empty
 * @param options options in the order given
 */
public record PortAddress(String kind, String name, Map<String, String> options) {
    /** Copies the options. */
    public PortAddress {
        options = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /**
     * Parses an address.
     *
     * @throws IllegalArgumentException with one line that says what was found and what is accepted
     */
    public static PortAddress parse(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("empty port address; expected kind:name[,option=value...]");
        }
        List<String> parts;
        try {
            parts = Escapes.split(text, ',');
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("port " + e.getMessage());
        }
        int colon = Escapes.indexOf(parts.get(0), ':');
        String kind = colon < 0 ? "" : parts.get(0).substring(0, colon);
        String name = parts.get(0).substring(colon + 1);
        parts.set(0, name);
        boolean optionsOnly = colon >= 0 && Escapes.indexOf(name, '=') >= 0; // kind:option=value, a kind without names
        Map<String, String> options = new LinkedHashMap<>();
        for (String part : parts.subList(optionsOnly ? 0 : 1, parts.size())) {
            int equals = Escapes.indexOf(part, '=');
            if (equals < 1) {
                throw new IllegalArgumentException("port " + text + ": " + Shown.quoted(part)
                        + " is not of the form option=value; a comma in a name is written \\,");
            }
            String option = Escapes.plain(part.substring(0, equals));
            if (options.put(option, Escapes.plain(Escapes.stripped(part.substring(equals + 1)))) != null) {
                throw new IllegalArgumentException("port " + text + ": option " + option + " is given twice");
            }
        }
        return new PortAddress(kind, optionsOnly ? "" : Escapes.plain(name), options);
    }

    /** An address without options. */
    public static PortAddress of(String kind, String name) {
        return new PortAddress(kind, name, Map.of());
    }

    /** The same address under another kind. */
    public PortAddress withKind(String newKind) {
        return new PortAddress(newKind, name, options);
    }

    /** The same address with one more option. */
    public PortAddress withOption(String option, String value) {
        Map<String, String> more = new LinkedHashMap<>(options);
        more.put(option, value);
        return new PortAddress(kind, name, more);
    }

    /**
     * Refuses options that the kind does not know.
     *
     * @throws IllegalArgumentException naming the first unknown option and those that are known
     */
    public void requireOptionsIn(Set<String> known) {
        for (String option : options.keySet()) {
            if (!known.contains(option)) {
                throw new IllegalArgumentException("port " + this + ": unknown option " + Shown.quoted(option)
                        + (known.isEmpty()
                                ? "; this kind takes none"
                                : "; known: " + String.join(", ", new java.util.TreeSet<>(known)))
                        + (name.isEmpty() ? "; an equals sign in a name is written \\=" : ""));
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (kind.isEmpty()) {
            text.append(Escapes.part(name).replace(":", "\\:"));
        } else {
            text.append(kind).append(':').append(Escapes.part(name));
        }
        String separator = name.isEmpty() ? "" : ",";
        for (Map.Entry<String, String> option : options.entrySet()) {
            text.append(separator)
                    .append(Escapes.part(option.getKey()))
                    .append('=')
                    .append(Escapes.part(option.getValue()));
            separator = ",";
        }
        return text.toString();
    }
}
