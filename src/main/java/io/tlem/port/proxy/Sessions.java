package io.tlem.port.proxy;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/** The sessions of a proxy by their numbers. One thread adds them; any may look them up and remove them. */
final class Sessions<S> {
    /** At a time. */
    static final int MOST = 1 << 14;

    private final AtomicReferenceArray<S> all = new AtomicReferenceArray<>(MOST);
    private final ToIntFunction<S> number;
    private int next;

    Sessions(ToIntFunction<S> number) {
        this.number = number;
    }

    /** A number that no session has, whose remains may still be under way: -1 when there are too many. */
    private int free() {
        for (int tried = 0; tried < MOST; tried++) {
            int candidate = next++ & Integer.MAX_VALUE;
            if (all.getPlain(candidate % MOST) == null) {
                return candidate;
            }
        }
        return -1;
    }

    /** Adds the session that is made for a number; null when there are too many. */
    S add(IntFunction<S> made) {
        int free = free();
        if (free < 0) {
            return null;
        }
        S session = made.apply(free);
        all.set(free % MOST, session);
        return session;
    }

    /** The session, null when it is over. */
    S get(int wanted) {
        S found = wanted < 0 ? null : all.get(wanted % MOST);
        return found == null || number.applyAsInt(found) != wanted ? null : found;
    }

    /** Those that there are now. */
    void forEach(Consumer<S> action) {
        for (int i = 0; i < MOST; i++) {
            S session = all.get(i);
            if (session != null) {
                action.accept(session);
            }
        }
    }

    /** The session is over. Does nothing when that is known. */
    void remove(S session) {
        boolean ignored = all.compareAndSet(number.applyAsInt(session) % MOST, session, null);
    }
}
