package io.tlem.text;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;

/**
 * Text of a user, a file or the system as messages show it. What could move the cursor, change colours or turn the
 * direction of writing is shown as an escape, because it would reach a terminal, and what is long is shortened.
 */
public final class Shown {
    private static final int MAX_TEXT = 60;
    private static final int MAX_LINE = 1000;
    private static final int LINE_START = 640;
    private static final String CUT = "...";

    private Shown() {}

    /** A value inside a message: its start when it is long. */
    public static String text(String text) {
        return text.length() <= MAX_TEXT ? escaped(text, null) : escaped(text.substring(0, MAX_TEXT), null) + CUT;
    }

    /** The same between quotes. */
    public static String quoted(String text) {
        return "'" + text(text) + "'";
    }

    /**
     * A whole message on one line, without its middle when it is long: what is wrong stands at the start, what is accepted
     * at the end.
     *
     * @param charset what the terminal reads; what it has not is escaped
     */
    public static String line(String message, Charset charset) {
        String line = message.length() <= 2 * MAX_LINE
                ? escaped(message, charset)
                : escaped(message.substring(0, MAX_LINE), charset)
                        + CUT
                        + escaped(message.substring(message.length() - MAX_LINE), charset);
        return line.length() <= MAX_LINE
                ? line
                : line.substring(0, LINE_START) + " " + CUT + " "
                        + line.substring(line.length() - (MAX_LINE - LINE_START));
    }

    /** A line of output, whatever its length. */
    public static String output(String line, Charset charset) {
        return escaped(line, charset);
    }

    private static String escaped(String text, Charset charset) {
        CharsetEncoder encoder = charset != null && charset.canEncode() ? charset.newEncoder() : null;
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isPrintable(c) && (c < 0x7f || encoder == null || encoder.canEncode(Character.toString(c)))) {
                shown.appendCodePoint(c);
            } else if (c == 'µ') {
                shown.append('u');
            } else {
                shown.append(escape(c));
            }
        });
        return shown.toString();
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }

    private static String escape(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                c < 0x100
                        ? String.format("\\x%02x", c)
                        : c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c);
        };
    }
}
