package io.tlem.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/**
 * Where Java begins. Compiled for Java 8, so that an older Java than the emulator needs says so in one line; it names no
 * class of the emulator, which such a Java could not read.
 */
public final class Launcher {
    private static final int LEAST = 22;
    private static final int LEAST_FILES = 64;
    private static final String RAISE = "; ulimit -n " + 16 * LEAST_FILES + " raises that";
    private static final char LOST = '\ufffd';

    private Launcher() {}

    /** Runs {@link Main} where it can run. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        String version = System.getProperty("java.specification.version");
        if (Integer.parseInt(version.startsWith("1.") ? version.substring(2) : version) < LEAST) {
            refuse("needs Java " + LEAST + " or newer, and " + System.getProperty("java.home") + " is Java " + version
                    + "; tools/tlem looks for the newest on this machine");
        }
        refuseFewFiles();
        String encoding = System.getProperty("sun.jnu.encoding", "");
        for (String argument : arguments) {
            if (argument.indexOf(LOST) >= 0 && !encoding.equalsIgnoreCase("UTF-8")) {
                refuse("in this locale, whose encoding is " + encoding + ", Java cannot read '" + argument
                        + "'; use tools/tlem, or set LC_ALL=C.UTF-8");
            }
        }
        try {
            Class.forName("io.tlem.cli.Main").getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            refuse("could not start: " + reason(e.getCause()));
        } catch (OutOfMemoryError | LinkageError e) {
            refuse("could not start: " + reason(e));
        }
    }

    private static String reason(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (!(failure instanceof OutOfMemoryError)) {
            return String.valueOf(failure);
        }
        return message.contains("native thread")
                ? "the system gives this process no more threads, see ulimit -u and pids.max of its control group"
                : "Java has too little memory, which -Xmx in TLEM_JAVA_OPTS sets";
    }

    /** Each library is an open file, and without one of them nothing but a stack trace would say so. */
    private static void refuseFewFiles() {
        File limits = new File("/proc/self/limits");
        if (!limits.exists()) {
            return; // not Linux
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(new FileInputStream(limits), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split("\\s+", -1);
                if (line.startsWith("Max open files")
                        && words[3].matches("[0-9]{1,4}") // no number: unlimited
                        && Integer.parseInt(words[3]) < LEAST_FILES) {
                    refuse("needs " + LEAST_FILES + " open files, and " + words[3] + " are allowed" + RAISE);
                }
            }
        } catch (IOException e) {
            refuse("needs " + LEAST_FILES + " open files, and not even one more is allowed" + RAISE);
        }
    }

    private static void refuse(String reason) {
        System.err.println("tlem: " + reason);
        Runtime.getRuntime().halt(2); // exit looks for a logger, which is one more file
    }
}
