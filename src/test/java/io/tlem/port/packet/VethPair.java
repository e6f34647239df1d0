package io.tlem.port.packet;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Two interfaces joined by a wire, without addresses, gone when closed; and ports on them, closed before. */
public final class VethPair implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    /** Names of the two. */
    public final String a;

    public final String b;
    private final List<PacketPort> ports = new ArrayList<>();

    public VethPair(int mtuBytes) {
        Privileged.root();
        Privileged.tool("ip");
        String name =
                "tl" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36) + "x" + COUNT.getAndIncrement();
        a = name + "a";
        b = name + "b";
        ip("link", "add", a, "mtu", mtuBytes, "type", "veth", "peer", "name", b, "mtu", mtuBytes);
        for (String end : List.of(a, b)) {
            silence(end);
            up(end);
        }
    }

    /** Without IPv6 the kernel sends nothing of its own. */
    static void silence(String name) {
        Path disable = Path.of("/proc/sys/net/ipv6/conf", name, "disable_ipv6");
        try {
            if (Files.exists(disable)) {
                Files.writeString(disable, "1");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void up(String name) {
        ip("link", "set", name, "up");
    }

    public static void down(String name) {
        ip("link", "set", name, "down");
    }

    /** Until the kernel has noticed that the other end is up, too, which it does a little later. */
    static void awaitCarrier(String... names) {
        for (String name : names) {
            awaitShown(name, "state UP");
        }
    }

    /** Until the kernel has noticed that the other end is down. */
    public static void awaitNoCarrier(String name) {
        awaitShown(name, "NO-CARRIER");
    }

    private static void awaitShown(String name, String state) {
        Await.until(
                name + ": " + state,
                Duration.ofSeconds(5),
                () -> ip("link", "show", name).contains(state));
    }

    PacketPort open(String name, String options) {
        PacketPortProvider provider = new PacketPortProvider();
        PortAddress address = PortAddress.parse("packet:" + name + options);
        provider.check(address);
        PacketPort port = provider.open(address);
        ports.add(port);
        return port;
    }

    public static String ip(Object... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return run(command);
    }

    static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        ports.forEach(PacketPort::close);
        try {
            ip("link", "del", a);
        } catch (AssertionError e) {
            if (!e.getMessage().contains("Cannot find device")) { // a test may have removed it
                throw e;
            }
        }
    }
}
