package io.tlem.port.packet;

import io.tlem.os.Errno;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemMemory;
import io.tlem.os.SystemThreads;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code packet:IFACE}. */
public final class PacketPortProvider implements PortProvider {
    private static final String KIND = "packet";
    private static final long MIB = 1 << 20;
    private static final Pattern CAPTURE = Pattern.compile(".*\\.(pcap|pcapng)(\\.gz|\\.zst)?");
    private static final PortAddress LOOP = PortAddress.parse(KIND + ":lo,rx-slots=256,tx-slots=256");
    /** Not setcap: Java then does not find its own libraries. */
    private static final String MISSING_CAPABILITY =
            "needs the CAP_NET_RAW capability: run as root, or stay who you are"
                    + " with: sudo setpriv --reuid $(id -u) --regid $(id -g) --init-groups --inh-caps +net_raw,+net_admin"
                    + " --ambient-caps +net_raw,+net_admin tlem ...";

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
                .map(found -> new Offer(PortAddress.of(KIND, found.name()).toString(), found.describe()))
                .toList();
    }

    @Override
    public boolean takesInterface() {
        return true;
    }

    @Override
    public void check(PortAddress address) {
        PacketOptions options = PacketOptions.parse(address);
        refusal(address.name(), NetworkInterfaces.find(address.name()), options).ifPresent(reason -> {
            throw new IllegalArgumentException("port " + address + ": " + reason);
        });
    }

    @Override
    public PacketPort open(PortAddress address) {
        PacketOptions options = PacketOptions.parse(address);
        Optional<NetworkInterface> found = NetworkInterfaces.find(address.name());
        refusal(address.name(), found, options).ifPresent(reason -> {
            throw new PortException(address, reason);
        });
        try {
            return new PacketSocketPort(address, found.orElseThrow(), options);
        } catch (SystemCallException e) {
            throw new PortException(address, reason(e), e);
        }
    }

    /** On a loopback interface. */
    @Override
    public Optional<PacketPort> openLoop() {
        return LoopPort.open(LOOP, this::open);
    }

    /** Why there can be no such port, empty when there can. */
    private static Optional<String> refusal(String name, Optional<NetworkInterface> found, PacketOptions options) {
        if (found.isEmpty()) {
            return Optional.of("no such interface; there are: "
                    + NetworkInterfaces.list().stream()
                            .map(NetworkInterface::name)
                            .collect(Collectors.joining(", "))
                    + (CAPTURE.matcher(name).matches()
                            ? "; a capture is pcap:" + name + ", and one to be written pcap:write=" + name
                            : ""));
        }
        if (!found.get().ethernet()) {
            return Optional.of("not an Ethernet interface");
        }
        // The kernel gives what is asked for at any cost to others: ask for no more than there is.
        long ringBytes = PacketSocketPort.ringBytes(found.get().mtuBytes(), options);
        long most = SystemMemory.availableBytes() / 2;
        return ringBytes <= most
                ? Optional.empty()
                : Optional.of("the rings need " + ringBytes / MIB + " MiB and may have " + most / MIB
                        + " MiB, half of what is available: lower rx-slots or tx-slots");
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
