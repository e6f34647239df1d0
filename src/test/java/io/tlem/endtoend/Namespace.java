package io.tlem.endtoend;

import static io.tlem.endtoend.Program.output;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.AssertionFailedError;

/**
 * A network namespace.
 *
 * @param name as {@code ip netns} knows it
 */
record Namespace(String name) {
    static Namespace create(String name) {
        output("ip", "netns", "add", name);
        return new Namespace(name);
    }

    static boolean exists(String name) {
        return Files.exists(Path.of("/run/netns", name)); // also where there is no ip
    }

    /** The command that runs another here. */
    List<String> command(List<String> command) {
        return Stream.concat(Stream.of("ip", "netns", "exec", name), command.stream())
                .toList();
    }

    Program start(String... command) {
        return Program.start(command(List.of(command)));
    }

    /** Starts a class of the tests here. */
    Program startJava(Class<?> mainClass, Object... arguments) {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        return Program.start(command(Program.java(
                mainClass.getName(), List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-Xshare:auto"), words)));
    }

    Program.Result run(Duration limit, String... command) {
        return Program.run(limit, command(List.of(command)));
    }

    /** {@code ip} in this namespace. */
    String ip(String... arguments) {
        return output(
                Stream.concat(Stream.of("ip", "-n", name), Stream.of(arguments)).toArray(String[]::new));
    }

    /** How many times over an interface is in promiscuous mode. */
    int promiscuity(String device) {
        Matcher matcher = Pattern.compile("promiscuity (\\d+)").matcher(ip("-d", "link", "show", "dev", device));
        if (!matcher.find()) {
            throw new AssertionFailedError("ip does not say whether " + device + " is promiscuous");
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** A counter of an interface, such as {@code rx_packets}. */
    long statistic(String device, String counter) {
        return Long.parseLong(
                output("ip", "netns", "exec", name, "cat", "/sys/class/net/" + device + "/statistics/" + counter)
                        .strip());
    }

    /** UDP datagrams that came and found no room in the buffer of their socket. */
    long udpBufferErrors() {
        return snmp("/proc/net/snmp", "Udp: ", "RcvbufErrors") + snmp6("Udp6RcvbufErrors");
    }

    /** UDP datagrams that came with a wrong checksum. */
    long udpChecksumErrors() {
        return snmp("/proc/net/snmp", "Udp: ", "InCsumErrors") + snmp6("Udp6InCsumErrors");
    }

    /** TCP segments that came with a wrong checksum; of both IP versions. */
    long tcpChecksumErrors() {
        return snmp("/proc/net/snmp", "Tcp: ", "InCsumErrors");
    }

    private long snmp(String file, String prefix, String counter) {
        List<String> lines = output("ip", "netns", "exec", name, "cat", file)
                .lines()
                .filter(line -> line.startsWith(prefix))
                .toList();
        int column = List.of(lines.get(0).split(" ", -1)).indexOf(counter);
        return Long.parseLong(lines.get(1).split(" ", -1)[column]);
    }

    private long snmp6(String counter) {
        return output("ip", "netns", "exec", name, "cat", "/proc/net/snmp6")
                .lines()
                .map(line -> line.split("\\s+", -1))
                .filter(words -> words[0].equals(counter))
                .mapToLong(words -> Long.parseLong(words[1]))
                .sum();
    }

    /** Ends what runs here and deletes the namespace with its interfaces. */
    void delete() {
        if (exists(name)) {
            output("sh", "-c", "kill -KILL $(ip netns pids " + name + ") 2>/dev/null; ip netns delete " + name);
        }
    }
}
