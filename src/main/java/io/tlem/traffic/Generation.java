package io.tlem.traffic;

import io.tlem.port.PacketPort;
import io.tlem.stats.SentTraffic;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Traffic that is being generated: a schedule, and a port that it is sent through. A link between the two, from the first to the
 * second, with a delay of {@link SchedulePort#LEAD_NANOS}, sends it.
 */
public final class Generation implements AutoCloseable {
    private final SchedulePort schedule;
    private final StampedPort port;

    /**
     * Makes it.
     *
     * @param streams in the order of their numbers, 1 to 64
     * @param durationNanos after which nothing is due any more; {@link Long#MAX_VALUE} for no end
     * @param seed of what is random
     * @param realTime clock of time stamps, ns since 1970; null for the monotonic one
     * @param port that stays its owner's
     * @throws IllegalArgumentException when nothing can be sent through the port
     */
    public Generation(List<StreamSpec> streams, long durationNanos, long seed, LongSupplier realTime, PacketPort port) {
        int mark = realTime == null ? TestPayload.MONOTONIC : TestPayload.REAL_TIME;
        List<FrameLayout> layouts = streams.stream()
                .map(stream -> new FrameLayout(stream.headers()))
                .toList();
        this.port = new StampedPort(port, layouts, mark, realTime == null ? System::nanoTime : realTime);
        this.schedule = new SchedulePort(streams, durationNanos, mark, seed);
    }

    /** Where packets come from. */
    public PacketPort schedule() {
        return schedule;
    }

    /** Where they go to. */
    public PacketPort port() {
        return port;
    }

    /** What was sent, after the link has ended. */
    public SentTraffic sent() {
        return port.sent(schedule.scheduled());
    }

    @Override
    public void close() {
        schedule.close();
    }
}
