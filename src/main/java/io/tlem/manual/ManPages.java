package io.tlem.manual;

import io.tlem.cli.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes a manual page for each command, as roff, from the same descriptions that {@code --help} shows. Plain macros of
 * man(7) suffice for that; {@code tools/dist} runs it.
 */
public final class ManPages {
    private static final int PRINTABLE_FROM = 0x20;
    private static final int PRINTABLE_TO = 0x7e;

    private final StringBuilder page = new StringBuilder();
    private final CommandSpec command;

    private ManPages(CommandSpec command) {
        this.command = command;
    }

    /** Writes the pages into a folder: {@code ManPages FOLDER}. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]));
    }

    /** Writes the pages of all commands into a folder. */
    static void write(Path folder) throws IOException {
        for (CommandSpec command : commands(Main.commandLine().getCommandSpec())) {
            String text = new ManPages(command).text();
            Files.writeString(folder.resolve(name(command) + ".1"), text, StandardCharsets.US_ASCII);
        }
    }

    /** The command and all below it that its help shows. */
    static List<CommandSpec> commands(CommandSpec command) {
        List<CommandSpec> all = new ArrayList<>(List.of(command));
        children(command).forEach(child -> all.addAll(commands(child)));
        return all;
    }

    private static Collection<CommandSpec> children(CommandSpec command) {
        return command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(child -> !child.usageMessage().hidden())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The page's name: {@code tlem-import-tc}. */
    static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String text() {
        String[] description = command.usageMessage().description();
        request("TH", name(command).toUpperCase(Locale.ROOT), "1", "", "tlem " + Main.version(), "tlem");
        request("SH", "NAME");
        line(name(command) + " - " + firstSentence(String.join(" ", description)));
        synopsis();
        request("SH", "DESCRIPTION");
        paragraphs(description);
        arguments("ARGUMENTS", command.positionalParameters());
        arguments("OPTIONS", command.options());
        if (!children(command).isEmpty()) {
            request("SH", "COMMANDS");
            children(command).forEach(child -> {
                request("TP");
                bold(child.name());
                line(firstSentence(String.join(" ", child.usageMessage().description())));
            });
        }
        if (!command.usageMessage().exitCodeList().isEmpty()) {
            request("SH", "EXIT STATUS");
            command.usageMessage().exitCodeList().forEach((status, meaning) -> {
                request("TP");
                bold(status);
                line(plain(meaning));
            });
        }
        if (command.usageMessage().footer().length > 0) {
            request("SH", "EXAMPLES");
            paragraphs(command.usageMessage().footer());
        }
        seeAlso();
        return page.toString();
    }

    private void synopsis() {
        request("SH", "SYNOPSIS");
        StringBuilder line = new StringBuilder("\\fB" + escape(command.qualifiedName()) + "\\fR");
        if (!command.options().isEmpty()) {
            line.append(" [\\fIOPTION\\fR...]");
        }
        for (PositionalParamSpec argument : command.positionalParameters()) {
            String word = "\\fI" + escape(argument.paramLabel()) + "\\fR"
                    + (argument.arity().max() > 1 ? "..." : "");
            line.append(argument.arity().min() > 0 ? " " + word : " [" + word + "]");
        }
        if (!children(command).isEmpty()) {
            line.append(" \\fICOMMAND\\fR");
        }
        page.append(line).append('\n');
    }

    private void arguments(String heading, List<? extends ArgSpec> arguments) {
        List<? extends ArgSpec> shown =
                arguments.stream().filter(argument -> !argument.hidden()).toList();
        if (shown.isEmpty()) {
            return;
        }
        request("SH", heading);
        for (ArgSpec argument : shown) {
            request("TP");
            page.append(tag(argument)).append('\n');
            paragraphs(argument.description());
        }
    }

    private static String tag(ArgSpec argument) {
        String value = "\\fI" + escape(argument.paramLabel()) + "\\fR";
        if (!(argument instanceof OptionSpec option)) {
            return value;
        }
        String names = Arrays.stream(option.names())
                .map(name -> "\\fB" + escape(name) + "\\fR")
                .collect(Collectors.joining(", "));
        return option.arity().max() == 0 ? names : names + " " + value;
    }

    private void seeAlso() {
        List<CommandSpec> others = new ArrayList<>();
        if (command.parent() != null) {
            others.add(command.parent());
        }
        others.addAll(children(command));
        request("SH", "SEE ALSO");
        page.append(others.stream()
                        .map(other -> "\\fB" + escape(name(other)) + "\\fR(1)")
                        .collect(Collectors.joining(",\n")))
                .append('\n');
    }

    /** Lines that begin with a blank are examples, and stay lines; an empty one ends a paragraph. */
    private void paragraphs(String[] lines) {
        boolean example = false;
        boolean begun = false;
        for (String line : lines) {
            for (String part : plain(line).split("\\R", -1)) {
                if (part.startsWith(" ") != example) {
                    example = !example;
                    for (String request : example ? List.of("PP", "nf") : List.of("fi", "PP")) {
                        request(request);
                    }
                }
                if (part.isBlank()) {
                    if (begun) {
                        request("sp");
                    }
                } else {
                    line(part);
                    begun = true;
                }
            }
        }
        if (example) {
            request("fi");
        }
    }

    /** What picocli shows of a description, which may be a format still: without marks of colour, with its line ends. */
    private static String plain(String description) {
        return Ansi.OFF.string(description).replace("%n", "\n").replace("%%", "%");
    }

    private static String firstSentence(String description) {
        String text = plain(description).strip();
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private void request(String name, String... arguments) {
        page.append('.').append(name);
        for (String argument : arguments) {
            page.append(" \"").append(escape(argument)).append('"');
        }
        page.append('\n');
    }

    private void bold(String text) {
        page.append("\\fB").append(escape(text)).append("\\fR\n");
    }

    private void line(String text) {
        page.append(escape(text)).append('\n');
    }

    /** Text that roff prints as it is: a hyphen is a minus, which can be copied; no line begins with a request. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(character -> {
            switch (character) {
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '"' -> escaped.append("\\(dq");
                case '\'' -> escaped.append("\\(aq");
                case '`' -> escaped.append("\\(ga");
                case '^' -> escaped.append("\\(ha");
                case '~' -> escaped.append("\\(ti");
                default -> {
                    if (character >= PRINTABLE_FROM && character <= PRINTABLE_TO) {
                        escaped.appendCodePoint(character);
                    } else {
                        escaped.append(String.format(Locale.ROOT, "\\[u%04X]", character));
                    }
                }
            }
        });
        return text.startsWith(".") ? "\\&" + escaped : escaped.toString();
    }
}
