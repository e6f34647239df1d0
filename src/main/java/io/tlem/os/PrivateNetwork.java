package io.tlem.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A network without a name, in which there is at first nothing but a loopback interface. A thread is in it, which does what is to be
 * done there: what it opens and the programs that it starts are of that network. It ends with the last of them, however that
 * comes about.
 */
public final class PrivateNetwork implements AutoCloseable {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");
    private static final Path SETTINGS = Path.of("/proc/sys/net");

    private final ExecutorService thread;
    private final String number;

    /**
     * Makes the network.
     *
     * @param name of the thread
     * @throws SystemCallException when the process may not ({@link Errno#EPERM}), or the system has no such networks
     */
    public PrivateNetwork(String name) throws IOException {
        thread = Executors.newSingleThreadExecutor(
                task -> Thread.ofPlatform().daemon().name(name).unstarted(task));
        try {
            number = call(() -> {
                NetworkInterfaces.leaveForLoopback();
                return Files.readSymbolicLink(OWN).toString().replaceAll("[^0-9]", "");
            });
        } catch (RuntimeException | IOException e) {
            thread.shutdown();
            throw e;
        }
    }

    /** The kernel's number of it, as {@code /proc/PID/ns/net} shows it. */
    public String number() {
        return number;
    }

    /** Does something in the network, and waits for it. What it throws is thrown here. */
    public <T> T call(Callable<T> task) throws IOException {
        try {
            return thread.submit(task).get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                case IOException io -> throw io;
                default -> throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Makes a setting of it, such as {@code ipv4/ip_forward}; nothing where the kernel has no such or lets nobody write. */
    public void set(String setting, String value) {
        try {
            call(() -> Files.writeString(SETTINGS.resolve(setting), value));
        } catch (IOException e) {
            // Then it is as it is.
        }
    }

    /** Has it carry IPv6, as it does unless the machine says otherwise. Returns whether it will. */
    public boolean enableIpv6() {
        set("ipv6/conf/all/disable_ipv6", "0");
        set("ipv6/conf/default/disable_ipv6", "0");
        try {
            return call(() -> Files.readString(SETTINGS.resolve("ipv6/conf/default/disable_ipv6")))
                    .strip()
                    .equals("0");
        } catch (IOException e) {
            return false; // a kernel without
        }
    }

    /** Leaves it. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
