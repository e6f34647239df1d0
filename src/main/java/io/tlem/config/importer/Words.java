package io.tlem.config.importer;

import io.tlem.config.ConfigException;
import io.tlem.config.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The words of a command line, taken one after the other, so that none is left out. */
final class Words {
    private final List<String> words = new ArrayList<>();
    private int next;

    /** @param texts words, or several in one; a backslash at the end of a line is none */
    Words(List<String> texts) {
        for (String text : texts) {
            for (String word : text.strip().split("\\s+", -1)) {
                if (!word.isEmpty() && !word.equals("\\")) {
                    words.add(word);
                }
            }
        }
    }

    boolean hasNext() {
        return next < words.size();
    }

    /** The next word without taking it, or "". */
    String peek() {
        return hasNext() ? words.get(next) : "";
    }

    /** Takes the next word. */
    String take() {
        return words.get(next++);
    }

    /** Takes the value of an option. */
    String value(String option) {
        if (!hasNext()) {
            throw new ConfigException("nothing follows " + option);
        }
        return take();
    }

    /** Takes the next word if it is one of some. */
    boolean takeIf(String... possible) {
        boolean found = hasNext() && List.of(possible).contains(peek());
        next += found ? 1 : 0;
        return found;
    }

    /** Takes the name of a program, with or without its folder. */
    boolean takeProgram(String... names) {
        String word = peek();
        boolean found = List.of(names).contains(word.substring(word.lastIndexOf('/') + 1));
        next += found ? 1 : 0;
        return found;
    }

    /** Whether the next word begins with a digit, by which the programs know that a value follows. */
    boolean atNumber() {
        return hasNext() && isDigit(peek().charAt(0));
    }

    boolean atSignedNumber() {
        return hasNext() && (atNumber() || peek().startsWith("-"));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** All words, as one line. */
    @Override
    public String toString() {
        return String.join(" ", words);
    }

    /** What was taken since a position that {@link #position} said. */
    String since(int position) {
        return String.join(" ", words.subList(position, next));
    }

    int position() {
        return next;
    }

    static ConfigException unknown(String word, Collection<String> possible) {
        return new ConfigException(
                "unknown word '" + word + "'" + Nearest.hint(word.toLowerCase(Locale.ROOT), possible));
    }
}
