package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.ethtool_channels;
import io.tlem.bindings.linux.ethtool_value;
import io.tlem.bindings.linux.ifreq;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The network interfaces of the process's network namespace. Asked of the kernel by socket calls: {@code /sys} shows
 * the namespace it was mounted in, which may be another one, and is believed only where it agrees.
 */
public final class NetworkInterfaces {
    /**
     * One interface.
     *
     * @param index the kernel's number of it
     * @param mtuBytes largest IP packet
     * @param mac hardware address, {@code 00:11:22:33:44:55}
     * @param up set up by the administrator
     * @param running up and with a carrier
     * @param ethernet true when its packets have Ethernet headers
     * @param megabitsPerSecond speed, empty when it has none
     */
    public record NetworkInterface(
            String name,
            int index,
            int mtuBytes,
            String mac,
            boolean up,
            boolean running,
            boolean ethernet,
            Optional<Integer> megabitsPerSecond) {
        /** State, speed and MTU, for people. */
        public String describe() {
            String state = !up ? "down" : running ? "up" : "no carrier";
            return state
                    + megabitsPerSecond.map(speed -> ", " + speed + " Mbit/s").orElse("") + ", MTU " + mtuBytes
                    + (ethernet ? "" : ", not Ethernet");
        }
    }

    private static final Path DEVICES = Path.of("/proc/net/dev");
    private static final Path CLASS_NET = Path.of("/sys/class/net");
    private static final long REQUEST_NAME = ifreq.ifr_ifrn$offset();
    private static final long REQUEST_VALUE = ifreq.ifr_ifru$offset();
    private static final int NAME_BYTES = Linux.IF_NAMESIZE();
    private static final String LOOPBACK = "lo";

    // linux/ethtool.h: struct ethtool_drvinfo, a number and then the driver's name
    private static final int ETHTOOL_GDRVINFO = 3;
    private static final int DRIVER_INFO_BYTES = 256;
    // The same: an ethtool_value each; and struct ethtool_coalesce, of which these are words
    private static final int ETHTOOL_GTSO = 0x1e;
    private static final int ETHTOOL_GGSO = 0x23;
    private static final int ETHTOOL_GGRO = 0x2b;
    private static final int ETH_FLAG_LRO = 1 << 15;
    private static final int ETHTOOL_GCOALESCE = 0xe;
    // The same, to be set
    private static final int ETHTOOL_STSO = 0x1f;
    private static final int ETHTOOL_SGSO = 0x24;
    private static final int ETHTOOL_SGRO = 0x2c;
    private static final int ETHTOOL_SFLAGS = 0x26;
    private static final int ETHTOOL_SCOALESCE = 0xf;
    private static final int COALESCE_BYTES = 256; // it has 92, and a kernel to come may have more
    private static final long COALESCE_RECEIVE_MICROS = 4;
    private static final long COALESCE_RECEIVE_ADAPTIVE = 40;

    private record Offload(int get, int set, int flag) {
        boolean isOn(int value) {
            return flag == 0 ? value != 0 : (value & flag) != 0;
        }

        int with(int value, boolean on) {
            return flag == 0 ? (on ? 1 : 0) : on ? value | flag : value & ~flag;
        }
    }

    private static final Map<String, Offload> OFFLOADS = Map.of(
            "gro", new Offload(ETHTOOL_GGRO, ETHTOOL_SGRO, 0),
            "gso", new Offload(ETHTOOL_GGSO, ETHTOOL_SGSO, 0),
            "tso", new Offload(ETHTOOL_GTSO, ETHTOOL_STSO, 0),
            "lro", new Offload(Linux.ETHTOOL_GFLAGS(), ETHTOOL_SFLAGS, ETH_FLAG_LRO));

    /** Settings of how a card waits, by their names, and where they are. */
    private static final Map<String, Long> WAITS =
            Map.of("rx-usecs", COALESCE_RECEIVE_MICROS, "adaptive-rx", COALESCE_RECEIVE_ADAPTIVE);

    private NetworkInterfaces() {}

    /** All interfaces, in the kernel's order. */
    public static List<NetworkInterface> list() {
        if (!Platform.LINUX) {
            return listByJava();
        }
        List<NetworkInterface> interfaces = new ArrayList<>();
        for (String line : ProcFiles.lines(DEVICES)) {
            int colon = line.lastIndexOf(':');
            if (colon > 0) { // the two lines of headings have none
                find(line.substring(0, colon).strip()).ifPresent(interfaces::add);
            }
        }
        return interfaces;
    }

    /** True when there is an interface of this name. */
    public static boolean exists(String name) {
        return index(name) > 0;
    }

    /**
     * The interface's MTU in bytes.
     *
     * @throws SystemCallException when there is no such interface
     */
    public static int mtu(String name) {
        return find(name)
                .orElseThrow(() -> new SystemCallException("ioctl", "SIOCGIFMTU, " + name, Errno.ENODEV))
                .mtuBytes();
    }

    /**
     * Takes the calling thread into a network of its own, in which there is nothing but a loopback interface, {@code lo}, that
     * is up. There is no way back: it is for a thread that ends soon. Sockets that it opens stay in that network, which ends
     * with the last of them.
     *
     * @throws SystemCallException when the process may not ({@link Errno#EPERM}), or the system has no such networks
     */
    public static void leaveForLoopback() {
        if (!Platform.LINUX) {
            throw new SystemCallException("unshare", "CLONE_NEWNET", Errno.EOPNOTSUPP);
        }
        Calls.require(Calls.unshare(Linux.CLONE_NEWNET()), "unshare", "CLONE_NEWNET");
        int socket = Calls.require(
                Calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_INET");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(ifreq.layout());
            Calls.require(ask(socket, Linux.SIOCGIFFLAGS(), request, LOOPBACK), "ioctl", "SIOCGIFFLAGS, " + LOOPBACK);
            short flags = request.get(ValueLayout.JAVA_SHORT, REQUEST_VALUE);
            request.set(ValueLayout.JAVA_SHORT, REQUEST_VALUE, (short) (flags | Linux.IFF_UP()));
            Calls.require(Calls.ioctl(socket, Linux.SIOCSIFFLAGS(), request), "ioctl", "SIOCSIFFLAGS, " + LOOPBACK);
        } finally {
            Calls.close(socket);
        }
    }

    /** The IP addresses that this machine has on any interface. */
    public static List<String> addresses() {
        try {
            return java.net.NetworkInterface.networkInterfaces()
                    .flatMap(java.net.NetworkInterface::inetAddresses)
                    .map(InetAddress::getHostAddress)
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    /** Whether this machine has an address of IPv6 that others beyond one wire can answer to. */
    public static boolean hasWideIpv6Address() {
        try {
            return java.net.NetworkInterface.networkInterfaces()
                    .flatMap(java.net.NetworkInterface::inetAddresses)
                    .anyMatch(address -> address instanceof Inet6Address
                            && !address.isLoopbackAddress()
                            && !address.isLinkLocalAddress());
        } catch (SocketException e) {
            return false;
        }
    }

    /** What the driver calls itself, empty when it does not say. */
    static String driver(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(DRIVER_INFO_BYTES, 8);
            info.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GDRVINFO);
            return askDriver(name, info) ? info.getString(4) : "";
        }
    }

    /**
     * Queues of an interface in use.
     *
     * @param receive at least 1
     * @param transmit at least 1
     */
    public record Queues(int receive, int transmit) {}

    /** How many queues an interface has; one that does not say has one of each. */
    public static Queues queues(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ethtool_channels.layout());
            ethtool_channels.cmd(info, Linux.ETHTOOL_GCHANNELS());
            if (!askDriver(name, info)) {
                return new Queues(1, 1);
            }
            int both = ethtool_channels.combined_count(info);
            return new Queues(
                    Math.max(1, both + ethtool_channels.rx_count(info)),
                    Math.max(1, both + ethtool_channels.tx_count(info)));
        }
    }

    /** Whether the interface takes VLAN tags off received packets, for the kernel to keep beside them. */
    public static boolean takesVlanTags(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ethtool_value.layout());
            ethtool_value.cmd(info, Linux.ETHTOOL_GFLAGS());
            return askDriver(name, info) && (ethtool_value.data(info) & Linux.ETH_FLAG_RXVLAN()) != 0;
        }
    }

    /**
     * What an interface does to packets by itself.
     *
     * @param offloads that join or cut packets and are on, as ethtool calls them
     * @param receiveWaitMicros how long it waits before it interrupts, empty when it does not say
     * @param adaptive it chooses that wait itself
     */
    public record DriverSettings(List<String> offloads, OptionalInt receiveWaitMicros, boolean adaptive) {}

    /** The settings of an interface as they are now, empty when it does not tell any, as off Linux. */
    public static Optional<DriverSettings> driverSettings(String name) {
        OptionalInt gro = driverValue(name, ETHTOOL_GGRO);
        if (gro.isEmpty()) {
            return Optional.empty();
        }
        List<String> on = new ArrayList<>();
        addIf(on, "gro", gro.getAsInt());
        addIf(on, "lro", driverValue(name, Linux.ETHTOOL_GFLAGS()).orElse(0) & ETH_FLAG_LRO);
        addIf(on, "gso", driverValue(name, ETHTOOL_GGSO).orElse(0));
        addIf(on, "tso", driverValue(name, ETHTOOL_GTSO).orElse(0));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(COALESCE_BYTES, 8);
            info.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GCOALESCE);
            boolean told = askDriver(name, info);
            return Optional.of(new DriverSettings(
                    on,
                    told
                            ? OptionalInt.of(info.get(ValueLayout.JAVA_INT, COALESCE_RECEIVE_MICROS))
                            : OptionalInt.empty(),
                    told && info.get(ValueLayout.JAVA_INT, COALESCE_RECEIVE_ADAPTIVE) != 0));
        }
    }

    /**
     * A setting of an interface's driver.
     *
     * @param setting {@code gro}, {@code gso}, {@code tso}, {@code lro} or {@code adaptive-rx}, whose values are {@code on} and
     *     {@code off}, or {@code rx-usecs}
     * @return empty when it does not tell
     */
    public static Optional<String> driverSetting(String name, String setting) {
        Offload offload = OFFLOADS.get(setting);
        if (offload != null) {
            OptionalInt value = driverValue(name, offload.get());
            return value.isEmpty() ? Optional.empty() : Optional.of(onOff(offload.isOn(value.getAsInt())));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(COALESCE_BYTES, 8);
            info.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GCOALESCE);
            if (!askDriver(name, info)) {
                return Optional.empty();
            }
            int value = info.get(ValueLayout.JAVA_INT, WAITS.get(setting));
            return Optional.of(setting.equals("rx-usecs") ? Integer.toString(value) : onOff(value != 0));
        }
    }

    private static String onOff(boolean on) {
        return on ? "on" : "off";
    }

    /**
     * Gives such a setting a value.
     *
     * @param value as {@link #driverSetting} tells it
     * @return whether the system has taken it; a driver may still have kept the old one
     */
    public static boolean setDriverSetting(String name, String setting, String value) {
        Offload offload = OFFLOADS.get(setting);
        try (Arena arena = Arena.ofConfined()) {
            if (offload != null) {
                OptionalInt now = driverValue(name, offload.get());
                MemorySegment info = arena.allocate(ethtool_value.layout());
                ethtool_value.cmd(info, offload.set());
                ethtool_value.data(info, offload.with(now.orElse(0), value.equals("on")));
                return now.isPresent() && askDriver(name, info);
            }
            MemorySegment info = arena.allocate(COALESCE_BYTES, 8);
            info.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GCOALESCE);
            if (!askDriver(name, info)) {
                return false;
            }
            info.set(ValueLayout.JAVA_INT, 0, ETHTOOL_SCOALESCE);
            info.set(
                    ValueLayout.JAVA_INT,
                    WAITS.get(setting),
                    value.equals("on") ? 1 : value.equals("off") ? 0 : Integer.parseInt(value));
            return askDriver(name, info);
        }
    }

    private static void addIf(List<String> names, String name, int value) {
        if (value != 0) {
            names.add(name);
        }
    }

    private static OptionalInt driverValue(String name, int command) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ethtool_value.layout());
            ethtool_value.cmd(info, command);
            return askDriver(name, info) ? OptionalInt.of(ethtool_value.data(info)) : OptionalInt.empty();
        }
    }

    private static boolean askDriver(String name, MemorySegment question) {
        if (!Platform.LINUX || index(name) <= 0) {
            return false;
        }
        int socket = Calls.require(
                Calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_INET");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(ifreq.layout());
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            MemorySegment.copy(bytes, 0, request, JAVA_BYTE, REQUEST_NAME, bytes.length);
            request.set(ValueLayout.ADDRESS, REQUEST_VALUE, question);
            return Calls.ioctl(socket, Linux.SIOCETHTOOL(), request) >= 0;
        } finally {
            Calls.close(socket);
        }
    }

    /** The interface of this name, empty when there is none. */
    public static Optional<NetworkInterface> find(String name) {
        if (!Platform.LINUX) {
            return listByJava().stream()
                    .filter(candidate -> candidate.name().equals(name))
                    .findFirst();
        }
        int index = index(name);
        if (index <= 0) {
            return Optional.empty();
        }
        int socket = Calls.require(
                Calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_INET");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(ifreq.layout());
            MemorySegment value = request.asSlice(REQUEST_VALUE);
            if (ask(socket, Linux.SIOCGIFMTU(), request, name) < 0) {
                return Optional.empty(); // gone in between
            }
            int mtu = value.get(ValueLayout.JAVA_INT, 0);
            if (ask(socket, Linux.SIOCGIFFLAGS(), request, name) < 0) {
                return Optional.empty();
            }
            int flags = value.get(ValueLayout.JAVA_SHORT, 0);
            if (ask(socket, Linux.SIOCGIFHWADDR(), request, name) < 0) {
                return Optional.empty();
            }
            int type = value.get(ValueLayout.JAVA_SHORT, 0);
            byte[] mac = value.asSlice(2, Linux.ETH_ALEN()).toArray(JAVA_BYTE);
            boolean up = (flags & Linux.IFF_UP()) != 0;
            return Optional.of(new NetworkInterface(
                    name,
                    index,
                    mtu,
                    HexFormat.ofDelimiter(":").formatHex(mac),
                    up,
                    up && (flags & Linux.IFF_RUNNING()) != 0,
                    type == Linux.ARPHRD_ETHER() || type == Linux.ARPHRD_LOOPBACK(),
                    speed(name, index)));
        } finally {
            Calls.close(socket);
        }
    }

    /** What Java knows of them on any system; a speed is not among it. */
    static List<NetworkInterface> listByJava() {
        try {
            List<NetworkInterface> interfaces = new ArrayList<>();
            for (java.net.NetworkInterface found : Collections.list(java.net.NetworkInterface.getNetworkInterfaces())) {
                byte[] mac = found.getHardwareAddress();
                boolean running = found.isUp(); // up and running, as Java asks
                interfaces.add(new NetworkInterface(
                        found.getName(),
                        found.getIndex(),
                        found.getMTU(),
                        mac == null ? "" : HexFormat.ofDelimiter(":").formatHex(mac),
                        running,
                        running,
                        mac != null || found.isLoopback(),
                        Optional.empty()));
            }
            return interfaces;
        } catch (SocketException e) {
            return List.of();
        }
    }

    private static int ask(int socket, int requestNumber, MemorySegment request, String name) {
        request.fill((byte) 0);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, request, JAVA_BYTE, REQUEST_NAME, bytes.length);
        return Calls.ioctl(socket, requestNumber, request);
    }

    /** Index of the interface, or a negated error number. */
    static int index(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes >= NAME_BYTES || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            return -Errno.ENODEV; // a longer name would be cut, and could then mean another interface
        }
        return Calls.ifNameToIndex(name);
    }

    private static Optional<Integer> speed(String name, int index) {
        Path folder;
        try {
            folder = CLASS_NET.resolve(name);
        } catch (InvalidPathException e) {
            return Optional.empty(); // the locale's encoding lacks a letter of it
        }
        if (!ProcFiles.firstLine(folder.resolve("ifindex")).equals(Optional.of(Integer.toString(index)))) {
            return Optional.empty();
        }
        // Interfaces that are down, and most virtual ones, refuse to be asked or say -1.
        return ProcFiles.firstLine(folder.resolve("speed"))
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(Integer::valueOf)
                .filter(speed -> speed > 0);
    }
}
