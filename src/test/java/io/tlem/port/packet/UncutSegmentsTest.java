package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.os.SystemMemory;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSource;
import io.tlem.stats.Counter;
import io.tlem.stats.DropReason;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Super-packets that are not cut give the very packets that would have been cut, however few of them leave together. */
@Timeout(60)
class UncutSegmentsTest {
    private static final int MAX_PACKET_BYTES = 1522;
    private static final long MS = 1_000_000;

    private final Random random = new Random(7);
    private long now = 1_000_000_000;

    /** A finisher and what it need not cut, as a source has them, and what a sink does. */
    private final class Ends implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final long page = SystemMemory.pageSize();
        private final long places = Math.ceilDiv((long) FrameFinisher.MEMORY_BYTES, page) * page;
        private final MemorySegment memory = SystemMemory.reserve(arena, places + UncutSegments.mostBytes());
        private final FrameFinisher finisher;
        private final UncutSegments uncut;
        private final Coalescer coalescer = new Coalescer(arena, memory, 0);
        private final PacketBatch batch = new PacketBatch(64);
        private final List<Integer> kept = new ArrayList<>();
        private final List<byte[]> expected = new ArrayList<>(); // of those that are kept
        private int together;

        Ends() {
            SystemMemory.fill(memory.asSlice(0, places));
            finisher = new FrameFinisher(memory, 0, MAX_PACKET_BYTES, 0, "test", new Warnings());
            uncut = new UncutSegments(memory, places, MAX_PACKET_BYTES);
            finisher.keep(uncut);
        }

        private byte[] at(long offset, int length) {
            return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        }

        /** Receives a super-packet, and keeps what is not cut of it but for some. */
        void receive(SuperPacket superPacket) {
            List<byte[]> packets = superPacket.packets();
            byte[] frame = PacketPortTest.withPseudoHeaderSum(superPacket);
            int done = take(begin(), packets, 0);
            int place = random.nextInt(5) > 0 ? uncut.spare() : UncutSegments.NONE;
            long at = place == UncutSegments.NONE ? 64 : uncut.frameAt(place);
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, at, frame.length);
            VirtioHeader.setSegmented(
                    memory,
                    at - VirtioHeader.BYTES,
                    PacketPortTest.kind(superPacket.kind),
                    false,
                    superPacket.payloadStart,
                    superPacket.segmentBytes,
                    superPacket.transport,
                    PacketPortTest.checksumField(superPacket));
            finisher.read(at - VirtioHeader.BYTES);
            int count = finisher.finish(batch, done, at, frame.length, true, place, now);
            for (done = take(count, packets, done); finisher.hasMore(); ) {
                done = take(begin(), packets, done);
            }
            assertEquals(packets.size(), done);
        }

        private int begin() {
            batch.setCapacity(1 + random.nextInt(64));
            batch.lengthsSuffice = random.nextInt(8) > 0;
            return finisher.begin(batch);
        }

        private int take(int count, List<byte[]> packets, int first) {
            boolean copied = random.nextInt(8) == 0; // as when there is little room
            if (copied) {
                uncut.write(batch, count);
            }
            for (int i = 0; i < count; i++) {
                if (batch.place[i] != 0 && random.nextInt(20) == 0) {
                    batch.place[i] = 0; // nobody wants it
                    batch.tag[i] = Integer.MIN_VALUE;
                } else if (batch.place[i] == 0) {
                    assertArrayEquals(packets.get(first + i), at(batch.offset[i], batch.length[i]));
                }
            }
            uncut.keep(batch, count);
            for (int i = 0; i < count; i++) {
                assertEquals(packets.get(first + i).length, batch.length[i]);
                assertEquals(batch.place[i] != 0, batch.tag[i] > 0);
                if (batch.tag[i] > 0) {
                    kept.add(batch.tag[i]);
                    expected.add(packets.get(first + i));
                }
            }
            return first + count;
        }

        /** Sends up to so many. */
        void send(int most) {
            int[] tags = kept.stream().mapToInt(tag -> tag).toArray();
            int end = Math.min(most, tags.length);
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < end; ) {
                Segmenter whole = uncut.whole(tags[i]);
                int packet = UncutSegments.packet(tags[i]);
                int count = UncutSegments.together(tags, i, end);
                if (count > 1) {
                    sent.addAll(CoalescerTest.cut(
                            coalescer.gather(whole, packet, count).bytes()));
                    together += count;
                } else if (random.nextInt(10) > 0) {
                    byte[] target = new byte[MAX_PACKET_BYTES];
                    int length = whole.write(packet, MemorySegment.ofArray(target), 0);
                    sent.add(Arrays.copyOf(target, length));
                } else {
                    sent.add(expected.get(i));
                    uncut.free(tags[i]);
                    i++;
                    continue;
                }
                uncut.sent(tags[i], count);
                i += count;
            }
            PacketPortTest.assertFrames(expected.subList(0, end), sent);
            kept.subList(0, end).clear();
            expected.subList(0, end).clear();
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @Test
    void theVeryPacketsLeave() {
        try (Ends ends = new Ends()) {
            for (int i = 0; i < 3000; i++) {
                ends.receive(ofPackets(2, 200));
                ends.send(random.nextInt(60));
                if (random.nextInt(50) == 0) {
                    ends.send(Integer.MAX_VALUE);
                }
            }
            ends.send(Integer.MAX_VALUE);
            assertTrue(ends.together > 10_000, ends.together + " together");
            assertEquals(ends.uncut.places(), ends.uncut.countSpare(), "places that are nobody's");
        }
    }

    /** As when a port gets another link while a super-packet is half handed out. */
    @Test
    void whatIsLeftIsMissedOnceOthersKeepThem() {
        try (Ends ends = new Ends()) {
            SuperPacket superPacket = ofPackets(20, 60);
            byte[] frame = PacketPortTest.withPseudoHeaderSum(superPacket);
            int place = ends.uncut.spare();
            long at = ends.uncut.frameAt(place);
            MemorySegment.copy(frame, 0, ends.memory, ValueLayout.JAVA_BYTE, at, frame.length);
            VirtioHeader.setSegmented(
                    ends.memory,
                    at - VirtioHeader.BYTES,
                    PacketPortTest.kind(superPacket.kind),
                    false,
                    superPacket.payloadStart,
                    superPacket.segmentBytes,
                    superPacket.transport,
                    PacketPortTest.checksumField(superPacket));
            ends.batch.setCapacity(8);
            ends.batch.lengthsSuffice = true;
            ends.finisher.read(at - VirtioHeader.BYTES);
            assertEquals(8, ends.finisher.finish(ends.batch, 0, at, frame.length, true, place, now));
            assertTrue(ends.finisher.hasMore());
            assertTrue(ends.batch.place[0] != 0, "it was cut");
            UncutSegments others = new UncutSegments(ends.memory, ends.places, MAX_PACKET_BYTES);
            ends.finisher.keep(others);
            assertEquals(0, ends.finisher.begin(ends.batch));
            assertEquals(superPacket.packets().size() - 8, ends.finisher.missed());
            assertEquals(others.places(), others.countSpare());
        }
    }

    private DirectionModels models(Map<Role, String> models, long maxLagNanos) {
        return new DirectionModels(LinkModels.of(models, new RandomStreams(11, 0)), maxLagNanos, Exemption.NONE);
    }

    /** From a sender through a link with 2 ms of delay, over a pair of interfaces on either side. */
    private final class Path implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final VethPair left = new VethPair(1500);
        private final VethPair right = new VethPair(1500);
        private final SuperSender sender = new SuperSender(left.a);
        private final PacketPort from = left.open(left.b, "");
        private final PacketSource out;
        private final Pipeline pipeline;

        Path(int bufferBytes, long maxLagNanos, int stages, int batch) {
            PacketPort to = right.open(right.a, "");
            out = right.open(right.b, "").source().orElseThrow();
            pipeline = new Pipeline(
                    "a->b",
                    () -> now,
                    from,
                    to,
                    SharedBuffer.over(arena.allocate(SharedBuffer.HEADER_PAGE_BYTES + bufferBytes, 64)),
                    models(Map.of(Role.DELAY, "2ms"), maxLagNanos),
                    stages,
                    batch);
        }

        UncutSegments uncut() {
            return ((RingSource) from.source().orElseThrow()).uncut();
        }

        @Override
        public void close() {
            sender.close();
            right.close();
            left.close();
            arena.close();
        }
    }

    private static void work(Pipeline pipeline) {
        for (Stage stage : pipeline.stages()) {
            while (stage.doWork() > 0) {}
        }
    }

    /** One that gives so many packets. */
    private SuperPacket ofPackets(int least, int most) {
        while (true) {
            SuperPacket superPacket = PacketPortTest.sendable(random, 60_000);
            int bytes = superPacket.frame.length - superPacket.payloadStart;
            int packets = Math.ceilDiv(bytes, superPacket.segmentBytes);
            if (packets >= least && packets <= most) {
                return superPacket;
            }
        }
    }

    private static void send(SuperSender sender, SuperPacket superPacket) {
        byte[] frame = PacketPortTest.withPseudoHeaderSum(superPacket);
        sender.send(
                frame,
                PacketPortTest.kind(superPacket.kind),
                superPacket.payloadStart,
                superPacket.segmentBytes,
                superPacket.transport,
                PacketPortTest.checksumField(superPacket));
    }

    /**
     * Through a link, with as many super-packets as there are places and more; some packets are too late, and the models change
     * while a super-packet is half handed out.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Tag("privileged")
    void throughALink(int stages) throws Exception {
        try (Path path = new Path(4 << 20, 10 * MS, stages, 16)) {
            Pipeline pipeline = path.pipeline;
            SuperSender sender = path.sender;
            PacketSource out = path.out;
            int late = 0;
            int used = 0;
            List<Future<?>> changes = new ArrayList<>();
            for (int i = 0; i < 1300; i++) {
                List<byte[]> expected = new ArrayList<>();
                for (int k = random.nextInt(3); k >= 0; k--) {
                    SuperPacket superPacket = ofPackets(2, 80);
                    send(sender, superPacket);
                    expected.addAll(superPacket.packets());
                }
                if (i % 40 == 7) { // in the middle of one, perhaps
                    int ignored = pipeline.stages().getFirst().doWork();
                    String delay = i % 80 == 7 ? "2ms" : "uniform,2ms,4ms";
                    changes.add(pipeline.change(models(Map.of(Role.DELAY, delay), 10 * MS)));
                }
                work(pipeline);
                used += path.uncut().places() - path.uncut().countSpare();
                boolean tooLate = i % 30 == 11;
                now += tooLate ? 100 * MS : 5 * MS;
                long dropped = pipeline.snapshot().dropped(DropReason.LATE).packets();
                work(pipeline);
                if (tooLate) {
                    late += (int) (pipeline.snapshot().dropped(DropReason.LATE).packets() - dropped);
                } else {
                    PacketPortTest.assertFrames(expected, io.tlem.port.packet.Ends.receive(out, expected.size(), 64));
                }
            }
            assertTrue(late > 100, late + " were too late");
            assertEquals(0, pipeline.snapshot().dropped(DropReason.BUFFER).packets());
            pipeline.finish();
            assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
            assertTrue(pipeline.snapshot().get(Counter.TRANSMITTED_PACKETS) > 10_000);
            assertTrue(changes.stream().allMatch(Future::isDone));
            assertTrue(used > 300, used + " were not cut");
            assertEquals(path.uncut().places(), path.uncut().countSpare(), "places that are nobody's");
        }
    }

    /** What a slot had before says nothing of a packet that is not copied into it. */
    @Test
    @Tag("privileged")
    void aPacketBeforeThemIsNotJoinedWithWhatWasInTheirSlots() throws Exception {
        try (Path path = new Path(4 << 20, DirectionModels.ANY_LAG, 1, 64)) {
            Pipeline pipeline = path.pipeline;
            SuperSender sender = path.sender;
            PacketSource out = path.out;
            for (int i = 0; i < 20; i++) {
                SuperPacket flow = ofUdpOverIpv6();
                List<byte[]> packets = flow.packets();
                List<byte[]> expected = new ArrayList<>(packets.subList(0, 3));
                for (byte[] packet : expected) {
                    send(sender, packet);
                }
                work(pipeline);
                now += 5 * MS;
                work(pipeline); // past the ring, out of the slots that are next again
                send(sender, packets.getFirst());
                send(sender, flow);
                expected.add(packets.getFirst());
                expected.addAll(packets);
                work(pipeline);
                now += 5 * MS;
                work(pipeline);
                PacketPortTest.assertFrames(expected, io.tlem.port.packet.Ends.receive(out, expected.size(), 64));
            }
            pipeline.finish();
            assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
            assertEquals(path.uncut().places(), path.uncut().countSpare(), "places that are nobody's");
        }
    }

    /** One without an identification, or anything else that counts: any of its packets may follow any other. */
    private SuperPacket ofUdpOverIpv6() {
        while (true) {
            SuperPacket flow = CoalescerTest.plain(random);
            flow.frame[0] = 2;
            int bytes = flow.frame.length - flow.payloadStart;
            if (flow.kind == Segmenter.Kind.UDP
                    && flow.network == 14
                    && flow.frame[flow.network] >>> 4 == 6
                    && flow.segmentBytes > 64
                    && flow.payloadStart + flow.segmentBytes <= 1514
                    && bytes > 8 * flow.segmentBytes
                    && bytes < 30 * flow.segmentBytes) {
                return flow;
            }
        }
    }

    private static void send(SuperSender sender, byte[] packet) {
        sender.send(packet, VirtioHeader.NOT_SEGMENTED, packet.length, 0, -1, 0);
    }

    /** What has room is sent as it came, and the rest is counted. */
    @Test
    @Tag("privileged")
    void withLittleRoom() throws Exception {
        try (Path path = new Path(32 << 10, DirectionModels.ANY_LAG, 1, 64)) {
            Pipeline pipeline = path.pipeline;
            SuperSender sender = path.sender;
            PacketSource out = path.out;
            long sent = 0;
            for (int i = 0; i < 200; i++) {
                List<byte[]> came = new ArrayList<>();
                for (int k = 0; k < 3; k++) {
                    SuperPacket superPacket = ofPackets(20, 64);
                    send(sender, superPacket);
                    came.addAll(superPacket.packets());
                }
                work(pipeline);
                now += 5 * MS;
                work(pipeline);
                long all = pipeline.snapshot().get(Counter.TRANSMITTED_PACKETS);
                int next = 0;
                for (byte[] packet : io.tlem.port.packet.Ends.receive(out, (int) (all - sent), 64)) {
                    while (!Arrays.equals(packet, came.get(next))) {
                        next++; // it had no room
                    }
                    next++;
                }
                sent = all;
            }
            pipeline.finish();
            assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
            assertTrue(pipeline.snapshot().dropped(DropReason.BUFFER).packets() > 100, "all had room");
            assertTrue(sent > 1000, sent + " sent");
        }
    }
}
