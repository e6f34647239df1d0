package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PortProvider;
import io.tlem.port.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** README and the reference say what there is: options, ports, classes, and files that they link to. */
class ReferenceTest {
    private static final int MOST_CLASSES = 12;

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(
                List.of(Reference.root().resolve("README.md"), Reference.root().resolve("bench/README.md")));
        for (String folder : List.of("src/site/markdown", ".github")) {
            try (Stream<Path> files = Files.list(Reference.root().resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
            }
        }
        return pages;
    }

    @Test
    void everyLinkLeadsToAFileAndItsHeading() throws IOException {
        Pattern link = Pattern.compile("\\]\\(([^)#]*)(?:#([^)]*))?\\)");
        int links = 0;
        for (Path page : pages()) {
            Matcher found = link.matcher(Files.readString(page));
            while (found.find()) {
                Path target = found.group(1).isEmpty() ? page : page.resolveSibling(found.group(1));
                assertTrue(Files.exists(target), page + " links to " + found.group(1));
                if (found.group(2) != null) {
                    String heading = "(?im)^#+ " + found.group(2).replace("-", "[- ]") + "$";
                    assertTrue(
                            Pattern.compile(heading)
                                    .matcher(Files.readString(target))
                                    .find(),
                            page + " links to " + found.group());
                }
                links++;
            }
        }
        assertTrue(links > 30, links + " links");
    }

    @Test
    void everyPageIsLinkedFromTheReadme() throws IOException {
        String readme = Files.readString(Reference.root().resolve("README.md"));
        for (Path page : pages()) {
            String name = Reference.root().relativize(page).toString();
            assertTrue(name.equals("README.md") || readme.contains("(" + name + ")"), name);
        }
    }

    @Test
    void everyOptionOfRunIsInTheReference() throws IOException {
        Set<String> written = Pattern.compile("`(--[a-z-]+|-[A-Za-z])\\b")
                .matcher(Reference.page("options"))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        CommandLine run = Main.commandLine().getSubcommands().get("run");
        Set<String> unwritten = new TreeSet<>();
        for (OptionSpec option : run.getCommandSpec().options()) {
            if (Stream.of(option.names()).noneMatch(written::contains)) {
                unwritten.add(option.longestName());
            }
        }
        unwritten.removeAll(Set.of("--help", "--version"));
        assertEquals(Set.of(), unwritten);
        Set<String> unknown = new TreeSet<>(written);
        unknown.removeAll(run.getCommandSpec().optionsMap().keySet());
        assertEquals(Set.of(), unknown);
    }

    @Test
    void everyKindOfPortIsInTheReference() throws IOException {
        String page = Reference.page("ports");
        for (PortProvider provider : Ports.providers()) {
            assertTrue(page.contains("`" + provider.kind() + ":"), provider.kind());
        }
    }

    /** The page is one page, and true at least in that each class that it names is there with its method. */
    @Test
    void aPacketsPathNamesFewClassesAndEachIsThere() throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.walk(Reference.root().resolve("src/main/java"))) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - 5))
                    .toList();
        }
        String page = Reference.page("packet");
        Set<String> named = Pattern.compile("\\b(?:[A-Z][a-z]+){2,}\\b|`([A-Z][a-z]+)`")
                .matcher(page)
                .results()
                .map(match -> match.group().replace("`", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> missing = new TreeSet<>(named);
        missing.removeAll(names);
        assertEquals(Set.of(), missing);
        assertTrue(named.size() >= 8 && named.size() <= MOST_CLASSES, named.toString());
        assertTrue(page.lines().count() <= 60, "one page");
        Matcher methods = Pattern.compile("`([A-Z]\\w+)\\.([a-z]\\w+)`").matcher(page);
        while (methods.find()) {
            try (Stream<Path> files = Files.walk(Reference.root().resolve("src/main/java"))) {
                Path file = files.filter(path -> path.endsWith(methods.group(1) + ".java"))
                        .findFirst()
                        .orElseThrow();
                assertTrue(Files.readString(file).contains(" " + methods.group(2) + "("), methods.group());
            }
        }
    }
}
