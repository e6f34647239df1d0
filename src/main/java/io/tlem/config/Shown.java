package io.tlem.config;

/** Text of a file as messages show it: on one line, and not all of it when it is long. */
final class Shown {
    private static final int MAX_LENGTH = 60;

    private Shown() {}

    static String text(String text) {
        StringBuilder shown = new StringBuilder();
        int length = Math.min(text.length(), MAX_LENGTH);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) || Character.getType(c) == Character.LINE_SEPARATOR ? ' ' : c);
        }
        return length < text.length() ? shown + "..." : shown.toString();
    }
}
