package io.tlem.port.netmap;

import io.tlem.os.Errno;
import io.tlem.os.NetmapDevice;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.util.Optional;

/**
 * Notices that a port has failed, so that it ends with an error and does not wait for ever. The threads that use the port
 * do its syncs through here; another one looks at the network interface, because netmap makes whoever syncs a ring of
 * an interface that was set down wait, deaf to signals, until it is set up again.
 */
final class PortHealth {
    private final PortAddress address;
    private final NetmapDevice device;
    private final Optional<String> interfaceName;
    private boolean wasRunning;
    private volatile String failure;

    /** @param interfaceName the network interface that the port is, if it is one */
    PortHealth(PortAddress address, NetmapDevice device, Optional<String> interfaceName) {
        this.address = address;
        this.device = device;
        this.interfaceName = interfaceName;
        this.wasRunning = interfaceName
                .flatMap(NetworkInterfaces::find)
                .map(NetworkInterface::running)
                .orElse(false);
    }

    /** Whether the port's memory stays, whatever other processes do. */
    boolean memoryStays() {
        return device.memoryStays();
    }

    /**
     * NIOCTXSYNC.
     *
     * @throws PortException when it fails, or the port has failed before
     */
    void transmitSync() {
        requireAlive();
        require(device.transmitSync(), "NIOCTXSYNC");
    }

    /**
     * NIOCRXSYNC.
     *
     * @throws PortException when it fails, or the port has failed before
     */
    void receiveSync() {
        requireAlive();
        require(device.receiveSync(), "NIOCRXSYNC");
    }

    /**
     * Asks netmap whether the rings still work, for a thread that gets nothing done.
     *
     * @param event what the thread waits for: POLLIN or POLLOUT
     * @throws PortException when they do not
     */
    void poll(int event) {
        requireAlive();
        int ready = device.poll(event, 0);
        require(ready, "poll");
        if ((ready & NetmapDevice.POLL_FAILURE) != 0) {
            throw new PortException(address, "the port has failed or gone (POLLERR, POLLHUP or POLLNVAL)");
        }
    }

    /**
     * Looks at the network interface. For one thread, which uses neither source nor sink.
     *
     * @throws PortException when it has gone, or has lost the link it had
     */
    void checkInterface() {
        if (interfaceName.isEmpty()) {
            return;
        }
        Optional<NetworkInterface> found = NetworkInterfaces.find(interfaceName.get());
        if (found.isEmpty()) {
            failure = "the interface has gone";
        } else if (wasRunning && !found.get().running()) {
            failure = found.get().up() ? "the link is down" : "the interface was set down";
        } else {
            wasRunning = found.get().running();
        }
        requireAlive();
    }

    private void requireAlive() {
        String known = failure;
        if (known != null) {
            throw new PortException(address, known);
        }
    }

    private void require(int result, String call) {
        if (result < 0) {
            throw new PortException(address, call + " failed: " + meaning(-result));
        }
    }

    private static String meaning(int errno) {
        String name = Errno.name(errno);
        if (errno == Errno.ENXIO || errno == Errno.ENODEV) {
            return name + ", the port has gone";
        }
        if (errno == Errno.EIO) { // what netmap says of an interface that was removed
            return name + ", netmap has stopped the ring: the interface has gone";
        }
        if (errno == Errno.EINVAL) {
            return name + ", netmap has reset the ring";
        }
        return name;
    }
}
