package io.tlem.cli;

import io.tlem.os.PrivateNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that undoes what {@code tlem shell} has done to the machine as soon as this one has ended, be it killed, and ends what
 * still runs in the networks or was started in them.
 */
final class ShellCleaner implements AutoCloseable {
    /** In the environment of what is started in a network: its number. What has left the network is known by it. */
    static final String MARK = "TLEM_SHELL_NETWORK";

    private static final String SCRIPT = "shell-cleaner.sh";
    private static final String READY = "ready";
    private static final long LIMIT_SECONDS = 10;

    private final Process process;
    private final String ipv6Refusal;

    /** Starts one that ends processes, and has nothing else to undo. */
    static ShellCleaner ofProcesses(List<PrivateNetwork> networks) throws IOException {
        return new ShellCleaner("-", "none", "none", new ShellSubnet(0, false), networks);
    }

    /**
     * Starts it.
     *
     * @param interfaceName that what is to be translated comes from
     * @param tool that translates addresses of IPv4: iptables, nft or none
     * @param ipv6Tool that translates those of IPv6: ip6tables, nft or none
     * @param subnet of the addresses
     * @throws IOException when addresses of IPv4 cannot be translated
     */
    ShellCleaner(String interfaceName, String tool, String ipv6Tool, ShellSubnet subnet, List<PrivateNetwork> networks)
            throws IOException {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script(), SCRIPT, interfaceName));
        words.addAll(List.of(tool, subnet.network(), ipv6Tool, subnet.ipv6Network()));
        networks.forEach(network -> words.add(network.number()));
        process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.PIPE)
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = said.readLine();
        if (line == null || !process.isAlive()) {
            close();
            throw new IOException("shell: addresses cannot be translated: " + reason());
        }
        ipv6Refusal = line.substring(READY.length()).strip();
    }

    /** Why addresses of IPv6 cannot be translated; empty when they are, or nobody has asked for it. */
    String ipv6Refusal() {
        return ipv6Refusal;
    }

    private static String script() throws IOException {
        try (InputStream file = ShellCleaner.class.getResourceAsStream(SCRIPT)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String reason() throws IOException {
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return said.lines().findFirst().orElse("no reason given");
    }

    /** Has everything undone, and waits for it. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                Output.warn("shell: what is to be undone takes long; process " + process.pid() + " goes on with it");
            }
        } catch (IOException e) {
            // It has ended already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
