package io.tlem.os.doctor;

import io.tlem.os.NetworkInterfaces;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes settings of a machine. Any thread.
 *
 * @param tree the files of Linux
 * @param sysctl the value of a name, empty when there is none
 * @param setSysctl gives a name a value, and tells whether it could
 */
record Settings(Tree tree, Function<String, Optional<String>> sysctl, BiPredicate<String, String> setSysctl) {
    private static final Pattern CHOSEN = Pattern.compile("\\[([^\\]]+)\\]"); // as in "always [madvise] never"

    /** The value now, empty when it cannot be told. */
    Optional<String> read(Change.Kind kind, String target) {
        return switch (kind) {
            case FILE -> tree.text(target).map(Settings::chosen);
            case DRIVER -> NetworkInterfaces.driverSetting(interfaceOf(target), settingOf(target));
            case SYSCTL -> sysctl.apply(target);
        };
    }

    private static String chosen(String text) {
        Matcher matcher = CHOSEN.matcher(text);
        return matcher.find() ? matcher.group(1) : text;
    }

    private static String interfaceOf(String target) {
        return target.substring(0, target.indexOf(' '));
    }

    private static String settingOf(String target) {
        return target.substring(target.indexOf(' ') + 1);
    }

    /**
     * Sets it.
     *
     * @return why it could not be set; empty when it has the value now
     */
    String write(Change.Kind kind, String target, String value) {
        boolean taken;
        try {
            taken = switch (kind) {
                case FILE -> {
                    Path ignored = Files.writeString(
                            tree.root().resolve(target),
                            value,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
                    yield true;
                }
                case DRIVER -> NetworkInterfaces.setDriverSetting(interfaceOf(target), settingOf(target), value);
                case SYSCTL -> setSysctl.test(target, value);
            };
        } catch (IOException e) {
            return e instanceof AccessDeniedException ? "this user may not" : e.getMessage();
        }
        Optional<String> now = read(kind, target);
        return taken && now.equals(Optional.of(value)) ? "" : "it stays " + now.orElse("unknown");
    }
}
