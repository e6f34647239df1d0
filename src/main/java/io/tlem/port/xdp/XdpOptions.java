package io.tlem.port.xdp;

import io.tlem.port.PortAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The options of {@code xdp:IFACE}.
 *
 * @param queue the only one whose packets are received; empty for all
 * @param mode empty for the best that the interface has
 */
record XdpOptions(OptionalInt queue, Optional<Mode> mode) {
    static final String USAGE = "xdp:IFACE[,queue=N|all][,mode=zerocopy|copy|skb]";

    /** How packets come from the driver. */
    enum Mode {
        /** The driver reads and writes them where they are. */
        ZEROCOPY,
        /** Copied, before the kernel has made anything of them. */
        COPY,
        /** Copied from what the kernel has made of them. */
        SKB;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String ALL = "all";

    /**
     * Reads the options of an address.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    static XdpOptions parse(PortAddress address) {
        address.requireOptionsIn(Set.of("queue", "mode"));
        String queue = address.options().getOrDefault("queue", ALL);
        if (!queue.equals(ALL) && !queue.matches("[0-9]{1,4}")) {
            throw new IllegalArgumentException(
                    "port " + address + ": queue=" + queue + " is neither a queue's number nor all");
        }
        String text = address.options().get("mode");
        Optional<Mode> mode = Stream.of(Mode.values())
                .filter(known -> known.toString().equals(text))
                .findFirst();
        if (text != null && mode.isEmpty()) {
            throw new IllegalArgumentException(
                    "port " + address + ": mode=" + text + " is none of zerocopy, copy and skb");
        }
        return new XdpOptions(queue.equals(ALL) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(queue)), mode);
    }
}
