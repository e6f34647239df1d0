package io.tlem.web;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Interrupts threads that take too long to talk to a client, which closes the connection. Any thread. */
final class Patience {
    private final Map<Thread, Long> since = new ConcurrentHashMap<>();
    private final long mostNanos;

    Patience(long mostNanos) {
        this.mostNanos = mostNanos;
    }

    /** This thread begins something that may take long. */
    void begin() {
        since.put(Thread.currentThread(), System.nanoTime());
    }

    /** It has ended. */
    void end() {
        since.remove(Thread.currentThread());
    }

    /** Now and then: ends what takes too long. */
    void check() {
        long now = System.nanoTime();
        since.forEach((thread, start) -> {
            if (now - start > mostNanos && since.remove(thread, start)) {
                thread.interrupt();
            }
        });
    }
}
