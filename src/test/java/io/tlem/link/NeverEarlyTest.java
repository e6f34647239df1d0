package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import io.tlem.testing.Packets;
import io.tlem.testing.StalledReceiver;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way of a packet, with threads that are stopped whenever they have read the clock. */
@Timeout(60)
class NeverEarlyTest {
    private static final long DELAY_NANOS = 300_000;
    private static final int PACKETS = 20_000;

    /** Holds each packet against the time when it was sent. */
    private static final class Judge implements PacketSink {
        private final MemorySegment memory = Arena.ofAuto().allocate(64 * 2048, 64);
        private StalledReceiver sender;
        private int judged;
        private int next;

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public int maxPacketBytes() {
            return 2048;
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            batch.count = Math.min(limit, 64);
            for (int i = 0; i < batch.count; i++) {
                batch.offset[i] = (next + i) % 64 * 2048L;
            }
            return batch.count;
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            next = (next + count) % 64;
            long now = System.nanoTime();
            for (int i = 0; i < count; i++) {
                int number = StalledReceiver.number(memory.asSlice(batch.offset[i], batch.length[i]));
                long early = sender.sentNanos(number) + DELAY_NANOS - now;
                assertTrue(early <= 0, () -> "packet " + number + " left " + early + " ns early");
                judged++;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, ''", "3, ''", "2, codel", "2, pie"})
    void noPacketLeavesBeforeItsTime(int stages, String queue) {
        Map<Role, String> specs = queue.isEmpty()
                ? Map.of(Role.DELAY, DELAY_NANOS + "ns")
                : Map.of(Role.BANDWIDTH, "10G", Role.QUEUE, queue, Role.DELAY, DELAY_NANOS + "ns");
        Judge judge = new Judge();
        try (PacketPort peer = new PipePortProvider().open(PortAddress.parse("pipe:early" + stages + queue + "{1"));
                PacketPort port = new PipePortProvider().open(PortAddress.parse("pipe:early" + stages + queue + "}1"));
                Arena arena = Arena.ofShared()) {
            PacketSink far = peer.sink().orElseThrow();
            StalledReceiver sender = new StalledReceiver(packet -> Packets.send(far, packet), 60, PACKETS);
            judge.sender = sender;
            Pipeline pipeline = new Pipeline(
                    "a->b",
                    sender.clock()::getAsLong,
                    port.source().orElseThrow(),
                    judge,
                    SharedBuffer.allocate(arena, 64 << 20, SharedBuffer.Pages.ORDINARY),
                    new DirectionModels(LinkModels.of(specs, new RandomStreams(3, 0))),
                    stages,
                    64);
            long end = System.nanoTime() + 20_000_000_000L;
            while (judge.judged < PACKETS && System.nanoTime() < end) {
                pipeline.stages().forEach(Stage::doWork);
            }
        }
        assertEquals(PACKETS, judge.judged);
    }
}
