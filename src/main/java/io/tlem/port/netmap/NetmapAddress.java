package io.tlem.port.netmap;

import io.tlem.os.NetmapRegistration;
import io.tlem.os.NetmapRegistration.Flag;
import io.tlem.os.NetmapRegistration.Rings;
import io.tlem.port.PortAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an address of a netmap port asks for, in the grammar of netmap(4):
 *
 * <pre>
 *  netmap:NAME[MODE]   NAME   eth0, or eth0{ID or eth0}ID for the two ends of a pipe
 *  valeS:NAME[MODE]    MODE   [^ | ^N | * | -N] [@REGION] [/FLAGS]
 * </pre>
 *
 * @param registration the request
 * @param interfaceName the network interface that the port is, empty for a switch's port or a pipe
 * @param library shared library with netmap's calls, empty for the system's
 * @param trusted whether that is known never to take its memory away
 * @param extraBuffers that are asked for, empty where the address does not say
 */
record NetmapAddress(
        NetmapRegistration registration,
        Optional<String> interfaceName,
        Optional<String> library,
        boolean trusted,
        OptionalInt extraBuffers) {
    static final String KIND = "netmap";

    /** A quarter of the buffers that netmap has unless it is told otherwise: both ports of a link take one. */
    private static final int USUAL_EXTRA_BUFFERS = 40_960;

    private static final int MAX_EXTRA_BUFFERS = 1 << 24;

    private static final Set<String> OPTIONS =
            Set.of("library", "trusted", "slots", "tx-slots", "rx-slots", "rings", "tx-rings", "rx-rings", "extra");
    private static final Pattern VALE = Pattern.compile("vale[A-Za-z0-9_]*");
    private static final Pattern NAME = Pattern.compile("(?:([A-Za-z0-9_.]+):)?[A-Za-z0-9_.]+([{}][A-Za-z0-9_]+)?");
    private static final Pattern MODE = Pattern.compile("(\\^\\d*|\\*|-\\d+)?(@\\d+)?(/[a-zA-Z]+)?(@\\d+)?");
    private static final int MAX_SLOTS = 1 << 20;

    /** Whether addresses of this kind are netmap's. */
    static boolean handles(String kind) {
        return kind.equals(KIND) || VALE.matcher(kind).matches();
    }

    /** @throws IllegalArgumentException with one line that says what was found and what is accepted */
    static NetmapAddress parse(PortAddress address) {
        if (address.toString().contains("@conf:")) {
            throw refused(address, "@conf: is not known here; wishes are written ,slots=N,rings=N");
        }
        address.requireOptionsIn(OPTIONS);
        String text = address.name();
        int end = 0;
        while (end < text.length() && "-*^/@".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String name = text.substring(0, end);
        String mode = text.substring(end);
        Matcher named = NAME.matcher(name);
        if (!named.matches()) {
            throw refused(
                    address,
                    "'" + name + "' is not the name of a port: NAME, NAME{ID or NAME}ID of letters, digits, _ and .");
        }
        boolean byKind = !address.kind().equals(KIND);
        String bridge = named.group(1);
        if (bridge != null && (byKind || !VALE.matcher(bridge).matches())) {
            throw refused(address, "'" + name + "': only ports of a switch, valeS:NAME, have a ':'");
        }
        String port = byKind ? address.kind() + ":" + name : name;
        if (port.getBytes(StandardCharsets.UTF_8).length > NetmapRegistration.MAX_NAME_BYTES) {
            throw refused(address, "the name is longer than " + NetmapRegistration.MAX_NAME_BYTES + " bytes");
        }
        boolean pipe = named.group(2) != null;
        return new NetmapAddress(
                registration(address, port, mode),
                byKind || bridge != null || pipe ? Optional.empty() : Optional.of(name),
                Optional.ofNullable(address.options().get("library")),
                trusted(address),
                address.options().containsKey("extra")
                        ? OptionalInt.of(
                                number(address, "extra", address.options().get("extra"), 0, MAX_EXTRA_BUFFERS))
                        : OptionalInt.empty());
    }

    /** Extra buffers that a port wants whose packets go to another port of netmap; none where they cannot be handed on. */
    int usualExtraBuffers() {
        boolean ofItsOwn = registration.port().startsWith("vale") && registration.memoryRegion() == 0;
        boolean receives = !registration.flags().contains(Flag.TRANSMIT_ONLY);
        return receives && !ofItsOwn && !registration.isMonitor() ? USUAL_EXTRA_BUFFERS : 0;
    }

    private static boolean trusted(PortAddress address) {
        String trusted = address.options().get("trusted");
        if (trusted == null) {
            return false;
        }
        if (!trusted.equals("on") && !trusted.equals("off")) {
            throw refused(address, "trusted '" + trusted + "' is not on or off");
        }
        if (!address.options().containsKey("library")) {
            throw refused(
                    address,
                    "trusted=" + trusted + " is said of a library, and none is named (library=FILE or"
                            + " --netmap-library FILE); the system's netmap is trusted");
        }
        return trusted.equals("on");
    }

    private static NetmapRegistration registration(PortAddress address, String port, String mode) {
        Matcher matcher = MODE.matcher(mode);
        if (!matcher.matches() || (matcher.group(2) != null && matcher.group(4) != null)) {
            throw refused(
                    address,
                    "'" + mode + "' is not a mode: ^ host rings, ^N one of them, * host and NIC rings, -N one NIC ring,"
                            + " then @REGION, /FLAGS of x z t r R T; wishes are written ,slots=N,rings=N");
        }
        Rings rings = Rings.ALL_NIC;
        int ring = 0;
        String which = matcher.group(1);
        if (which != null) {
            boolean numbered = which.length() > 1;
            rings = switch (which.charAt(0)) {
                case '^' -> numbered ? Rings.ONE_HOST : Rings.HOST;
                case '*' -> Rings.NIC_AND_HOST;
                default -> Rings.ONE_NIC;
            };
            ring = numbered ? number(address, "ring", which.substring(1), 0, NetmapRegistration.MAX_RING - 1) : 0;
        }
        String region = matcher.group(2) != null ? matcher.group(2) : matcher.group(4);
        int slots = option(address, "slots", 0, MAX_SLOTS);
        int ringCount = option(address, "rings", 0, NetmapRegistration.MAX_RING);
        return new NetmapRegistration(
                port,
                rings,
                ring,
                flags(address, matcher.group(3)),
                region == null ? 0 : number(address, "region", region.substring(1), 1, 65535),
                option(address, "tx-slots", slots, MAX_SLOTS),
                option(address, "rx-slots", slots, MAX_SLOTS),
                option(address, "tx-rings", ringCount, NetmapRegistration.MAX_RING),
                option(address, "rx-rings", ringCount, NetmapRegistration.MAX_RING),
                0);
    }

    private static Set<Flag> flags(PortAddress address, String text) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (int i = 1; text != null && i < text.length(); i++) {
            switch (text.charAt(i)) {
                case 'x' -> flags.add(Flag.EXCLUSIVE);
                case 'z' -> {
                    flags.add(Flag.ZERO_COPY_MONITOR);
                    if (text.indexOf('t') < 0 && text.indexOf('r') < 0) { // z alone watches both
                        flags.add(Flag.MONITOR_TRANSMIT);
                        flags.add(Flag.MONITOR_RECEIVE);
                    }
                }
                case 't' -> flags.add(Flag.MONITOR_TRANSMIT);
                case 'r' -> flags.add(Flag.MONITOR_RECEIVE);
                case 'R' -> flags.add(Flag.RECEIVE_ONLY);
                case 'T' -> flags.add(Flag.TRANSMIT_ONLY);
                default ->
                    throw refused(
                            address,
                            "'" + text.charAt(i) + "' is not a flag: x exclusive, z t r monitors, R receive only,"
                                    + " T transmit only");
            }
        }
        if (flags.contains(Flag.RECEIVE_ONLY) && flags.contains(Flag.TRANSMIT_ONLY)) {
            throw refused(address, "/R and /T exclude each other");
        }
        return flags;
    }

    private static int option(PortAddress address, String name, int otherwise, int most) {
        String text = address.options().get(name);
        return text == null ? otherwise : number(address, name, text, 1, most);
    }

    private static int number(PortAddress address, String what, String text, int least, int most) {
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        }
        throw refused(address, what + " '" + text + "' is not a number from " + least + " to " + most);
    }

    private static IllegalArgumentException refused(PortAddress address, String reason) {
        return new IllegalArgumentException("port " + address + ": " + reason);
    }
}
