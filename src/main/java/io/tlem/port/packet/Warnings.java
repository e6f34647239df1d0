package io.tlem.port.packet;

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

    /** What has come since the last call. */
    public List<String> take() {
        List<String> taken = new ArrayList<>();
        for (String text = waiting.poll(); text != null; text = waiting.poll()) {
            taken.add(text);
        }
        return taken;
    }
}
