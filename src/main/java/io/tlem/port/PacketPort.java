package io.tlem.port;

import io.tlem.stats.Measured;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One end of an emulated link: a place where packets come in, go out, or both. Opened by a {@link PortProvider};
 * closed by its opener, after the threads that use the source and the sink have ended.
 */
public interface PacketPort extends AutoCloseable {
    /** The address it was opened with. */
    PortAddress address();

    /** One line for people: what was opened and how (ring sizes, MTU, fallbacks taken). */
    String description();

    /** The receiving half, empty for a port that only transmits. The same object at every call. */
    Optional<PacketSource> source();

    /** The transmitting half, empty for a port that only receives. The same object at every call. */
    Optional<PacketSink> sink();

    /**
     * Looks whether the port can still be used, where its source and sink would not notice. For one thread, about once
     * a second, while others use the port.
     *
     * @throws PortException when it cannot
     */
    default void check() {}

    /**
     * What the user should know of the port and has not been told: cause and cure, a line each. For the thread that calls
     * {@link #check}, once before the link starts and then about once a second.
     *
     * @param routes whether the port is a router's, which has an address of its own
     */
    default List<String> takeWarnings(boolean routes) {
        return List.of();
    }

    /**
     * What its threads, and the one that checks it, go on needing while it is open: names as in capabilities(7), such as
     * {@code CAP_NET_RAW}. The process gives up the rest.
     */
    default Set<String> neededCapabilities() {
        return Set.of();
    }

    /**
     * What the port has measured of a generator's packets, empty for one that does not measure. Only after the threads that
     * use its sink have ended.
     */
    default Optional<Measured> measured() {
        return Optional.empty();
    }

    /** Gives everything back to the system. Does not throw. */
    @Override
    void close();
}
