package io.tlem.port.netmap;

import io.tlem.os.Errno;
import io.tlem.os.NetmapDevice;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.util.Optional;

/** Notices for one thread of a port that the port has failed, so that it ends with an error and does not wait for ever. */
final class PortHealth {
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final PortAddress address;
    private final NetmapDevice device;
    private final int event;
    private final Optional<String> interfaceName;
    private boolean wasRunning;
    private long nextCheck = System.nanoTime() + INTERVAL_NANOS;

    /**
     * @param event the one that the thread waits for: POLLIN or POLLOUT
     * @param interfaceName the network interface that the port is, if it is one
     */
    PortHealth(PortAddress address, NetmapDevice device, int event, Optional<String> interfaceName) {
        this.address = address;
        this.device = device;
        this.event = event;
        this.interfaceName = interfaceName;
        this.wasRunning = interfaceName
                .flatMap(NetworkInterfaces::find)
                .map(NetworkInterface::running)
                .orElse(false);
    }

    /**
     * Turns a negated error number into an exception.
     *
     * @throws PortException when the result is negative
     */
    void require(int result, String call) {
        if (result < 0) {
            throw new PortException(address, call + " failed: " + meaning(-result));
        }
    }

    private static String meaning(int errno) {
        String name = Errno.name(errno);
        if (errno == Errno.ENXIO || errno == Errno.ENODEV) {
            return name + ", the port has gone";
        }
        if (errno == Errno.EINVAL) {
            return name + ", netmap has reset the ring";
        }
        return name;
    }

    /**
     * For a thread that gets nothing done; looks once a second.
     *
     * @throws PortException when the port has gone, its interface has, or the interface has lost its link
     */
    void checkAlive(long nowNanos) {
        if (nowNanos - nextCheck < 0) {
            return;
        }
        nextCheck = nowNanos + INTERVAL_NANOS;
        int ready = device.poll(event, 0);
        require(ready, "poll");
        if ((ready & NetmapDevice.POLL_FAILURE) != 0) {
            throw new PortException(address, "the port has failed or gone (POLLERR, POLLHUP or POLLNVAL)");
        }
        if (interfaceName.isPresent()) {
            checkInterface(interfaceName.get());
        }
    }

    private void checkInterface(String name) {
        NetworkInterface found =
                NetworkInterfaces.find(name).orElseThrow(() -> new PortException(address, "the interface has gone"));
        if (wasRunning && !found.running()) {
            throw new PortException(address, found.up() ? "the link is down" : "the interface was set down");
        }
        wasRunning = found.running();
    }
}
