package io.tlem.classify;

import io.tlem.text.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A word or a sign of an expression.
 *
 * @param kind what it is
 * @param text a word as it is written; of signs that are written in two ways the longer one, as {@code and} for {@code &&}
 * @param at place of its first character in the text, from 0
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        WORD,
        /** A word behind a backslash, which is a name and not the word of the language. */
        NAME,
        SIGN,
        END
    }

    private static final List<String> SIGNS = List.of(
            "&&", "||", "<<", ">>", "<=", ">=", "==", "!=", "!", "(", ")", "[", "]", ":", "+", "-", "*", "/", "%", "&",
            "|", "^", "<", ">", "=", ";");
    private static final Map<String, String> SAME = Map.of("&&", "and", "||", "or", "!", "not", "==", "=");
    private static final Set<String> WORDS_AS_SIGNS = Set.of("and", "or", "not");

    /** Takes a text apart. The last one is the {@link Kind#END}. */
    static List<Token> of(String text) {
        List<Token> tokens = new ArrayList<>();
        int brackets = 0;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                at++;
                continue;
            }
            boolean inside = brackets > 0;
            int end = at;
            if (c == '\\') {
                end = endOfWord(text, at + 1, inside);
                if (end == at + 1) {
                    throw wrong(at, "a name is missing behind the backslash");
                }
                tokens.add(new Token(Kind.NAME, text.substring(at + 1, end), at));
            } else if (isWord(c) || (c == ':' && !inside)) {
                end = endOfWord(text, at, inside);
                String word = text.substring(at, end);
                tokens.add(new Token(WORDS_AS_SIGNS.contains(word) ? Kind.SIGN : Kind.WORD, word, at));
            } else {
                int start = at;
                String sign = SIGNS.stream()
                        .filter(known -> text.startsWith(known, start))
                        .findFirst()
                        .orElseThrow(() -> wrong(
                                start, Shown.quoted(text.substring(start, start + 1)) + " is no sign of the language"));
                end = at + sign.length();
                brackets += sign.equals("[") ? 1 : sign.equals("]") && inside ? -1 : 0;
                tokens.add(new Token(Kind.SIGN, SAME.getOrDefault(sign, sign), at));
            }
            at = end;
        }
        tokens.add(new Token(Kind.END, "", text.length()));
        return tokens;
    }

    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** Hyphens, dots and underscores are within words, and colons where none divides an index from its size. */
    private static int endOfWord(String text, int start, boolean inBrackets) {
        int end = start;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = isWord(c) || c == '.' || (c == ':' && !inBrackets);
            if (ends) {
                end = i + 1;
            } else if (c != '-' && c != '_') {
                break;
            }
        }
        return end;
    }

    /** A mistake at a place of the text. */
    static IllegalArgumentException wrong(int at, String reason) {
        return new IllegalArgumentException("at character " + (at + 1) + ": " + reason);
    }

    /** A mistake in this token. */
    IllegalArgumentException wrong(String reason) {
        return wrong(at, reason);
    }

    boolean isSign(String sign) {
        return kind == Kind.SIGN && text.equals(sign);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** For messages. */
    String shown() {
        return kind == Kind.END ? "the end" : Shown.quoted(text);
    }
}
