package io.tlem.port.tap;

import io.tlem.os.Errno;
import io.tlem.os.InterfaceFacts;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemThreads;
import io.tlem.os.TunDevice;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What {@code tap:} and {@code tun:} have in common. */
abstract class OwnInterfaceProvider implements PortProvider {
    private static final String DRIVER = "tun"; // of both
    private final TunDevice.Kind kind;
    private final String usage;

    OwnInterfaceProvider(TunDevice.Kind kind, String usage) {
        this.kind = kind;
        this.usage = usage;
    }

    @Override
    public final String kind() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public final String usage() {
        return usage;
    }

    @Override
    public final Availability availability() {
        return availability("NAME", false);
    }

    /** An interface that is there already may be the user's. */
    @Override
    public final Availability availability(PortAddress address) {
        return availability(address.name(), NetworkInterfaces.exists(address.name()));
    }

    private Availability availability(String name, boolean isThere) {
        if (!System.getProperty("os.name").equals("Linux")) {
            return new Availability(false, "Linux only");
        }
        return isThere || SystemThreads.has(SystemThreads.Capability.CAP_NET_ADMIN)
                ? new Availability(true, "")
                : new Availability(false, missingCapability(name));
    }

    private String missingCapability(String name) {
        return "needs the CAP_NET_ADMIN capability: run as root, or have root make the interface for you: ip tuntap add dev "
                + name + " mode " + kind() + " user $(id -un) && ip link set " + name + " up";
    }

    @Override
    public final List<Offer> offers() {
        return NetworkInterfaces.list().stream()
                .filter(this::isOfThisKind)
                .map(found -> new Offer(PortAddress.of(kind(), found.name()).toString(), found.describe()))
                .toList();
    }

    private boolean isOfThisKind(NetworkInterface found) {
        return found.ethernet() == (kind == TunDevice.Kind.TAP)
                && InterfaceFacts.of(found.name())
                        .map(facts -> facts.driver().equals(DRIVER))
                        .orElse(false);
    }

    @Override
    public final boolean takesInterface() {
        return true;
    }

    @Override
    public final void check(PortAddress address) {
        TapOptions ignored = TapOptions.parse(address, kind);
        Optional<NetworkInterface> found = NetworkInterfaces.find(address.name());
        if (found.isPresent() && !isOfThisKind(found.get())) {
            throw new IllegalArgumentException("port " + address + ": " + address.name() + " is there already, and no "
                    + kind() + " interface; choose another name, or use packet:" + address.name());
        }
    }

    @Override
    public final PacketPort open(PortAddress address) {
        try {
            return new TapPort(address, TapOptions.parse(address, kind));
        } catch (SystemCallException e) {
            throw new PortException(address, reason(address.name(), e), e);
        }
    }

    private String reason(String name, SystemCallException e) {
        if (e.errno() == Errno.EBUSY) {
            return "another program has the interface, such as a second emulator";
        }
        if (e.errno() == Errno.EPERM) {
            return missingCapability(name);
        }
        if (e.errno() == Errno.EACCES) {
            return e.getMessage() + "; where all users may, root has set: chmod 666 /dev/net/tun";
        }
        if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.ENXIO) {
            return "the kernel has no tap and tun interfaces here; modprobe tun, or give the container /dev/net/tun: "
                    + e.getMessage();
        }
        if (e.errno() == Errno.ENOTTY) {
            return "/dev/net/tun is another device than the kernel's for tap and tun interfaces: " + e.getMessage();
        }
        if (e.errno() == Errno.EINVAL) {
            return "the interface cannot be taken; one with several queues (multi_queue) is not possible: "
                    + e.getMessage();
        }
        return e.getMessage();
    }
}
