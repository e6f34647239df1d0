package io.tlem.events;

import java.util.function.Supplier;
import jdk.jfr.Event;

/**
 * Intervals in a row in each of which something happened, as one event. The recorder takes the times of its events itself: what
 * begins with an interval is prepared at the end of the interval before.
 */
final class Episode<E extends Event> {
    private final Supplier<E> make;
    private E event; // null while nobody records it
    private boolean open;

    Episode(Supplier<E> make) {
        this.make = make;
        prepare();
    }

    private void prepare() {
        open = false;
        E next = make.get();
        event = next.isEnabled() ? next : null;
        if (event != null) {
            event.begin();
        }
    }

    /** The event of the interval that ends now, to be filled if the interval belongs to an episode; null when nobody records it. */
    E event() {
        return event;
    }

    /**
     * An interval has ended.
     *
     * @param happened whether it did in this interval
     * @param last whether no other interval follows
     */
    void interval(boolean happened, boolean last) {
        if (event != null && happened) {
            open = true;
            event.end();
        }
        if (open && (!happened || last)) {
            event.commit();
        }
        if (!open || !happened || last) {
            prepare();
        }
    }
}
