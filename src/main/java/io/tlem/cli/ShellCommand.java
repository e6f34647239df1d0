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
 *   fd74:6c65:6d00:N::2                                        fd74:6c65:6d00:N::1
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
                    + " address of the other end, and TLEM_BASE6 is its address of IPv6, where there is IPv6.",
            "",
            "Examples:",
            "  sudo tlem shell --delay 20ms --bandwidth 5M -- curl -O https://example.org/",
            "  tlem shell --delay 20ms --peer 'iperf3 -s' -- sh -c 'iperf3 -c $TLEM_BASE'",
            "",
            "Mahimahi's lines can be typed as they are:",
            "  tlem mm-link UPLINK-TRACE DOWNLINK-TRACE [--uplink-queue=...] -- COMMAND",
            "  tlem mm-delay MS [COMMAND]",
            "  tlem mm-loss uplink|downlink RATE [COMMAND]",
            "  tlem mm-delay 20 mm-link UPLINK-TRACE DOWNLINK-TRACE -- COMMAND"
        })
final class ShellCommand implements Callable<Integer> {
    private static final int CAP_SYS_ADMIN = 21;
    private static final int PATIENCE_SECONDS = 2;
    private static final int MOST_SHELLS = 256;
    private static final String NO_TOOL = "none";
    private static final String BASE6 = "TLEM_BASE6";
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
                ? firstOf("iptables", "nft")
                        .orElseThrow(() -> new UsageException("shell: the way out needs iptables or nft for address"
                                + " translation: install one of them, or give --peer COMMAND"))
                : NO_TOOL;
        try (Opened opened = new Opened()) {
            PrivateNetwork inner = opened.add(new PrivateNetwork("tlem shell"));
            return peer == null ? outside(spec, inner, tool, opened) : withPeer(spec, inner, opened);
        }
    }

    /** Unless more is asked for the command alone is heard, and what is under way when it has ended is nobody's. */
    private LinkSpec spec() {
        LinkSpec.Builder builder = SpecOptions.read(command);
        LinkSpec given = builder.conclude();
        SpecFiles.check(command, given);
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

    private static Optional<String> firstOf(String... tools) {
        return Stream.of(tools).filter(name -> find(name).isPresent()).findFirst();
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
        boolean ipv6 = inner.enableIpv6() && far.enableIpv6();
        ShellSubnet subnet = new ShellSubnet(0, ipv6);
        ShellCleaner ignored = opened.add(ShellCleaner.ofProcesses(List.of(inner, far)));
        PacketPort a = opened.add(end(inner, subnet, 2, 1));
        PacketPort b = opened.add(end(far, subnet, 1, 2));
        ProcessBuilder.Redirect nothing = ProcessBuilder.Redirect.from(new File("/dev/null"));
        Process other = start(far, List.of("sh", "-c", peer), subnet, 2, nothing);
        try {
            return run(spec, a, b, inner, words, subnet);
        } finally {
            other.destroy();
        }
    }

    private int outside(LinkSpec spec, PrivateNetwork inner, String tool, Opened opened) throws Exception {
        String ipv6Tool = ipv6Tool(inner, tool);
        List<String> taken = NetworkInterfaces.addresses();
        for (int number = 0; number < MOST_SHELLS; number++) {
            String name = "tlem" + number;
            ShellSubnet subnet = new ShellSubnet(number, !ipv6Tool.equals(NO_TOOL));
            if (NetworkInterfaces.exists(name) || subnet.isAmong(taken)) {
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
            ShellCleaner cleaner = opened.add(new ShellCleaner(name, tool, ipv6Tool, subnet, List.of(inner)));
            if (!cleaner.ipv6Refusal().isEmpty()) {
                warnWithoutIpv6(cleaner.ipv6Refusal());
                subnet = subnet.withoutIpv6();
            }
            if (!subnet.ipv6()) {
                inner.set("ipv6/conf/default/disable_ipv6", "1"); // there would be no way out
            }
            addAddresses(subnet, 1, 2, name);
            PacketPort a = opened.add(end(inner, subnet, 2, 1));
            return run(spec, a, b, inner, withResolver(words, subnet.ipv6()), subnet);
        }
        throw new UsageException("shell: no addresses are left of 100.64.0.0/16: " + MOST_SHELLS + " are in use");
    }

    /** What translates addresses of IPv6; none where the machine has none that others know, or nothing to do it with. */
    private static String ipv6Tool(PrivateNetwork inner, String tool) {
        if (!NetworkInterfaces.hasWideIpv6Address() || !inner.enableIpv6()) {
            return NO_TOOL;
        }
        Optional<String> found = tool.equals("nft") ? firstOf("nft", "ip6tables") : firstOf("ip6tables", "nft");
        if (found.isEmpty()) {
            warnWithoutIpv6("ip6tables or nft is needed for it");
        }
        return found.orElse(NO_TOOL);
    }

    private static void warnWithoutIpv6(String reason) {
        Output.warn("shell: IPv6 does not get out, IPv4 does: addresses cannot be translated: " + reason);
    }

    /** The end of the link in a network: its way to everywhere. */
    private static PacketPort end(PrivateNetwork network, ShellSubnet subnet, int own, int other) throws IOException {
        network.set("ipv6/conf/default/router_solicitations", "0");
        return network.call(() -> {
            PacketPort port = Ports.open(PortAddress.of("tun", "eth0"));
            try {
                addAddresses(subnet, own, other, "eth0");
                ip("route", "add", "default", "via", subnet.address(other));
                if (subnet.ipv6()) {
                    // Without the other end's address: the kernel learns a little later that it is there.
                    ip("-6", "route", "add", "default", "dev", "eth0");
                }
                return port;
            } catch (Exception e) {
                port.close();
                throw e;
            }
        });
    }

    private static void addAddresses(ShellSubnet subnet, int own, int other, String device)
            throws IOException, InterruptedException {
        ip("address", "add", subnet.address(own), "peer", subnet.address(other), "dev", device);
        if (subnet.ipv6()) {
            ip("address", "add", subnet.ipv6Address(own), "peer", subnet.ipv6Address(other), "dev", device);
        }
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
    private static List<String> withResolver(List<String> words, boolean ipv6) throws IOException {
        List<String> servers = Files.exists(RESOLVER) ? servers(RESOLVER) : List.of();
        if (servers.stream().anyMatch(server -> isOutside(server, ipv6))) {
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

    private static boolean isOutside(String server, boolean ipv6) {
        return server.contains(":")
                ? ipv6 && !server.equals("::1") && !server.startsWith("fe80:")
                : !server.startsWith("127.");
    }

    private static List<String> servers(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.strip().split("\\s+", -1))
                .filter(parts -> parts.length > 1 && parts[0].equals("nameserver"))
                .map(parts -> parts[1])
                .toList();
    }

    /** @param other the host at the other end, for whom is started */
    private static Process start(
            PrivateNetwork network, List<String> words, ShellSubnet subnet, int other, ProcessBuilder.Redirect input)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).inheritIO().redirectInput(input);
        Map<String, String> environment = builder.environment();
        environment.put("TLEM_BASE", subnet.address(other));
        environment.put("MAHIMAHI_BASE", subnet.address(other));
        environment.remove(BASE6); // of a shell around this one
        if (subnet.ipv6()) {
            environment.put(BASE6, subnet.ipv6Address(other));
        }
        environment.put(ShellCleaner.MARK, network.number());
        environment.remove(IN_USER_NAMESPACE);
        return network.call(builder::start);
    }

    /** Runs the command, and the link until the command has ended. */
    private int run(
            LinkSpec spec, PacketPort a, PacketPort b, PrivateNetwork inner, List<String> all, ShellSubnet subnet)
            throws IOException, InterruptedException {
        AtomicReference<Process> started = new AtomicReference<>();
        try (LinkRun run = new LinkRun(spec, LinkSetup.between(spec, a, b), ports -> ports)) {
            int linkStatus = run.run(() -> {
                started.set(startOrSay(inner, all, subnet));
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

    private static Process startOrSay(PrivateNetwork network, List<String> all, ShellSubnet subnet) {
        try {
            Process process = start(network, all, subnet, 1, ProcessBuilder.Redirect.INHERIT);
            var ignored = process.onExit().thenRun(Shutdown::request);
            return process;
        } catch (IOException e) {
            OtherProgram.warn("shell", all, e);
            Shutdown.request();
            return null;
        }
    }
}
