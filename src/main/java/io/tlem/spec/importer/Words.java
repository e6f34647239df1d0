package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import io.tlem.text.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The words of a command line, taken one after the other, so that none is left out. */
final class Words {
    private final List<String> words = new ArrayList<>();
    private int next;

    /** @param words none of them empty */
    Words(List<String> words) {
        this.words.addAll(words);
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

    /** The first of some words that a word begins, as tc compares them; "" when it begins none. */
    static String abbreviated(String word, List<String> possible) {
        return possible.stream()
                .filter(candidate -> !word.isEmpty() && candidate.startsWith(word))
                .findFirst()
                .orElse("");
    }

    /** Whether a word to come is the handle of a qdisc or a class, such as 8001: or 1:10. */
    boolean isHandleNext(int ahead) {
        return next + ahead < words.size() && words.get(next + ahead).matches("[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}");
    }

    /** Leaves out the first word that is this one, and all behind it. */
    void cutAt(String word) {
        int at = words.indexOf(word);
        if (at >= next) {
            words.subList(at, words.size()).clear();
        }
    }

    /** The words that have not been taken. */
    List<String> all() {
        return List.copyOf(words.subList(next, words.size()));
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
