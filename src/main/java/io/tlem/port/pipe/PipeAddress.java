package io.tlem.port.pipe;

import io.tlem.os.NetmapRegistration;
import io.tlem.os.NetmapRegistration.Flag;
import io.tlem.port.PortAddress;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an address of a software pipe asks for: <code>pipe:NAME{ID</code> or <code>pipe:NAME}ID</code>, its two ends, with
 * {@code /R} to receive only or {@code /T} to transmit only, and {@code slots=N}.
 *
 * @param port of netmap
 * @param flags empty, or one of RECEIVE_ONLY and TRANSMIT_ONLY
 * @param slots of each ring of a new pipe, 0 when left open
 */
record PipeAddress(String port, Set<Flag> flags, int slots) {
    static final String KIND = "pipe";
    static final int MIN_SLOTS = 8;
    static final int MAX_SLOTS = 1 << 18;
    static final int DEFAULT_SLOTS = 1024;

    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9_]{1,32}[{}][A-Za-z0-9_]{1,16})(/[RT])?");

    /** @throws IllegalArgumentException with one line that says what was found and what is accepted */
    static PipeAddress parse(PortAddress address) {
        address.requireOptionsIn(Set.of("slots"));
        Matcher name = NAME.matcher(address.name());
        if (!name.matches()) {
            throw new IllegalArgumentException("port " + address + ": '" + address.name()
                    + "' is not an end of a pipe: NAME{ID or NAME}ID of letters, digits and _, at most 32 and 16, and /R"
                    + " to receive only or /T to transmit only");
        }
        String slots = address.options().getOrDefault("slots", Integer.toString(DEFAULT_SLOTS));
        if (!slots.matches("[0-9]{1,9}")
                || Integer.parseInt(slots) < MIN_SLOTS
                || Integer.parseInt(slots) > MAX_SLOTS) {
            throw new IllegalArgumentException("port " + address + ": slots '" + slots + "' is not a number from "
                    + MIN_SLOTS + " to " + MAX_SLOTS);
        }
        Set<Flag> flags = name.group(2) == null
                ? Set.of()
                : Set.of(name.group(2).equals("/R") ? Flag.RECEIVE_ONLY : Flag.TRANSMIT_ONLY);
        return new PipeAddress(
                name.group(1), flags, address.options().containsKey("slots") ? Integer.parseInt(slots) : 0);
    }

    /** The registration that netmap would get. */
    NetmapRegistration registration() {
        return new NetmapRegistration(port, NetmapRegistration.Rings.ALL_NIC, 0, flags, 0, slots, slots, 1, 1);
    }
}
