package io.tlem.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Lines on their way to a file, a terminal or a pipe. What goes wrong there is kept, where a {@link java.io.PrintStream}
 * forgets it. After {@link #neverWait} whoever writes does not wait for whoever reads either: a thread carries the lines,
 * and when too many wait, the oldest are left out, which is said in their place. Used by any threads.
 */
final class LineStream extends OutputStream {
    private static final int MOST_WAITING = 256;

    private final String name;
    private final OutputStream target;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private boolean carried; // by the thread; else whoever writes waits for the target
    private Thread carrier;
    private boolean writing;
    private long leftOut; // since the last line that was written
    private long written;
    private boolean unread; // which has been said, and is not said again until the lines left out are told of
    private boolean telling; // what is written now tells of lines left out
    private IOException failure;
    private LongFunction<String> ofLeftOut = count -> "";
    private Consumer<String> problems = problem -> {};

    /**
     * @param name for messages
     * @param target written to unbuffered
     */
    LineStream(String name, OutputStream target) {
        this.name = name;
        this.target = target;
    }

    /** @param problems told in half a sentence, when it happens, what goes wrong */
    synchronized void onProblem(Consumer<String> problems) {
        this.problems = problems;
    }

    /**
     * Nobody who writes waits from now on.
     *
     * @param lines makes the line that stands in the place of so many others
     */
    synchronized void neverWait(LongFunction<String> lines) {
        ofLeftOut = lines;
        if (!carried) {
            carrier = Thread.ofPlatform().name("writes " + name).daemon().start(this::carry);
            carried = true; // not when there was no thread for it
        }
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        String problem = "";
        synchronized (this) {
            for (int i = offset; i < offset + length; i++) {
                line.write(bytes[i]);
                if (bytes[i] == '\n' && carried) {
                    problem += add(line.toByteArray());
                    line.reset();
                }
            }
        }
        tell(problem);
    }

    /** Lines are handed on as soon as they are whole; the rest goes with {@link #finish}. */
    @Override
    public void flush() {
        String problem = "";
        synchronized (this) {
            if (!carried && line.size() > 0) {
                byte[] bytes = line.toByteArray();
                line.reset();
                try {
                    target.write(bytes);
                } catch (IOException e) {
                    problem = failed(e);
                }
            }
        }
        tell(problem);
    }

    private String add(byte[] bytes) {
        if (failure != null) {
            return "";
        }
        waiting.add(bytes);
        notifyAll();
        if (waiting.size() <= MOST_WAITING) {
            return "";
        }
        waiting.remove();
        leftOut++;
        boolean first = !unread;
        unread = true;
        return first ? "is not read: lines are left out" : "";
    }

    private String failed(IOException e) {
        boolean first = failure == null;
        if (first) {
            failure = e;
        }
        waiting.clear();
        notifyAll();
        return first ? reason(e) : "";
    }

    private static String reason(IOException e) {
        return isClosed(e) ? "was closed by its reader" : "cannot be written: " + e.getMessage();
    }

    private static boolean isClosed(IOException e) {
        return "Broken pipe".equals(e.getMessage());
    }

    /** Without the lock: who is told may write to another of these. */
    private void tell(String problem) {
        if (!problem.isEmpty()) {
            problems.accept(name + " " + problem);
        }
    }

    private void carry() {
        try {
            while (true) {
                byte[] next = next();
                try {
                    target.write(next);
                } catch (IOException e) {
                    String problem;
                    synchronized (this) {
                        problem = failed(e);
                    }
                    tell(problem);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        if (writing) {
            writing = false;
            written++;
            unread &= !telling;
            telling = false;
            notifyAll();
        }
        while (waiting.isEmpty()) {
            wait();
        }
        writing = true;
        if (leftOut > 0) {
            byte[] instead = (ofLeftOut.apply(leftOut) + "\n").getBytes(StandardCharsets.UTF_8);
            leftOut = 0;
            telling = true;
            return instead;
        }
        return waiting.remove();
    }

    /**
     * Waits until all is written, but only while somebody reads.
     *
     * @param patienceNanos for any line to be taken
     * @param limitNanos for all of them
     * @return false when something could not be written, of which the problems tell
     */
    boolean finish(long patienceNanos, long limitNanos) throws InterruptedException {
        flush();
        long start = System.nanoTime();
        long lastWritten = -1;
        long since = start;
        String problem;
        synchronized (this) {
            if (line.size() > 0) {
                String ignored = add(line.toByteArray());
                line.reset();
            }
            // A failure leaves nothing waiting, and its thread is writing until it has told of it.
            while (writing || !waiting.isEmpty()) {
                long now = System.nanoTime();
                if (written != lastWritten) {
                    lastWritten = written;
                    since = now;
                }
                long left = Math.min(since + patienceNanos, start + limitNanos) - now;
                if (left <= 0) {
                    break;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
            if (failure != null) {
                return false;
            }
            int rest = waiting.size() + (writing ? 1 : 0);
            if (rest == 0) {
                return true;
            }
            problem = "is not read: its last lines are lost, " + rest + " of them";
        }
        tell(problem);
        return false;
    }

    /** Ends the thread; {@link #finish} says first what is left. */
    @Override
    public synchronized void close() {
        if (carrier != null) {
            carrier.interrupt();
        }
    }

    /** Whether the reader has gone, of its own will. */
    synchronized boolean isClosedByReader() {
        return failure != null && isClosed(failure);
    }
}
