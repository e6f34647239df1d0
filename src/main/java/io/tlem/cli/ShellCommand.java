package io.tlem.cli;

import io.tlem.link.LinkSetup;
import io.tlem.link.Opened;
import io.tlem.os.Errno;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.OwnProgram;
import io.tlem.os.PrivateNetwork;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemThreads;
import io.tlem.os.SystemThreads.Capability;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.Ports;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code tlem shell}: a command in a network of its own, and the link out of it.
 *
 * <pre>
 *   command's network                              peer's network, or the machine's own
 *   eth0  100.64.N.2  ════════ a, link, b ════════  eth0, or tlemN  100.64.N.1  ──  address translation
 * </pre>
 */
@Command(
        name = "shell",
        description = "Runs a command in a network of its own, whose only way out is an emulated link. Linux, with"
                + " /dev/net/tun.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The first value of an option given twice is for the way out of the command's network, the second for the way in."
                    + " The exit status is the command's. In the command's environment TLEM_BASE and MAHIMAHI_BASE are the"
                    + " address of the other end.",
            "",
            "Examples:",
            "  sudo tlem shell --delay 20ms --bandwidth 5M -- curl -O https://example.org/",
            "  tlem shell --delay 20ms --loss 1%% --peer 'iperf3 -s' -- sh -c 'iperf3 -c $TLEM_BASE'",
            "",
            "Mahimahi's lines can be typed as they are:",
            "  tlem mm-link UPLINK-TRACE DOWNLINK-TRACE [--uplink-queue=...] [--downlink-queue=...] -- COMMAND",
            "  tlem mm-delay MS [COMMAND]",
            "  tlem mm-loss uplink|downlink RATE [COMMAND]",
            "  tlem mm-delay 20 mm-link UPLINK-TRACE DOWNLINK-TRACE -- COMMAND"
        })
final class ShellCommand implements Callable<Integer> {
    private static final int CAP_SYS_ADMIN = 21;
    private static final int PATIENCE_SECONDS = 2;
    private static final int MOST_SHELLS = 256;
    private static final String IN_USER_NAMESPACE = "TLEM_SHELL_IN_USER_NAMESPACE";
    private static final List<String> AS_USER = List.of("unshare", "--user", "--map-current-user", "--keep-caps");
    private static final Path RESOLVER = Path.of("/etc/resolv.conf");

    /** Where the servers are of which the resolver above, of this machine alone, knows. */
    private static final List<Path> REAL_RESOLVERS =
            List.of(Path.of("/run/systemd/resolve/resolv.conf"), Path.of("/run/NetworkManager/no-stub-resolv.conf"));

    @Spec
    private CommandSpec command;

    @Option(
            names = "--peer",
            paramLabel = "COMMAND",
            description =
                    "Run this, a line for sh, in a second network at the other end of the link, instead of letting the"
                            + " command out to this machine's. Needs no root where the kernel lets users make namespaces.")
    private String peer;

    @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "What to run. Default: the user's shell.")
    private List<String> words;

    /** Adds the options of a link. */
    static void addOptions(CommandSpec shell) {
        SpecOptions.addFile(shell);
        SpecOptions.withoutPorts().forEach(setting -> SpecOptions.add(shell, setting, setting.description()));
        shell.parser().stopAtPositional(true);
    }

    @Override
    public Integer call() throws Exception {
        LinkSpec spec = spec();
        requireSystem();
        if (!SystemThreads.has(Capability.CAP_NET_ADMIN) || !SystemThreads.hasCapability(CAP_SYS_ADMIN)) {
            becomeUserNamespace();
        }
        String tool = peer == null
                ? Stream.of("iptables", "nft")
                        .filter(name -> find(name).isPresent())
                        .findFirst()
                        .orElseThrow(() -> new UsageException("shell: the way out needs iptables or nft for address"
                                + " translation: install one of them, or give --peer COMMAND"))
                : "none";
        try (Opened opened = new Opened()) {
            PrivateNetwork inner = opened.add(new PrivateNetwork("tlem shell"));
            return peer == null ? outside(spec, inner, tool, opened) : withPeer(spec, inner, opened);
        }
    }

    /** Unless more is asked for the command alone is heard, and what is under way when it has ended is nobody's. */
    private LinkSpec spec() {
        LinkSpec.Builder builder = SpecOptions.read(command);
        LinkSpec given = builder.conclude();
        builder.option(Setting.QUIET, Collections.nCopies(2 + given.get(Setting.QUIET), "true"));
        builder.with(Setting.KEEP_PRIVILEGES); // the command has them as well
        if (given.find(Setting.DRAIN).isEmpty()) {
            builder.with(Setting.DRAIN, "0");
        }
        return builder.conclude();
    }

    private void requireSystem() {
        String system = System.getProperty("os.name");
        if (!system.equals("Linux")) {
            throw new UsageException("shell needs Linux's network namespaces, and this is " + system);
        }
        if (find("ip").isEmpty()) {
            throw new UsageException("shell: ip not found: install iproute2");
        }
        if (words == null) {
            words = List.of(System.getenv().getOrDefault("SHELL", "/bin/sh"));
        }
    }

    private static Optional<Path> find(String name) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Goes on in a namespace in which the user may make networks; does not return. */
    private void becomeUserNamespace() throws IOException, InterruptedException {
        if (peer == null) {
            throw new UsageException("shell: the way out to this machine's network needs root: use sudo, or give --peer"
                    + " COMMAND, which needs no rights");
        }
        if (System.getenv(IN_USER_NAMESPACE) != null) {
            throw new UsageException("shell: a user namespace gives no rights here; run as root");
        }
        Path unshare = find("unshare")
                .orElseThrow(() -> new UsageException("shell: unshare not found: install util-linux, or run as root"));
        List<String> attempt = new ArrayList<>(AS_USER);
        attempt.addAll(List.of("--net", "true"));
        Process process = new ProcessBuilder(attempt).redirectErrorStream(true).start();
        String said = firstLine(process.getInputStream());
        if (process.waitFor() != 0) {
            throw new UsageException(
                    "shell: this machine lets no user make a network namespace (" + said
                            + "; user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns may say so): run as root");
        }
        List<String> again = new ArrayList<>(AS_USER);
        again.set(0, unshare.toString());
        again.addAll(List.of("env", IN_USER_NAMESPACE + "=1"));
        again.addAll(OwnProgram.commandLine());
        OwnProgram.become(again);
    }

    private static String firstLine(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("no reason given");
    }

    private int withPeer(LinkSpec spec, PrivateNetwork inner, Opened opened) throws Exception {
        PrivateNetwork far = opened.add(new PrivateNetwork("tlem shell peer"));
        ShellCleaner ignored = opened.add(new ShellCleaner("none", "-", "-", List.of(inner, far)));
        PacketPort a = opened.add(end(inner, 0, 2, 1));
        PacketPort b = opened.add(end(far, 0, 1, 2));
        ProcessBuilder.Redirect nothing = ProcessBuilder.Redirect.from(new File("/dev/null"));
        Process other = start(far, List.of("sh", "-c", peer), address(0, 2), nothing);
        try {
            return run(spec, a, b, inner, words, address(0, 1));
        } finally {
            other.destroy();
        }
    }

    private int outside(LinkSpec spec, PrivateNetwork inner, String tool, Opened opened) throws Exception {
        inner.set("ipv6/conf/default/disable_ipv6", "1"); // addresses of IPv6 are not translated
        List<String> taken = NetworkInterfaces.addresses();
        for (int number = 0; number < MOST_SHELLS; number++) {
            String name = "tlem" + number;
            if (NetworkInterfaces.exists(name) || isAmong(taken, number)) {
                continue;
            }
            PacketPort b;
            try {
                b = opened.add(Ports.open(PortAddress.of("tun", name)));
            } catch (PortException e) {
                if (e.getCause() instanceof SystemCallException call && call.errno() == Errno.EBUSY) {
                    continue; // another shell has been faster
                }
                throw e;
            }
            ShellCleaner ignored = opened.add(new ShellCleaner(tool, name, subnet(number), List.of(inner)));
            ip("address", "add", address(number, 1), "peer", address(number, 2), "dev", name);
            PacketPort a = opened.add(end(inner, number, 2, 1));
            return run(spec, a, b, inner, withResolver(words), address(number, 1));
        }
        throw new UsageException("shell: no addresses are left of 100.64.0.0/16: " + MOST_SHELLS + " are in use");
    }

    /** Whether the machine has an address of these already, as within another shell. */
    private static boolean isAmong(List<String> addresses, int number) {
        return addresses.stream().anyMatch(address -> address.startsWith("100.64." + number + "."));
    }

    private static String subnet(int number) {
        return "100.64." + number + ".0/30";
    }

    private static String address(int number, int host) {
        return "100.64." + number + "." + host;
    }

    /** The end of the link in a network: its way to everywhere. */
    private static PacketPort end(PrivateNetwork network, int number, int own, int other) throws IOException {
        network.set("ipv6/conf/default/router_solicitations", "0");
        return network.call(() -> {
            PacketPort port = Ports.open(PortAddress.of("tun", "eth0"));
            try {
                ip("address", "add", address(number, own), "peer", address(number, other), "dev", "eth0");
                ip("route", "add", "default", "via", address(number, other));
                return port;
            } catch (Exception e) {
                port.close();
                throw e;
            }
        });
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("ip"));
        all.addAll(List.of(arguments));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String said = firstLine(process.getInputStream());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", all) + ": " + said);
        }
    }

    /** Names are asked for at a server that can be reached from another network, where the machine's own cannot. */
    private static List<String> withResolver(List<String> words) throws IOException {
        List<String> servers = Files.exists(RESOLVER) ? servers(RESOLVER) : List.of();
        if (servers.stream().anyMatch(server -> !server.startsWith("127.") && !server.equals("::1"))) {
            return words;
        }
        Optional<Path> real = REAL_RESOLVERS.stream().filter(Files::exists).findFirst();
        if (real.isEmpty() || !Files.exists(RESOLVER) || find("unshare").isEmpty()) {
            Output.warn(
                    "shell: names cannot be looked up inside: " + RESOLVER + " knows no server outside this machine");
            return words;
        }
        List<String> all = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"",
                real.get().toString(),
                RESOLVER.toString()));
        all.addAll(words);
        return all;
    }

    private static List<String> servers(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.strip().split("\\s+", -1))
                .filter(parts -> parts.length > 1 && parts[0].equals("nameserver"))
                .map(parts -> parts[1])
                .toList();
    }

    private static Process start(PrivateNetwork network, List<String> words, String base, ProcessBuilder.Redirect input)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).inheritIO().redirectInput(input);
        Map<String, String> environment = builder.environment();
        environment.put("TLEM_BASE", base);
        environment.put("MAHIMAHI_BASE", base);
        environment.put(ShellCleaner.MARK, network.number());
        environment.remove(IN_USER_NAMESPACE);
        return network.call(builder::start);
    }

    /** Runs the command, and the link until the command has ended. */
    private int run(LinkSpec spec, PacketPort a, PacketPort b, PrivateNetwork inner, List<String> all, String base)
            throws IOException, InterruptedException {
        AtomicReference<Process> started = new AtomicReference<>();
        try (LinkRun run = new LinkRun(spec, LinkSetup.between(spec, a, b), ports -> ports)) {
            int linkStatus = run.run(() -> {
                started.set(startOrSay(inner, all, base));
                if (started.get() != null) {
                    OtherProgram.signalsAreFor(started.get());
                }
            });
            Process process = started.get();
            if (process == null) {
                return linkStatus == 0 ? OtherProgram.NOT_RUN : linkStatus;
            }
            boolean endedByItself = !process.isAlive();
            if (!endedByItself) { // the link has failed, or its time is over
                process.destroy();
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
            int status = process.waitFor();
            return linkStatus != 0 && (status == 0 || !endedByItself) ? linkStatus : status;
        }
    }

    private static Process startOrSay(PrivateNetwork network, List<String> all, String base) {
        try {
            Process process = start(network, all, base, ProcessBuilder.Redirect.INHERIT);
            var ignored = process.onExit().thenRun(Shutdown::request);
            return process;
        } catch (IOException e) {
            OtherProgram.warn("shell", all, e);
            Shutdown.request();
            return null;
        }
    }
}
