package io.tlem.port.packet;

import io.tlem.port.PortAddress;
import java.util.Set;

/**
 * The options of {@code packet:IFACE}.
 *
 * @param receiveSlots frames that may wait for the emulator, or {@link #STANDARD}
 * @param transmitSlots frames that may wait for the interface, or {@link #STANDARD}
 * @param kernelTimestamps the time at which the kernel received a packet is its arrival time; else when it was found
 * @param qdiscBypass packets go to the driver past the queueing discipline
 * @param joinsSegments segments of a flow that are due together are handed to the kernel as one super-packet; not past the queueing
 *     discipline, where the kernel does not cut it for a card that cannot
 */
record PacketOptions(
        int receiveSlots, int transmitSlots, boolean kernelTimestamps, boolean qdiscBypass, boolean joinsSegments) {
    static final String USAGE =
            "packet:IFACE[,rx-slots=N][,tx-slots=N][,timestamp=kernel|user][,qdisc-bypass=on|off]" + "[,gso=on|off]";

    /** As many slots as suit the interface. */
    static final int STANDARD = 0;

    private static final int MIN_SLOTS = 16;
    private static final int MAX_SLOTS = 1 << 18;

    /**
     * Reads the options of an address.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    static PacketOptions parse(PortAddress address) {
        address.requireOptionsIn(Set.of("rx-slots", "tx-slots", "timestamp", "qdisc-bypass", "gso"));
        boolean qdiscBypass = choice(address, "qdisc-bypass", "on", "off", false);
        return new PacketOptions(
                slots(address, "rx-slots"),
                slots(address, "tx-slots"),
                choice(address, "timestamp", "kernel", "user"),
                qdiscBypass,
                choice(address, "gso", "on", "off", !qdiscBypass));
    }

    private static int slots(PortAddress address, String option) {
        String text = address.options().get(option);
        if (text == null) {
            return STANDARD;
        }
        if (text.matches("[0-9]{1,9}")) {
            int slots = Integer.parseInt(text);
            if (slots >= MIN_SLOTS && slots <= MAX_SLOTS) {
                return slots;
            }
        }
        throw new IllegalArgumentException("port " + address + ": " + option + "=" + text + " is not a number from "
                + MIN_SLOTS + " to " + MAX_SLOTS);
    }

    private static boolean choice(PortAddress address, String option, String yes, String no) {
        return choice(address, option, yes, no, true);
    }

    private static boolean choice(PortAddress address, String option, String yes, String no, boolean standard) {
        String text = address.options().getOrDefault(option, standard ? yes : no);
        if (!text.equals(yes) && !text.equals(no)) {
            throw new IllegalArgumentException(
                    "port " + address + ": " + option + "=" + text + " is neither " + yes + " nor " + no);
        }
        return text.equals(yes);
    }
}
