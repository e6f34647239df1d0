package io.tlem.screen;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.control.RefusedException;
import io.tlem.control.ShownLink;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What a link says, on its way to the screen: a thread waits for it, so that the screen never does. The screen's thread makes
 * and closes it, and takes the news.
 */
final class Feed implements AutoCloseable {
    private static final int MOST_WAITING = 64;

    /** Something new. */
    sealed interface News {}

    /** A second has passed. */
    record Second(Message interval, ShownLink shown) implements News {}

    /** The link has ended. */
    record End() implements News {}

    /** It can no longer be asked. */
    record Lost(IOException why) implements News {}

    private final ControlClient watched;
    private final ControlClient asked;
    private final ShownLink first;
    private final BlockingQueue<News> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private final Thread thread;

    /**
     * Connects to a link.
     *
     * @throws RefusedException when there is none of this name, or it does not answer to that
     */
    Feed(String name) throws IOException {
        watched = ControlClient.connect(name);
        try {
            asked = ControlClient.connect(name);
        } catch (IOException | RuntimeException e) {
            watched.close();
            throw e;
        }
        try {
            first = new ShownLink(asked.ask("show", Map.of()));
            Message ignored = watched.ask("watch", Map.of("format", "json"));
        } catch (IOException | RuntimeException e) {
            closeConnections();
            throw e;
        }
        thread = Thread.ofPlatform().daemon().name("tlem top").start(this::run);
    }

    private void run() {
        try {
            ShownLink shown = first;
            for (Optional<Message> next = watched.nextWatched(); next.isPresent(); next = watched.nextWatched()) {
                shown = show(shown);
                waiting.put(new Second(next.get(), shown));
            }
            waiting.put(new End());
        } catch (IOException e) {
            boolean ignored = waiting.offer(new Lost(e));
        } catch (RuntimeException e) { // what cannot be understood
            boolean ignored = waiting.offer(new Lost(new IOException(e.getMessage(), e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody takes them any more
        } finally {
            closeConnections();
        }
    }

    /** How it is now, or was last: whether the link has ended the other connection tells. */
    private ShownLink show(ShownLink last) {
        try {
            return new ShownLink(asked.ask("show", Map.of()));
        } catch (IOException | RefusedException e) {
            return last;
        }
    }

    private void closeConnections() {
        watched.close();
        asked.close();
    }

    /** What the link was when it was first asked. */
    ShownLink first() {
        return first;
    }

    /** The next news, null when there are none. */
    News poll() {
        return waiting.poll();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
