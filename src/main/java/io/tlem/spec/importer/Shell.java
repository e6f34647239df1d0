package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands of a shell's lines, as far as those need to be known here: quotes, comments, lines that go on behind a
 * backslash, commands in a row, redirections, and variables that were given a value. Nothing is run.
 */
final class Shell {
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=(.*)", Pattern.DOTALL);
    private static final Pattern VARIABLE =
            Pattern.compile("\\$(?:\\{([A-Za-z_][A-Za-z0-9_]*)}|([A-Za-z_][A-Za-z0-9_]*))");
    private static final Pattern REDIRECTION = Pattern.compile("[0-9]?(>|>>|<|>&|&>)(.*)");

    private final Map<String, String> variables = new HashMap<>();
    private final List<List<String>> commands = new ArrayList<>();
    private List<String> command = new ArrayList<>();
    private StringBuilder word; // null between words
    private boolean quoted; // whether a part of the word was

    private Shell() {}

    /**
     * The commands, none of them empty.
     *
     * @param texts words of one command; or, where each has several words, commands
     */
    static List<List<String>> commands(List<String> texts) {
        boolean lines =
                texts.size() > 1 && texts.stream().allMatch(text -> text.strip().matches("(?s).*\\s.*"));
        Shell shell = new Shell();
        shell.read(String.join(lines ? "\n" : " ", texts));
        return shell.commands;
    }

    private void read(String text) {
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    add(c);
                }
            } else if (c == '\\' && i + 1 < text.length()) {
                i++;
                i += text.startsWith("\r\n", i) ? 1 : 0;
                if (text.charAt(i) == '\n') {
                    endWord();
                } else if (text.charAt(i) != ' ' || word != null) { // a backslash alone is left of a line that went on
                    add(text.charAt(i));
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                quoted = true;
                word = word == null ? new StringBuilder() : word;
            } else if (c == '#' && word == null) {
                int end = text.indexOf('\n', i);
                i = (end < 0 ? text.length() : end) - 1;
            } else if (c == '\n' || c == ';' || c == '|' || (c == '&' && !isRedirection(text, i))) {
                endCommand();
            } else if (Character.isWhitespace(c)) {
                endWord();
            } else {
                add(c);
            }
        }
        if (quote != 0) {
            throw new ConfigException("the quote " + quote + " is not closed");
        }
        endCommand();
    }

    private static boolean isRedirection(String text, int at) {
        return (at > 0 && text.charAt(at - 1) == '>') || text.startsWith(">", at + 1);
    }

    private void add(char c) {
        word = word == null ? new StringBuilder() : word;
        word.append(c);
    }

    private void endWord() {
        if (word == null) {
            return;
        }
        String text = VARIABLE.matcher(word).replaceAll(match -> {
            String name = match.group(1) == null ? match.group(2) : match.group(1);
            return Matcher.quoteReplacement(variables.getOrDefault(name, match.group()));
        });
        if (quoted || text.equals("\\")) {
            command.addAll(text.equals("\\") ? List.of() : List.of(text));
        } else {
            command.addAll(List.of(text.strip().split("\\s+", -1)));
        }
        word = null;
        quoted = false;
    }

    private void endCommand() {
        endWord();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < command.size(); i++) {
            Matcher redirection = REDIRECTION.matcher(command.get(i));
            if (redirection.matches()) {
                i += redirection.group(2).isEmpty() ? 1 : 0;
            } else if (!command.get(i).isEmpty()) {
                words.add(command.get(i));
            }
        }
        command = new ArrayList<>();
        int assignments = 0;
        while (assignments < words.size()
                && ASSIGNMENT.matcher(words.get(assignments)).matches()) {
            assignments++;
        }
        for (String assignment : words.subList(0, assignments)) {
            Matcher matcher = ASSIGNMENT.matcher(assignment);
            if (matcher.matches()) {
                variables.put(matcher.group(1), matcher.group(2));
            }
        }
        if (assignments < words.size()) {
            commands.add(words.subList(assignments, words.size()));
        }
    }
}
