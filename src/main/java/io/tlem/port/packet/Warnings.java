package io.tlem.port.packet;

import io.tlem.os.Errno;
import io.tlem.wire.Ethernet;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What the user of a port should know, each thing said once. Any thread. */
public final class Warnings {
    private final Set<Object> said = ConcurrentHashMap.newKeySet();
    private final Queue<String> waiting = new ConcurrentLinkedQueue<>();

    /**
     * Adds a warning, unless there has been one of this topic.
     *
     * @param text cause and cure, one line
     */
    public void once(Object topic, String text) {
        if (said.add(topic)) {
            waiting.add(text);
        }
    }

    /**
     * A packet is not sent, as it does not fit the interface. Nothing is said of one without a whole header.
     *
     * @param bytes of the packet
     */
    public void unfit(String name, int bytes, int mtuBytes) {
        if (bytes >= Ethernet.HEADER_BYTES) {
            once(
                    "unfit",
                    name + ": packets longer than its MTU of " + mtuBytes + " lets through are dropped (reason port);"
                            + " for one of " + bytes + " B: ip link set " + name + " mtu "
                            + (bytes - Ethernet.HEADER_BYTES));
        }
    }

    /** The system has refused a packet. */
    public void refused(String name, int errno) {
        once("refused" + errno, name + " refuses packets, which are dropped (reason port): " + Errno.describe(errno));
    }

    /** What has come since the last call. */
    public List<String> take() {
        List<String> taken = new ArrayList<>();
        for (String text = waiting.poll(); text != null; text = waiting.poll()) {
            taken.add(text);
        }
        return taken;
    }
}
