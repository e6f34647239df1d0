package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.StepFile;
import io.tlem.impair.Timeline;
import java.util.Arrays;

/** A delay that changes over time: each entry counts from its time on, which begins with the first packet's arrival. */
final class TraceDelay implements DelayModel {
    private final Timeline timeline;
    private final long[] delays;

    TraceDelay(StepFile file, boolean wraps) {
        timeline = file.timeline(wraps);
        delays = file.values();
    }

    @Override
    public long delayNanos(PacketContext packet) {
        return delays[timeline.at(packet.arrivalNanos())];
    }

    @Override
    public long minNanos() {
        return Arrays.stream(delays).min().orElseThrow();
    }

    @Override
    public long maxNanos() {
        return Arrays.stream(delays).max().orElseThrow();
    }
}
