package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tlem shell} on a machine of its own: a namespace, which a web server is beside. */
@Tag("privileged")
class ShellTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String SERVER = "198.18.79.2";
    private static final String SERVER6 = "2001:db8:79::2";
    private static final String SETTINGS6 = "/proc/sys/net/ipv6/conf/";

    private final String prefix = "tlemtest-" + ProcessHandle.current().pid() + "-shell-";
    private final Namespace machine = new Namespace(prefix + "machine");
    private final Namespace world = new Namespace(prefix + "world");

    @TempDir
    private Path folder;

    @BeforeEach
    void makeMachine() {
        EmulatedNetwork.require("ping", "sh");
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            Privileged.missing("no /dev/net/tun");
        }
        Namespace.create(machine.name());
        Namespace.create(world.name());
        Program.output("ip", "netns", "exec", machine.name(), "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
        machine.ip("link", "set", "lo", "up");
        machine.ip("link", "add", "up0", "type", "veth", "peer", "name", "up1", "netns", world.name());
        machine.ip("address", "add", "198.18.79.1/24", "dev", "up0");
        world.ip("address", "add", SERVER + "/24", "dev", "up1");
        machine.ip("address", "add", "2001:db8:79::1/64", "dev", "up0", "nodad");
        world.ip("address", "add", SERVER6 + "/64", "dev", "up1", "nodad");
        machine.ip("link", "set", "up0", "up");
        world.ip("link", "set", "up1", "up");
    }

    @AfterEach
    void removeMachine() {
        machine.delete();
        world.delete();
    }

    private static List<String> tlem(String... arguments) {
        return Program.java("io.tlem.cli.Main", List.of("-Xmx256m"), List.of(arguments));
    }

    private Program.Result shell(String... arguments) {
        return Program.run(LIMIT, machine.command(tlem(arguments)));
    }

    /** What a shell could leave behind: interfaces, rules, settings, files and processes. */
    private void assertNothingLeft() {
        Await.until("nothing is left", Duration.ofSeconds(15), () -> left().isEmpty());
        assertEquals("", left());
    }

    private String left() {
        StringBuilder left = new StringBuilder();
        Matcher tap = Pattern.compile("tlem\\d+").matcher(machine.ip("link"));
        while (tap.find()) {
            left.append(tap.group()).append('\n');
        }
        if (Stream.of("/usr/sbin/nft", "/sbin/nft").anyMatch(nft -> Files.exists(Path.of(nft)))) {
            String rules = Program.output("ip", "netns", "exec", machine.name(), "nft", "list", "ruleset");
            left.append(rules.contains("100.64") || rules.contains("tlem") ? rules : "");
        }
        left.append(setting("/proc/sys/net/ipv4/ip_forward").equals("0") ? "" : "ip_forward\n");
        left.append(setting(SETTINGS6 + "all/forwarding").equals("0") ? "" : "forwarding\n");
        left.append(setting(SETTINGS6 + "up0/forwarding").equals("0") ? "" : "up0/forwarding\n");
        left.append(setting(SETTINGS6 + "up0/accept_ra").equals("1") ? "" : "up0/accept_ra\n");
        try (Stream<Path> files = Files.list(Path.of("/run"))) {
            files.filter(file -> file.getFileName().toString().startsWith("tlem-forward-"))
                    .forEach(file -> left.append(file).append('\n'));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("31415") && line.contains("sleep"))
                        .isPresent())
                .forEach(process ->
                        left.append(process.info().commandLine().orElse("")).append('\n'));
        return left.toString();
    }

    private String setting(String file) {
        return Program.output("ip", "netns", "exec", machine.name(), "cat", file)
                .strip();
    }

    @Test
    void aCommandThatIsNotThere() {
        Program.Result result = shell("shell", "--peer", "true", "nosuch-command");
        assertEquals(127, result.status(), result.toString());
        assertTrue(
                result.err().contains("tlem: shell: nosuch-command cannot be run: No such file or directory"),
                result.err());
        assertNothingLeft();
    }

    /** The command can do as it likes with its network; without an interface there is no link. */
    @Test
    void anInterfaceThatIsRemovedEndsIt() {
        Program.Result result = shell(
                "shell",
                "--warm-up",
                "0",
                "--peer",
                "sleep 31415",
                "--",
                "sh",
                "-c",
                "ip link del eth0; trap '' TERM; sleep 31415; :");
        assertEquals(1, result.status(), result.toString());
        assertEquals("tlem: tun:eth0: the interface has been removed\n", result.err());
        assertNothingLeft();
    }

    @Test
    void pingsTakeTheDelay() {
        String pings = "ping -n -c 5 -i 0.1 $TLEM_BASE && ping -n -c 1 $MAHIMAHI_BASE && ping -n -c 1 $TLEM_BASE6 &&"
                + " ip route && ip -6 route && ip link; exit 7";
        Program.Result result = shell("shell", "--delay", "20ms", "--peer", "sleep 31415", "--", "sh", "-c", pings);
        assertEquals(7, result.status(), result.toString());
        Matcher least = Pattern.compile("rtt min/avg/max/mdev = ([0-9.]+)/").matcher(result.out());
        assertTrue(least.find(), result.out());
        System.out.println("tlem shell at 20 ms each way: least of five pings " + least.group(1) + " ms");
        assertEquals(40, Double.parseDouble(least.group(1)), 2);
        assertTrue(result.out().contains("64 bytes from fd74:6c65:6d00::1"), result.out());
        assertTrue(result.out().contains("default via 100.64.0.1 dev eth0"), result.out());
        assertTrue(result.out().contains("default dev eth0"), result.out());
        assertEquals(
                2,
                Pattern.compile("(?m)^\\d+: ").matcher(result.out()).results().count(),
                result.out());
        assertNothingLeft();
    }

    @Test
    void mahimahisLinesWork() throws IOException {
        Privileged.tool("iptables");
        Path trace = Files.writeString(folder.resolve("up,12"), "1\n"); // 12 Mbit/s
        Program.Result result = shell(
                "mm-delay",
                "10",
                "mm-loss",
                "downlink",
                "0",
                "mm-link",
                trace.toString(),
                trace.toString(),
                "--uplink-queue=droptail",
                "--uplink-queue-args=packets=100",
                "--",
                "sh",
                "-c",
                "sleep 31415 & kill -KILL $$");
        assertEquals(137, result.status(), result.toString());
        assertEquals("", result.out());
        assertNothingLeft();
    }

    @Test
    void iperfThroughALimit() {
        Privileged.tool("iperf3");
        Program.Result result = shell(
                "shell",
                "-v",
                "--bandwidth",
                "20M",
                "--queue",
                "100k",
                "--peer",
                "iperf3 -s",
                "--",
                "sh",
                "-c",
                "iperf3 -t 2 -f k -c $TLEM_BASE");
        Matcher rate = Pattern.compile("([0-9]+) Kbits/sec +receiver").matcher(result.succeeded());
        assertTrue(rate.find(), result.toString());
        System.out.println("tlem shell, 20 Mbit/s: iperf3 received " + rate.group(1) + " kbit/s");
        double kilobits =
                Double.parseDouble(rate.group(1)); // the headers take the rest, and beginning and end some more
        assertTrue(kilobits > 15_000 && kilobits < 19_200, result.out());
        assertTrue(result.out().contains("a->b") && result.out().contains("transmitted"), result.out());
        assertNothingLeft();
    }

    /**
     * Out of the machine, to a server that knows only the machine's own addresses of both kinds. The machine's server of names cannot be reached
     * from another network: those that it asks are named inside.
     */
    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nft"})
    void curlFromOutside(String tool) throws IOException {
        Privileged.tool("curl", "unshare", "mount", tool);
        byte[] content = new byte[1 << 20];
        new Random(3).nextBytes(content);
        Path served = Files.createDirectory(folder.resolve("served"));
        Files.write(served.resolve("file"), content);
        Path got = folder.resolve("got");
        Path got6 = folder.resolve("got6");
        try (Program server = world.start(
                Path.of(System.getProperty("java.home"), "bin", "jwebserver").toString(),
                "-b",
                "::",
                "-p",
                "8079",
                "-d",
                served.toString())) {
            server.awaitOutput("Serving", LIMIT);
            List<String> command = new ArrayList<>(List.of(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/resolve && echo nameserver 127.0.0.53 >/run/stub"
                            + " && echo nameserver " + SERVER + " >/run/systemd/resolve/resolv.conf"
                            + " && mount --bind /run/stub /etc/resolv.conf && exec \"$@\"",
                    "sh",
                    "env",
                    "PATH=" + pathWithout(tool)));
            String fetch = "cat /etc/resolv.conf && curl -s -o " + got + " http://" + SERVER
                    + ":8079/file && curl -s -o " + got6 + " http://[" + SERVER6 + "]:8079/file";
            command.addAll(tlem("shell", "--delay", "5ms", "sh", "-c", fetch));
            Program.Result result = Program.run(LIMIT, machine.command(command));
            assertEquals("nameserver " + SERVER + "\n", result.succeeded());
            assertEquals("", result.err());
        }
        assertArrayEquals(content, Files.readAllBytes(got));
        assertArrayEquals(content, Files.readAllBytes(got6));
        assertNothingLeft();
    }

    /** A PATH with no other tool for address translation than this one, of both kinds. */
    private String pathWithout(String tool) throws IOException {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        for (String name : List.of(
                "sh",
                "env",
                "ip",
                "cat",
                "tr",
                "readlink",
                "grep",
                "rm",
                "sed",
                "ls",
                "sleep",
                "curl",
                "unshare",
                "mount",
                tool,
                tool.equals("iptables") ? "ip6tables" : tool)) {
            for (String parent : List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin")) {
                Path program = Path.of(parent, name);
                if (Files.isExecutable(program) && !Files.exists(bin.resolve(name))) {
                    Files.createSymbolicLink(bin.resolve(name), program);
                }
            }
        }
        return bin.toString();
    }

    @Test
    void nothingIsLeftWhenItIsKilled() {
        Privileged.tool("iptables", "unshare");
        String elsewhere = "unshare --net sh -c 'echo runs; sleep 31415; true' & sleep 31415; true";
        List<String> words = List.of("shell", "--warm-up", "0", "--delay", "1ms", "sh", "-c", elsewhere);
        try (Program shell = Program.start(machine.command(tlem(words.toArray(String[]::new))))) {
            shell.awaitOutput("runs", LIMIT);
            assertFalse(left().isEmpty());
            assertEquals("1", setting(SETTINGS6 + "all/forwarding"));
            assertEquals("2", setting(SETTINGS6 + "up0/accept_ra")); // its routers stay known
            Program.output("kill", "-KILL", Long.toString(shell.pid()));
            shell.await(LIMIT);
            assertNothingLeft();
        }
    }

    @Test
    void aSignalIsForTheCommand() {
        String line = "trap 'echo got it; exit 9' TERM; echo runs; while :; do sleep 0.05; done";
        try (Program shell = Program.start(
                machine.command(tlem("shell", "--warm-up", "0", "--peer", "sleep 31415", "--", "sh", "-c", line)))) {
            shell.awaitOutput("runs", LIMIT);
            Program.output("kill", "-TERM", Long.toString(shell.pid()));
            Program.Result result = shell.await(LIMIT);
            assertEquals(9, result.status(), result.toString());
            assertTrue(result.out().contains("got it"), result.out());
        }
        assertNothingLeft();
    }

    /** A user without any right, where the device may be opened by all as on most machines. */
    @Test
    void aUserWithAPeer() throws IOException {
        Privileged.tool("setpriv", "unshare", "mount", "mknod");
        List<String> java = Unprivileged.java(
                folder,
                "io.tlem.cli.Main",
                "shell",
                "--delay",
                "10ms",
                "--peer",
                "sleep 31415",
                "--",
                "sh",
                "-c",
                "id -u && ping -n -c 3 -i 0.2 $TLEM_BASE6; exit 5");
        java.remove("--bounding-set=-all"); // as it is for users; ambient rights need it
        Program.Result result = Program.run(LIMIT, machine.command(Unprivileged.withTunDevice(java)));
        assertEquals(5, result.status(), result.toString());
        assertEquals("65534", result.out().lines().findFirst().orElse(""));
        Matcher least = Pattern.compile("rtt min/avg/max/mdev = ([0-9.]+)/").matcher(result.out());
        assertTrue(least.find(), result.toString());
        assertEquals(20, Double.parseDouble(least.group(1)), 2);
        assertNothingLeft();
        List<String> outside = new ArrayList<>(java.subList(0, java.indexOf("--delay")));
        outside.addAll(List.of("--", "true"));
        Program.Result refused = Program.run(LIMIT, machine.command(outside));
        assertEquals(2, refused.status(), refused.toString());
        assertTrue(refused.err().contains("needs root: use sudo, or give --peer"), refused.err());
        assertEquals(1, refused.err().lines().count(), refused.err());
    }

    @Test
    void toolsThatAreMissing() throws IOException {
        Path none = Files.createDirectory(folder.resolve("none"));
        for (String[] needed : new String[][] {{"ip not found: install iproute2"}, {"iptables or nft", "ip"}}) {
            for (int i = 1; i < needed.length; i++) {
                Files.createSymbolicLink(none.resolve(needed[i]), Path.of("/usr/sbin", needed[i]));
            }
            List<String> command = new ArrayList<>(List.of("env", "PATH=" + none));
            command.addAll(tlem("shell", "--warm-up", "0", "--", "/bin/true"));
            Program.Result result = Program.run(LIMIT, machine.command(command));
            assertEquals(2, result.status(), result.toString());
            assertTrue(result.err().contains(needed[0]), result.err());
            assertEquals(1, result.err().lines().count(), result.err());
        }
    }

    /** One line says why IPv6 stays inside; the rest is as without it. */
    @Test
    void anAddressTranslationThatFailsForIpv6Alone() throws IOException {
        Privileged.tool("iptables");
        Path tool = Files.writeString(folder.resolve("ip6tables"), "#!/bin/sh\necho no such table >&2\nexit 3\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = new ArrayList<>(List.of("env", "PATH=" + folder + ":" + System.getenv("PATH")));
        String line = "ping -n -c 1 " + SERVER + "; echo base $TLEM_BASE6; ip -6 address";
        command.addAll(tlem("shell", "--warm-up", "0", "--", "sh", "-c", line));
        Program.Result result = Program.run(LIMIT, machine.command(command));
        assertTrue(result.succeeded().contains("64 bytes from " + SERVER), result.out());
        assertTrue(result.out().contains("base\n"), result.out());
        assertFalse(result.out().contains("eth0"), result.out());
        assertEquals(
                "tlem: shell: IPv6 does not get out, IPv4 does: addresses cannot be translated: no such table\n",
                result.err());
        assertNothingLeft();
    }

    /** The tool fails at once, or after it has made a part: one line says why, and nothing of it stays. */
    @ParameterizedTest
    @ValueSource(strings = {"*", "*FORWARD*"})
    void anAddressTranslationThatFailsIsTakenBack(String failing, @TempDir Path folder) throws IOException {
        Privileged.tool("iptables");
        String real = Program.output("sh", "-c", "command -v iptables").strip();
        Path tool = Files.writeString(
                folder.resolve("iptables"),
                "#!/bin/sh\ncase $* in " + failing + ") echo no such module >&2; exit 3;; esac\nexec " + real
                        + " \"$@\"\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = new ArrayList<>(List.of("env", "PATH=" + folder + ":" + System.getenv("PATH")));
        command.addAll(tlem("shell", "--warm-up", "0", "--", "echo", "ran"));
        Program.Result result = Program.run(LIMIT, machine.command(command));
        assertEquals(1, result.status(), result.toString());
        assertTrue(result.err().contains("no such module"), result.toString());
        assertEquals("", result.out());
        String rules = machine.run(LIMIT, real, "-t", "nat", "-S").succeeded();
        assertFalse(rules.contains("MASQUERADE"), rules);
    }
}
