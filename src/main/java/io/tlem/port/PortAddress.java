package io.tlem.port;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where a port is: {@code kind:name[,option=value…]}, for example {@code packet:eth0,timestamp=user}.
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
        String[] parts = text.split(",", -1);
        int colon = parts[0].indexOf(':');
        String kind = colon < 0 ? "" : parts[0].substring(0, colon);
        String name = parts[0].substring(colon + 1);
        Map<String, String> options = new LinkedHashMap<>();
        int firstOption = 1;
        if (name.contains("=") && colon >= 0) { // kind:option=value, a kind without names
            name = "";
            firstOption = 0;
            parts[0] = parts[0].substring(colon + 1);
        }
        for (int i = firstOption; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "port " + text + ": '" + parts[i] + "' is not of the form option=value");
            }
            if (options.put(parts[i].substring(0, equals), parts[i].substring(equals + 1)) != null) {
                throw new IllegalArgumentException(
                        "port " + text + ": option " + parts[i].substring(0, equals) + " is given twice");
            }
        }
        return new PortAddress(kind, name, options);
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
                throw new IllegalArgumentException("port " + this + ": unknown option '" + option + "'"
                        + (known.isEmpty()
                                ? "; this kind takes none"
                                : "; known: " + String.join(", ", new java.util.TreeSet<>(known))));
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (!kind.isEmpty()) {
            text.append(kind).append(':');
        }
        text.append(name);
        String separator = name.isEmpty() ? "" : ",";
        for (Map.Entry<String, String> option : options.entrySet()) {
            text.append(separator).append(option.getKey()).append('=').append(option.getValue());
            separator = ",";
        }
        return text.toString();
    }
}
