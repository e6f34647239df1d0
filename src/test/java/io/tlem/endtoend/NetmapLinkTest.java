package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.Link;
import io.tlem.link.LinkConfig;
import io.tlem.link.Pipeline;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.netmap.NetmapPortProvider;
import io.tlem.stats.Counter;
import io.tlem.testing.NumberedPackets;
import io.tlem.testing.Privileged;
import io.tlem.thread.WaitThresholds;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link between two switches of the kernel's netmap, and a station at each. */
@Tag("netmap-device")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NetmapLinkTest {
    private static final long DELAY_NANOS = 50_000_000;
    private static final int ROUNDS = 20;
    private static final int PACKETS = 200;

    @Test
    void packetsPassInOrderAndNoneTooEarly() {
        Privileged.netmap();
        try (PacketPort stationA = open("vale20:station");
                PacketPort linkA = open("vale20:link");
                PacketPort linkB = open("vale21:link");
                PacketPort stationB = open("vale21:station")) {
            LinkConfig config =
                    new LinkConfig(2, 64, List.of(), 0, new WaitThresholds(0, 0, 50_000), SharedBuffer.Pages.ORDINARY);
            try (Link link =
                    config.link(linkA, linkB, List.of(models(0), models(1)), new long[] {64 << 20, 64 << 20})) {
                link.start();
                NumberedPackets there = between(stationA, stationB, 1);
                NumberedPackets back = between(stationB, stationA, 2);
                for (int round = 0; round < ROUNDS; round++) {
                    pass(there);
                    pass(back);
                }
                link.stop(1_000_000_000);
                assertEquals(Optional.empty(), link.failure());
                for (Pipeline pipeline : Pipeline.of(link)) {
                    long packets = (long) ROUNDS * PACKETS;
                    assertEquals(packets, pipeline.snapshot().get(Counter.RECEIVED_PACKETS));
                    assertEquals(packets, pipeline.snapshot().transmittedPackets());
                    assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
                }
            }
        }
    }

    private static void pass(NumberedPackets way) {
        long start = System.nanoTime();
        long end = way.sent() + PACKETS;
        while (way.sent() < end) {
            way.send(end - way.sent());
        }
        while (way.received() < end) {
            if (way.receive() > 0) {
                long nanos = System.nanoTime() - start;
                assertTrue(nanos >= DELAY_NANOS, () -> "after " + nanos + " ns");
                assertTrue(nanos < 100 * DELAY_NANOS, () -> "after " + nanos + " ns");
            }
        }
    }

    private static DirectionModels models(int direction) {
        RandomStreams streams = new RandomStreams(1, direction);
        return new DirectionModels(
                LinkModels.of(Map.of(Role.LOSS, "", Role.QUEUE, "", Role.BANDWIDTH, "", Role.DELAY, "50ms"), streams));
    }

    private static NumberedPackets between(PacketPort from, PacketPort to, int sender) {
        return new NumberedPackets(
                from.sink().orElseThrow(),
                to.source().orElseThrow(),
                sender,
                number -> 60 + (int) (number * 37 % 3000));
    }

    private static PacketPort open(String address) {
        return new NetmapPortProvider().open(PortAddress.parse(address));
    }
}
