package io.tlem.impair.reorder;

import io.tlem.impair.PacketContext;
import io.tlem.impair.ReorderModel;
import java.util.Arrays;

/**
 * A route on which packets keep their order, while those of another route overtake them or are overtaken, as TheaterQ and
 * PhantomLink have it. It changes when another one takes its place.
 */
final class RouteReorder implements ReorderModel {
    /** The largest number of a route; as many times are kept. */
    static final int MAX_ROUTE = 1023;

    private final int route;
    private long[] lastReleaseNanos; // of each route; shared with the model before, which is used no more

    RouteReorder(int route) {
        this.route = route;
        this.lastReleaseNanos = new long[route + 1];
        Arrays.fill(lastReleaseNanos, Long.MIN_VALUE);
    }

    /** What is still on its way on the same route is not overtaken, however many routes lie between. */
    @Override
    public void continues(ReorderModel before) {
        if (before instanceof RouteReorder other) {
            long[] known = other.lastReleaseNanos;
            if (known.length <= route) {
                known = Arrays.copyOf(known, route + 1);
                Arrays.fill(known, other.lastReleaseNanos.length, known.length, Long.MIN_VALUE);
            }
            lastReleaseNanos = known;
        }
    }

    @Override
    public long releaseNanos(PacketContext packet, long dueNanos) {
        long releaseNanos = Math.max(dueNanos, lastReleaseNanos[route]);
        lastReleaseNanos[route] = releaseNanos;
        return releaseNanos;
    }

    @Override
    public long maxHoldNanos() {
        return 0; // behind one that left the link earlier, and was delayed no longer than packets may be
    }

    @Override
    public boolean delayReorders() {
        return true;
    }
}
