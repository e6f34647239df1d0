package io.tlem.impair.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DropTailQueueTest {
    private record Departure(long exitNanos, int bytes) {}

    /** Against a list that is searched anew for every packet. */
    @Property(tries = 300)
    void admitsWhatAPlainListWould(
            @ForAll @IntRange(min = 0, max = 60_000) int limitBytes,
            @ForAll @IntRange(min = 1, max = 60) int limitPackets,
            @ForAll long seed) {
        DropTailQueue queue = new DropTailQueue(limitBytes, limitPackets);
        BandwidthModel link = Models.bandwidth("100000000", new RandomStreams(1, 0));
        SplittableRandom random = new SplittableRandom(seed);
        List<Departure> all = new ArrayList<>();
        PacketContext packet = new PacketContext();
        long arrival = 0;
        long highBytes = 0;
        long highPackets = 0;
        for (int i = 0; i < 500; i++) {
            arrival += random.nextLong(150_000);
            int length = random.nextInt(60, 1515);
            packet.reset(MemorySegment.NULL, 0, length, arrival);
            long now = arrival;
            List<Departure> backlog =
                    all.stream().filter(d -> d.exitNanos() > now).toList();
            long bytes = backlog.stream().mapToLong(Departure::bytes).sum();
            boolean expected = bytes <= limitBytes && backlog.size() < limitPackets;
            assertEquals(expected, queue.admits(packet), "packet " + i + " with a backlog of " + bytes);
            if (expected) {
                long exit = link.exitNanos(packet);
                packet.setLinkExitNanos(exit);
                queue.entered(packet);
                all.add(new Departure(exit, length));
                highBytes = Math.max(highBytes, bytes + length);
                highPackets = Math.max(highPackets, backlog.size() + 1);
            }
            assertEquals(highBytes, queue.highWaterBytes());
            assertEquals(highPackets, queue.highWaterPackets());
        }
    }

    @Test
    void anIdleLinkTakesAPacketEvenWithoutAQueue() {
        DropTailQueue queue = new DropTailQueue(0, DropTailQueue.MAX_PACKETS);
        PacketContext packet = new PacketContext();
        packet.reset(MemorySegment.NULL, 0, 1514, 0);
        assertTrue(queue.admits(packet));
        packet.setLinkExitNanos(1000);
        queue.entered(packet);
        packet.reset(MemorySegment.NULL, 0, 60, 999);
        assertEquals(false, queue.admits(packet));
        packet.reset(MemorySegment.NULL, 0, 60, 1000);
        assertEquals(true, queue.admits(packet));
    }

    /** The largest that the models' description allows, several at a time: a queue takes memory for what is in it. */
    @Test
    void largeQueuesTakeNoMemoryBeforeTheyAreFull() {
        List<DropTailQueue> queues = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            queues.add(new DropTailQueue(DropTailQueue.MAX_BYTES, DropTailQueue.MAX_PACKETS));
        }
        DropTailQueue queue = queues.get(31);
        PacketContext packet = new PacketContext();
        long exit = 0;
        for (int round = 0; round < 3; round++) { // over several pieces of memory, which are used again
            long arrival = exit;
            for (int i = 0; i < 300_000; i++) {
                packet.reset(MemorySegment.NULL, 0, 60 + i % 7, arrival);
                assertTrue(queue.admits(packet));
                packet.setLinkExitNanos(exit += 100);
                queue.entered(packet);
            }
            assertEquals(300_000, queue.highWaterPackets());
            for (int i = 0; i < 300_000; i++) {
                queue.backlog.removeDeparted(arrival + 100L * i);
                assertEquals(300_000 - i, queue.backlog.packets());
            }
            queue.backlog.removeDeparted(exit);
            assertEquals(0, queue.backlog.bytes());
        }
        assertEquals(32, queues.size());
    }

    @Test
    void runtsCannotOverflowTheRing() {
        DropTailQueue queue = new DropTailQueue(6000, DropTailQueue.MAX_PACKETS);
        PacketContext packet = new PacketContext();
        int admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            packet.reset(MemorySegment.NULL, 0, 14, 0);
            if (queue.admits(packet)) {
                packet.setLinkExitNanos(1_000_000);
                queue.entered(packet);
                admitted++;
            }
        }
        assertTrue(admitted >= 100 && admitted <= 110, admitted + " admitted");
        packet.reset(MemorySegment.NULL, 0, 14, 1_000_000);
        assertTrue(queue.admits(packet));
    }
}
