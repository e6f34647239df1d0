package io.tlem.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Lists in a word, as specifications of models and addresses of ports are: parts between commas, names before equals
 * signs. A backslash takes the character behind it as it is, so that any file or interface can be named:
 * {@code a\,b.trace}.
 */
public final class Escapes {
    private static final char ESCAPE = '\\';

    private Escapes() {}

    /**
     * The parts between separators, without space around them. Their escapes are still there.
     *
     * @throws IllegalArgumentException when a backslash has nothing behind it
     */
    public static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int end = indexOf(text, separator, 0); end >= 0; end = indexOf(text, separator, start)) {
            parts.add(stripped(text.substring(start, end)));
            start = end + 1;
        }
        parts.add(stripped(text.substring(start)));
        return parts;
    }

    /**
     * Where a character stands that is not escaped, or -1.
     *
     * @throws IllegalArgumentException when a backslash has nothing behind it
     */
    public static int indexOf(String text, char wanted) {
        return indexOf(text, wanted, 0);
    }

    private static int indexOf(String text, char wanted, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == wanted) {
                return i;
            }
            if (c == ESCAPE && ++i == text.length()) {
                throw new IllegalArgumentException(
                        Shown.quoted(text) + " ends in a backslash, which takes the character behind it as it is");
            }
        }
        return -1;
    }

    /** Without the space around it, but for a space that is escaped. */
    public static String stripped(String part) {
        String stripped = part.strip();
        int backslashes = 0;
        while (backslashes < stripped.length() && stripped.charAt(stripped.length() - 1 - backslashes) == ESCAPE) {
            backslashes++;
        }
        int end = part.stripTrailing().length();
        return backslashes % 2 == 1 && end < part.length() ? stripped + part.charAt(end) : stripped;
    }

    /** What a part stands for. */
    public static String plain(String part) {
        if (part.indexOf(ESCAPE) < 0) {
            return part;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            boolean escape = part.charAt(i) == ESCAPE && i + 1 < part.length();
            plain.append(part.charAt(escape ? ++i : i));
        }
        return plain.toString();
    }

    /** The part that stands for a text. */
    public static String part(String text) {
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean spaceAtEnd = Character.isWhitespace(c) && (i == 0 || i == text.length() - 1);
            if (c == ',' || c == '=' || c == ESCAPE || spaceAtEnd) {
                part.append(ESCAPE);
            }
            part.append(c);
        }
        return part.toString();
    }
}
