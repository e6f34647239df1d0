package io.tlem.os.doctor;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.NetworkInterfaces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Looks at this machine for what spoils timing or traffic. Any thread. */
public final class Doctor {
    private static final int LONGEST_WAIT_SECONDS = 5;

    private Doctor() {}

    /**
     * Everything looked at, in the order of groups: timing, rights, then each interface.
     *
     * @param interfaces to be emulated between; none is needed
     * @throws IllegalArgumentException when there is no such interface
     */
    public static List<Finding> look(List<String> interfaces) {
        Tree tree = new Tree(Path.of("/"));
        boolean linux = isLinux();
        List<Finding> findings = new ArrayList<>();
        if (linux) {
            findings.addAll(new LinuxTiming(tree).all());
            findings.addAll(LinuxRights.of(tree, !interfaces.isEmpty()));
        } else {
            findings.addAll(new FreeBsdMachine(Doctor::sysctl).all());
        }
        for (String name : interfaces) {
            InterfaceFacts facts = InterfaceFacts.of(name)
                    .orElseThrow(() -> new IllegalArgumentException("there is no interface \"" + name + "\""));
            findings.addAll(
                    linux
                            ? LinuxInterface.of(tree, name, facts, NetworkInterfaces.driverSettings(name))
                            : FreeBsdMachine.ofInterface(name, facts));
        }
        return findings;
    }

    static boolean isLinux() {
        return System.getProperty("os.name").equals("Linux");
    }

    /** Of this machine. */
    static Settings settings() {
        return new Settings(
                new Tree(Path.of("/")),
                Doctor::sysctl,
                (name, value) -> run(name + "=" + value).isPresent());
    }

    private static Optional<String> sysctl(String name) {
        return run("-n", name);
    }

    private static Optional<String> run(String... words) {
        List<String> command = new ArrayList<>(List.of("/sbin/sysctl"));
        command.addAll(List.of(words));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) { // its one line fits the pipe
                process.destroyForcibly();
                return Optional.empty();
            }
            String value = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return value.isEmpty() ? Optional.empty() : Optional.of(value);
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
