package io.tlem.control;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Answers those who connect to a link's name: a thread that waits for them, and one for each of a few at a time. The threads
 * are started by who starts this, and have its rights.
 */
public final class ControlServer implements AutoCloseable {
    private static final int MOST_CLIENTS = 16;
    private static final long STACK_BYTES = 512 * 1024;
    private static final long PAUSE_NANOS = 100_000_000;
    private static final long END_NANOS = 2_000_000_000;
    private static final long REFUSAL_NANOS = 100_000_000;

    /** How a run is ended. */
    @FunctionalInterface
    public interface Ending {
        /**
         * Has it end soon. Any thread.
         *
         * @param now nothing more is sent
         */
        void end(boolean now);
    }

    private final LinkName name;
    private final List<Thread> sessions = new ArrayList<>(); // of the listener
    private Thread listener;
    private volatile boolean closed;

    /**
     * Answers nobody yet: who connects waits until it is started.
     *
     * @param name becomes this one's own
     */
    public ControlServer(LinkName name) {
        this.name = name;
    }

    /**
     * Begins to answer. Once.
     *
     * @param view of the link
     * @param ending is told when somebody wants the run to end
     */
    public void start(LinkView view, Ending ending) {
        listener = thread(() -> listen(lines -> new Session(lines, view, ending)));
    }

    private static Thread thread(Runnable work) {
        return Thread.ofPlatform()
                .name("tlem control")
                .daemon()
                .stackSize(STACK_BYTES)
                .start(work);
    }

    private void listen(Function<LineChannel, Session> sessionOf) {
        while (!closed) {
            try {
                serve(name.server().accept(), sessionOf);
            } catch (ClosedChannelException e) {
                break;
            } catch (IOException e) {
                LockSupport.parkNanos(PAUSE_NANOS); // too many files are open, for example
            }
        }
        sessions.forEach(Thread::interrupt);
        long end = System.nanoTime() + END_NANOS;
        for (Thread session : sessions) {
            join(session, end - System.nanoTime());
        }
    }

    private void serve(SocketChannel channel, Function<LineChannel, Session> sessionOf) throws IOException {
        sessions.removeIf(session -> !session.isAlive());
        LineChannel lines = new LineChannel(channel, Session.MOST_BYTES);
        try {
            if (sessions.size() >= MOST_CLIENTS) {
                lines.write(Session.refusal(1, MOST_CLIENTS + " others are connected to the link"), REFUSAL_NANOS);
                lines.close();
                return;
            }
            sessions.add(thread(sessionOf.apply(lines)));
        } catch (IOException | OutOfMemoryError e) { // of threads, too
            lines.close();
        }
    }

    private static void join(Thread thread, long nanos) {
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives the name back, then ends the connections: whoever waited for the end of the link knows it by that. */
    @Override
    public void close() {
        closed = true;
        name.close();
        if (listener != null) {
            listener.interrupt();
            join(listener, 2 * END_NANOS);
        }
    }
}
