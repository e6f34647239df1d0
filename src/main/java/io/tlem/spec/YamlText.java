package io.tlem.spec;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Values as they are written into a configuration file, with quotes where YAML needs them. */
public final class YamlText {
    /** What is itself in YAML wherever it stands, also in a list in brackets and followed by a colon. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9./_+][A-Za-z0-9./_+%=-]*");

    /** The same with commas, which end a value in brackets. */
    private static final Pattern PLAIN_IN_BLOCK = Pattern.compile("[A-Za-z0-9./_+][A-Za-z0-9./_+%=,-]*");

    /** Configurations are printed, and are UTF-8 whatever the terminal is. */
    private static final boolean UNICODE = System.out.charset().equals(StandardCharsets.UTF_8);

    private static final List<String> RESERVED = List.of("null", "true", "false", "yes", "no", "on", "off");

    private YamlText() {}

    /** A value behind its key. */
    public static String scalar(String text) {
        return of(text, PLAIN_IN_BLOCK);
    }

    /** Values in brackets. */
    public static String list(List<String> values) {
        return values.stream().map(value -> of(value, PLAIN)).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Mappings within mappings on one line. */
    public static String flow(Map<?, ?> mapping) {
        return mapping.entrySet().stream()
                .map(entry -> entry.getKey() + ": "
                        + (entry.getValue() instanceof Map<?, ?> inner
                                ? flow(inner)
                                : of(String.valueOf(entry.getValue()), PLAIN)))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** Lines of a comment, each with what it needs to be one. */
    public static List<String> comment(String text) {
        return text.lines().map(line -> "# " + printable(line)).toList();
    }

    private static String of(String text, Pattern plain) {
        boolean reserved = RESERVED.stream().anyMatch(text::equalsIgnoreCase);
        return plain.matcher(text).matches() && !reserved ? text : quoted(text);
    }

    private static String quoted(String text) {
        if (printable(text).equals(text)) {
            return "'" + text.replace("'", "''") + "'";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (isPrintable(c)) {
                quoted.append(c);
            } else {
                quoted.append(String.format("\\u%04x", (int) c));
            }
        }
        return quoted.append('"').toString();
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars().forEach(c -> printable.append(isPrintable((char) c) ? (char) c : '?'));
        return printable.toString();
    }

    private static boolean isPrintable(char c) {
        return (c < 0x80 || UNICODE) && isPrintableAtAll(c);
    }

    private static boolean isPrintableAtAll(char c) {
        return (c >= ' ' && c < 0x7f) || (c >= 0xa1 && c < 0x2000 && c != 0xad) || (c >= 0x3000 && c < 0xd800);
    }
}
