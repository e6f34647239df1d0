package io.tlem.port.pipe;

import io.tlem.os.NetmapRegistration;
import io.tlem.port.PortAddress;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an address of a software pipe asks for: <code>pipe:NAME{ID</code> or <code>pipe:NAME}ID</code>, its two ends, with
 * {@code slots=N}.
 *
 * @param slots of each ring of a new pipe, 0 when left open
 */
record PipeAddress(String port, int slots) {
    static final String KIND = "pipe";
    static final int MIN_SLOTS = 8;
    static final int MAX_SLOTS = 1 << 18;
    static final int DEFAULT_SLOTS = 1024;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,32}[{}][A-Za-z0-9_]{1,16}");

    /** @throws IllegalArgumentException with one line that says what was found and what is accepted */
    static PipeAddress parse(PortAddress address) {
        address.requireOptionsIn(Set.of("slots"));
        if (!NAME.matcher(address.name()).matches()) {
            throw new IllegalArgumentException("port " + address + ": '" + address.name()
                    + "' is not an end of a pipe: NAME{ID or NAME}ID of letters, digits and _, at most 32 and 16");
        }
        String slots = address.options().getOrDefault("slots", "0");
        if (!slots.equals("0")
                && (!slots.matches("[0-9]{1,9}")
                        || Integer.parseInt(slots) < MIN_SLOTS
                        || Integer.parseInt(slots) > MAX_SLOTS)) {
            throw new IllegalArgumentException("port " + address + ": slots '" + slots + "' is not a number from "
                    + MIN_SLOTS + " to " + MAX_SLOTS);
        }
        return new PipeAddress(address.name(), Integer.parseInt(slots));
    }

    /** The registration that netmap would get. */
    NetmapRegistration registration() {
        return new NetmapRegistration(port, NetmapRegistration.Rings.ALL_NIC, 0, Set.of(), 0, slots, slots, 1, 1);
    }
}
