package io.tlem.cli;

import io.tlem.link.Opened;
import io.tlem.link.Relay;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.Ports;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import java.util.concurrent.locks.LockSupport;

/** Two ports and the thread that carries packets from one to the other. Used by one thread. */
final class Feed implements AutoCloseable {
    private static final int BATCH = 64;
    private static final long IDLE_NANOS = 2_000_000;
    private static final long LONGEST_WAIT_NANOS = 1_000_000_000;

    private static final long END_NANOS = 2_000_000_000;

    private final Opened opened = new Opened();
    private final PacketPort to;
    private final Relay relay;
    private final StageThread thread;
    private volatile boolean failed;

    /**
     * Opens both ports.
     *
     * @throws io.tlem.port.PortException when one cannot be opened
     */
    Feed(String name, String from, String to, ThreadSettings settings) {
        try {
            PacketPort source = opened.add(Ports.open(PortAddress.parse(from)));
            this.to = opened.add(Ports.open(PortAddress.parse(to)));
            relay = new Relay(
                    name,
                    NanoClock.SYSTEM,
                    source.source().orElseThrow(),
                    this.to.sink().orElseThrow(),
                    BATCH);
            thread = new StageThread(relay, settings, failure -> fail(name, failure));
        } catch (Throwable e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private void fail(String name, Throwable failure) {
        failed = true;
        Output.warn(name + ": " + Main.describe(failure));
    }

    PacketPort to() {
        return to;
    }

    void start() {
        thread.start();
    }

    /** Whether the thread has ended of something that it has printed. */
    boolean failed() {
        return failed;
    }

    /**
     * Ends the thread; what the first port holds stays there.
     *
     * @return false when it does not end, being held in a call of a port
     */
    boolean stop() {
        thread.requestStop();
        return thread.awaitEnd(END_NANOS);
    }

    /** Lets everything pass that is there, then ends the thread. */
    void stopWhenIdle() {
        long start = System.nanoTime();
        long idleSince = start;
        while (!failed
                && System.nanoTime() - idleSince < IDLE_NANOS
                && System.nanoTime() - start < LONGEST_WAIT_NANOS) {
            if (!relay.isIdle()) {
                idleSince = System.nanoTime();
            }
            LockSupport.parkNanos(IDLE_NANOS / 10);
        }
        stop();
    }

    /** Closes the ports, but for those of a thread that does not end. */
    @Override
    public void close() {
        if (stop()) {
            opened.close();
        }
    }
}
