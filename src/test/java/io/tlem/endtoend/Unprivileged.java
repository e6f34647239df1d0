package io.tlem.endtoend;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Commands that another user runs, without any capability. Only root can run them. */
final class Unprivileged {
    /** The other user. */
    static final int USER = 65534;

    private static final List<String> SETPRIV = List.of(
            "setpriv",
            "--reuid",
            Integer.toString(USER),
            "--regid",
            Integer.toString(USER),
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all");

    private Unprivileged() {}

    /**
     * This Java, running a class of the test class path.
     *
     * @param folder empty, for a copy of the class path, which may lie in root's home
     */
    static List<String> java(Path folder, String mainClass, String... arguments) throws IOException {
        String classPath = readableByAll(folder, System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(SETPRIV);
        command.addAll(
                List.of(Program.javaLauncher(), "--enable-native-access=ALL-UNNAMED", "-cp", classPath, mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A command where all users may open the device of tap and tun interfaces, as on most machines. */
    static List<String> withTunDevice(List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs tmpfs /mnt && mknod -m 666 /mnt/tun c 10 200 && mount --bind /mnt/tun /dev/net/tun"
                        + " && exec \"$@\"",
                "sh"));
        all.addAll(command);
        return all;
    }

    /** A copy of a class path in a folder. */
    static String readableByAll(Path folder, String classPath) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Path from = Path.of(entry);
            if (!entry.isEmpty() && Files.exists(from)) {
                Path to = folder.resolve(Integer.toString(copies.size()));
                copy(from, to);
                copies.add(to.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path copy = from.equals(path)
                        ? to
                        : to.resolve(from.relativize(path).toString());
                Files.copy(path, copy);
                Files.setPosixFilePermissions(
                        copy, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }
}
