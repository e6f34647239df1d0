package io.tlem.traffic;

import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.stats.SentTraffic;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** A port that generated packets are sent to: stamps them as they leave, and measures how they do. Only receives from the link. */
public final class StampedPort extends BorrowedPort {
    private final StampedSink sink;

    /**
     * Makes it of a port that stays its owner's.
     *
     * @param layouts of the streams' frames
     * @param mark of their payloads
     * @param stamp the clock of time stamps, ns
     * @throws IllegalArgumentException when nothing can be sent through the port
     */
    StampedPort(PacketPort port, List<FrameLayout> layouts, int mark, LongSupplier stamp) {
        super(port);
        this.sink = new StampedSink(
                port.sink()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "port " + port.address() + ": only receives; nothing can be sent to it")),
                layouts,
                mark,
                stamp);
    }

    /**
     * What was sent, after the link has ended.
     *
     * @param scheduled packets of each stream
     */
    public SentTraffic sent(long[] scheduled) {
        return sink.sent(scheduled);
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.empty();
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(sink);
    }
}
