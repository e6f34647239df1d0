package io.tlem.events;

/** Changes of a link, as events. Any thread. */
public final class ChangeEvents {
    private ChangeEvents() {}

    /** Whether somebody records changes now. */
    public static boolean areRecorded() {
        return new ChangeEvent().isEnabled();
    }

    /**
     * A change has come about.
     *
     * @param link its name
     * @param direction such as {@code a->b}; {@code both} when it is not known which
     * @param version that the link has from then on
     * @param cause as it is called for programs
     * @param firstPacket the first one about which the new parameters decide; -1 when it is not known
     * @param elapsedNanos since the link's start, from when on they are in force, or known to be
     */
    public static void changed(
            String link, String direction, long version, String cause, long firstPacket, long elapsedNanos) {
        ChangeEvent event = new ChangeEvent();
        if (event.shouldCommit()) {
            event.link = link;
            event.direction = direction;
            event.version = version;
            event.cause = cause;
            event.firstPacket = firstPacket;
            event.elapsed = elapsedNanos;
            event.commit();
        }
    }
}
