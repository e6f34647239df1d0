package io.tlem.port.packet;

import io.tlem.os.Errno;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemThreads;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import java.util.List;
import java.util.stream.Collectors;

/** {@code packet:IFACE}. */
public final class PacketPortProvider implements PortProvider {
    private static final String KIND = "packet";
    private static final String MISSING_CAPABILITY = "needs the CAP_NET_RAW capability (run as root, or give it to the"
            + " java program: setcap cap_net_raw,cap_net_admin=ep .../bin/java)";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String usage() {
        return PacketOptions.USAGE + "  any Linux network interface of this network namespace";
    }

    @Override
    public Availability availability() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return new Availability(false, "Linux only");
        }
        return SystemThreads.has(SystemThreads.Capability.CAP_NET_RAW)
                ? new Availability(true, "")
                : new Availability(false, MISSING_CAPABILITY);
    }

    @Override
    public List<Offer> offers() {
        return NetworkInterfaces.list().stream()
                .filter(NetworkInterface::ethernet)
                .map(found -> new Offer(KIND + ":" + found.name(), found.describe()))
                .toList();
    }

    @Override
    public void check(PortAddress address) {
        PacketOptions.parse(address);
        NetworkInterface found = NetworkInterfaces.find(address.name())
                .orElseThrow(() ->
                        new IllegalArgumentException("port " + address + ": no such interface; there are: " + names()));
        if (!found.ethernet()) {
            throw new IllegalArgumentException("port " + address + ": not an Ethernet interface");
        }
    }

    private static String names() {
        return NetworkInterfaces.list().stream().map(NetworkInterface::name).collect(Collectors.joining(", "));
    }

    @Override
    public PacketPort open(PortAddress address) {
        PacketOptions options = PacketOptions.parse(address);
        NetworkInterface found = NetworkInterfaces.find(address.name())
                .orElseThrow(() -> new PortException(address, "no such interface; there are: " + names()));
        try {
            return new PacketSocketPort(address, found, options);
        } catch (SystemCallException e) {
            throw new PortException(address, reason(e), e);
        }
    }

    private static String reason(SystemCallException e) {
        if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
            return MISSING_CAPABILITY;
        }
        if (e.errno() == Errno.ENOMEM) {
            return "not enough memory, fewer rx-slots or tx-slots may help: " + e.getMessage();
        }
        return e.getMessage();
    }
}
