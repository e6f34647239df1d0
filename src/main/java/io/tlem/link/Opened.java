package io.tlem.link;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been opened so far, to be closed from the last to the first, each one even where another cannot be closed.
 * Used by one thread.
 */
public final class Opened implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Adds one, which is returned. */
    public <T extends AutoCloseable> T add(T one) {
        opened.push(one);
        return one;
    }

    /** Closes what is open, because of a failure, which is what the caller throws. */
    public void closeAfter(Throwable failure) {
        try {
            close();
        } catch (Throwable e) { // the first failure says more
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        Throwable first = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Throwable e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first != null) {
            throw first instanceof RuntimeException known ? known : new IllegalStateException(first);
        }
    }
}
