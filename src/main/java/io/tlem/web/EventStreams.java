package io.tlem.web;

import io.tlem.control.LinkView;
import io.tlem.scenario.Playback;
import io.tlem.spec.JsonText;
import io.tlem.stats.Sample;
import io.tlem.stats.Samples;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Server-sent events: one thread makes an event of each of the link's samples and hands it to everybody who listens; who does
 * not take them in time misses some, whose numbers show it.
 */
final class EventStreams implements AutoCloseable {
    private static final int MOST_WAITING = 8;
    private static final int MOST_KEPT = 120;
    private static final long SECOND = 1_000_000_000L;
    private static final long STACK_BYTES = 512 * 1024;
    private static final String END = "event: end\ndata: {}\n\n";

    private final LinkView view;
    private final Patience patience;
    private final Samples samples;
    private final Thread thread;
    private final ExecutorService points;
    private final Set<BlockingQueue<String>> listeners = ConcurrentHashMap.newKeySet();
    private final Deque<String> kept = new ArrayDeque<>(); // guarded by itself
    private volatile boolean ended;

    EventStreams(LinkView view, Patience patience) {
        this.view = view;
        this.patience = patience;
        this.samples = view.live().link().collector().read();
        this.thread = Thread.ofPlatform()
                .name("tlem http events")
                .daemon()
                .stackSize(STACK_BYTES)
                .start(this::pump);
        this.points = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                .name("tlem http points")
                .daemon()
                .stackSize(STACK_BYTES)
                .factory());
        view.live().playback().listen(this::passed);
    }

    /** Handed on by a thread of its own: whoever plays the scenario wakes no virtual thread (see {@link Worker}). */
    private void passed(Playback.Passed point) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("point", point.point());
        object.put("at_ns", point.nanos());
        String event = event("point", JsonText.line(object));
        try {
            points.execute(() -> listeners.forEach(listener -> hand(listener, event)));
        } catch (RejectedExecutionException e) {
            // The link ends.
        }
    }

    private void pump() {
        Intervals intervals = new Intervals(view);
        try {
            while (!ended) {
                Optional<Sample> next = samples.next(SECOND);
                patience.check();
                if (next.isPresent()) {
                    publish(intervals.line(next.get()));
                    if (next.get().last()) {
                        break;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the link ends
        } finally {
            ended = true;
            listeners.forEach(listener -> hand(listener, END));
        }
    }

    private void publish(String line) {
        String event = event("interval", line);
        synchronized (kept) {
            kept.add(line);
            if (kept.size() > MOST_KEPT) {
                kept.remove();
            }
            listeners.forEach(listener -> hand(listener, event));
        }
    }

    private static String event(String type, String line) {
        return "event: " + type + "\ndata: " + line + "\n\n";
    }

    private static void hand(BlockingQueue<String> listener, String event) {
        while (!listener.offer(event)) {
            String ignored = listener.poll();
        }
    }

    /**
     * Writes events until the client or the link ends.
     *
     * @param shown what the link is, of {@link LinkView#show}
     */
    void write(OutputStream out, Map<String, Object> shown) throws IOException, InterruptedException {
        BlockingQueue<String> events = new ArrayBlockingQueue<>(MOST_WAITING);
        try {
            Map<String, Object> snapshot = new LinkedHashMap<>(shown);
            snapshot.put("bounds_ns", Intervals.boundsList());
            List<Object> before = new ArrayList<>();
            synchronized (kept) {
                kept.forEach(line -> before.add(new JsonText.Raw(line)));
                listeners.add(events);
            }
            snapshot.put("intervals", before);
            write(out, event("snapshot", JsonText.line(snapshot)));
            while (!ended || !events.isEmpty()) {
                String event = events.poll(10, TimeUnit.SECONDS);
                write(out, event == null ? ": still here\n\n" : event);
                if (END.equals(event)) {
                    return;
                }
            }
            write(out, END);
        } finally {
            listeners.remove(events);
        }
    }

    private void write(OutputStream out, String event) throws IOException {
        patience.begin();
        try {
            out.write(Reply.bytes(event));
            out.flush();
        } finally {
            patience.end();
        }
    }

    @Override
    public void close() {
        ended = true;
        thread.interrupt();
        points.shutdownNow();
        samples.close();
    }
}
