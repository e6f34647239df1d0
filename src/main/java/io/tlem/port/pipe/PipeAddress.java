package io.tlem.port.pipe;

import io.tlem.os.NetmapRegistration;
import io.tlem.os.NetmapRegistration.Flag;
import io.tlem.os.PrivateFolder;
import io.tlem.port.PortAddress;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an address of a software pipe asks for: <code>pipe:NAME{ID</code> or <code>pipe:NAME}ID</code>, its two ends, with
 * {@code /R} to receive only or {@code /T} to transmit only, {@code slots=N}, and where the other end is:
 * {@code private=on}, in this process; {@code user=UID}, a process of another user's, whose the pipe is.
 *
 * @param port of netmap
 * @param flags empty, or one of RECEIVE_ONLY and TRANSMIT_ONLY
 * @param slots of each ring of a new pipe, 0 when left open
 * @param place where the other end is
 */
record PipeAddress(String port, Set<Flag> flags, int slots, PipePlace place) {
    static final String KIND = "pipe";
    static final int MIN_SLOTS = 8;
    static final int MAX_SLOTS = 1 << 18;
    static final int DEFAULT_SLOTS = 1024;

    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9_]{1,32}[{}][A-Za-z0-9_]{1,16})(/[RT])?");

    /** @throws IllegalArgumentException with one line that says what was found and what is accepted */
    static PipeAddress parse(PortAddress address) {
        address.requireOptionsIn(Set.of("slots", "private", "user"));
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
                name.group(1),
                flags,
                address.options().containsKey("slots") ? Integer.parseInt(slots) : 0,
                place(address));
    }

    private static PipePlace place(PortAddress address) {
        String isPrivate = address.options().getOrDefault("private", "off");
        String user = address.options().get("user");
        if (!isPrivate.equals("on") && !isPrivate.equals("off")) {
            throw new IllegalArgumentException("port " + address + ": private '" + isPrivate + "' is not on or off");
        }
        if (user == null) {
            return isPrivate.equals("on") ? PrivatePipes.PLACE : new NamedPipes(OptionalInt.empty());
        }
        if (isPrivate.equals("on")) {
            throw new IllegalArgumentException(
                    "port " + address + ": a pipe within this process (private=on) has no other user");
        }
        if (!user.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(
                    "port " + address + ": user '" + user + "' is not the number of a user, which id -u NAME prints");
        }
        int id = Integer.parseInt(user);
        return new NamedPipes(id == PrivateFolder.userId() ? OptionalInt.empty() : OptionalInt.of(id));
    }

    /** The registration that netmap would get. */
    NetmapRegistration registration() {
        return new NetmapRegistration(port, NetmapRegistration.Rings.ALL_NIC, 0, flags, 0, slots, slots, 1, 1, 0);
    }
}
