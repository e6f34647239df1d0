package io.tlem.cli;

import io.tlem.link.Relay;
import io.tlem.port.PacketPort;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import java.util.concurrent.locks.LockSupport;

/** Two ports and the thread that carries packets from one to the other. Used by one thread. */
final class Feed implements AutoCloseable {
    private static final int BATCH = 64;
    private static final long IDLE_NANOS = 2_000_000;
    private static final long LONGEST_WAIT_NANOS = 1_000_000_000;

    private final PacketPort from;
    private final PacketPort to;
    private final Relay relay;
    private final StageThread thread;
    private boolean running;

    /**
     * Opens both ports.
     *
     * @throws io.tlem.port.PortException when one cannot be opened
     */
    Feed(String name, String from, String to, ThreadSettings settings) {
        this.from = Ports.open(Ports.parse(from));
        try {
            this.to = Ports.open(Ports.parse(to));
        } catch (RuntimeException e) {
            this.from.close();
            throw e;
        }
        relay = new Relay(
                name,
                NanoClock.SYSTEM,
                this.from.source().orElseThrow(),
                this.to.sink().orElseThrow(),
                BATCH);
        thread = new StageThread(
                relay, settings, failure -> System.err.println("tlem: " + name + ": " + Main.describe(failure)));
    }

    PacketPort to() {
        return to;
    }

    void start() {
        thread.start();
        running = true;
    }

    /** Ends the thread; what the first port holds stays there. */
    void stop() {
        if (running) {
            running = false;
            thread.requestStop();
            thread.join();
        }
    }

    /** Lets everything pass that is there, then ends the thread. */
    void stopWhenIdle() {
        long start = System.nanoTime();
        long idleSince = start;
        while (running
                && System.nanoTime() - idleSince < IDLE_NANOS
                && System.nanoTime() - start < LONGEST_WAIT_NANOS) {
            if (!relay.isIdle()) {
                idleSince = System.nanoTime();
            }
            LockSupport.parkNanos(IDLE_NANOS / 10);
        }
        stop();
    }

    @Override
    public void close() {
        stop();
        from.close();
        to.close();
    }
}
