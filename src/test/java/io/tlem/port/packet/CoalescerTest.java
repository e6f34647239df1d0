package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Whatever is handed to the kernel together is, once it is cut, what was to be sent, byte by byte and in order. */
class CoalescerTest {
    private static final int SLOT_BYTES = 2048;
    private static final int MOST = 256;

    private int together; // packets in super-packets, of the last join

    @Property(tries = 100)
    void cuttingGivesThePacketsAgain(@ForAll long seed) {
        Random random = new Random(seed);
        List<byte[]> packets = new ArrayList<>();
        while (packets.size() < 100 && random.nextInt(8) > 0) {
            List<byte[]> cut = plain(random).packets();
            packets.addAll(cut.subList(0, Math.min(cut.size(), MOST - packets.size())));
        }
        assertSame(packets, cutAgain(packets));
    }

    @Property(tries = 300)
    void nothingIsChangedOfPacketsThatWereDamagedLostDoubledOrMixed(@ForAll long seed) {
        Random random = new Random(seed);
        List<byte[]> packets = new ArrayList<>();
        for (int flows = 1 + random.nextInt(3); flows > 0; flows--) {
            List<byte[]> cut = plain(random).packets();
            packets.addAll(cut.subList(0, Math.min(cut.size(), 60)));
        }
        for (int faults = random.nextInt(6); faults > 0; faults--) {
            int at = random.nextInt(packets.size());
            byte[] packet = packets.get(at).clone();
            switch (random.nextInt(6)) {
                case 0 -> packets.remove(at);
                case 1 -> packets.add(at, packet);
                case 2 -> Collections.swap(packets, at, random.nextInt(packets.size()));
                case 3 -> packets.set(at, Arrays.copyOf(packet, packet.length - 1));
                case 4 -> packets.set(at, Arrays.copyOf(packet, packet.length + 1 + random.nextInt(10)));
                default -> {
                    packet[random.nextInt(Math.min(packet.length, 90))] ^= (byte) (1 << random.nextInt(8));
                    packets.set(at, packet);
                }
            }
            if (packets.isEmpty()) {
                return;
            }
        }
        assertSame(packets, cutAgain(packets));
    }

    @Test
    void segmentsOfAFlowGoTogether() {
        Random random = new Random(5);
        for (int i = 0; i < 100; i++) {
            SuperPacket whole = plain(random);
            List<byte[]> packets = whole.packets();
            if (packets.size() > 1 && packets.size() <= 60) {
                assertSame(packets, cutAgain(packets));
                boolean pushed =
                        whole.kind != Segmenter.Kind.UDP && (packets.getFirst()[whole.transport + 13] & 9) != 0;
                assertFalse(pushed);
                assertEquals(packets.size(), together, () -> whole.kind + ", " + packets.size() + " packets");
            }
        }
    }

    /** A packet that is known to go on with the one before it, as tags say, is joined as if it had been looked at. */
    @Property(tries = 300)
    void tagsOnlySpareTheLook(@ForAll long seed) {
        Random random = new Random(seed);
        List<byte[]> packets = new ArrayList<>();
        List<Integer> tags = new ArrayList<>();
        for (int flows = 1 + random.nextInt(4); flows > 0; flows--) {
            cutWithTags(random.nextInt(3) == 0 ? SuperPacket.random(random, 3000) : plain(random), packets, tags);
        }
        for (int faults = random.nextInt(6); faults > 0 && packets.size() > 1; faults--) {
            int at = random.nextInt(packets.size());
            switch (random.nextInt(4)) {
                case 0 -> {
                    packets.remove(at);
                    tags.remove(at);
                }
                case 1 -> {
                    packets.add(at, packets.get(at));
                    tags.add(at, tags.get(at));
                }
                case 2 -> {
                    int other = random.nextInt(packets.size());
                    Collections.swap(packets, at, other);
                    Collections.swap(tags, at, other);
                }
                default -> {
                    byte[] packet = packets.get(at).clone();
                    packet[random.nextInt(Math.min(packet.length, 90))] ^= (byte) (1 << random.nextInt(8));
                    packets.set(at, packet);
                    tags.set(at, 0);
                }
            }
        }
        int[] known = tags.stream().mapToInt(Integer::intValue).toArray();
        assertSame(packets, cutAgain(packets, known, false));
        int withTags = together;
        assertSame(packets, cutAgain(packets));
        assertEquals(together, withTags, "other packets were joined");
    }

    private static void cutWithTags(SuperPacket whole, List<byte[]> packets, List<Integer> tags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(FrameFinisher.MEMORY_BYTES + 128L, 64);
            long virtio = 64L - VirtioHeader.BYTES;
            VirtioHeader.setSegmented(
                    memory,
                    virtio,
                    whole.kind == Segmenter.Kind.UDP
                            ? VirtioHeader.UDP_DATAGRAMS
                            : whole.kind == Segmenter.Kind.TCP_IPV4 ? VirtioHeader.TCP_IPV4 : VirtioHeader.TCP_IPV6,
                    false,
                    whole.payloadStart,
                    whole.segmentBytes,
                    Math.max(whole.checksumStart(), 0),
                    16);
            MemorySegment.copy(whole.frame, 0, memory, ValueLayout.JAVA_BYTE, 64, whole.frame.length);
            FrameFinisher finisher = new FrameFinisher(memory, 64, SLOT_BYTES, 0, "eth0", new Warnings());
            PacketBatch batch = new PacketBatch(60);
            finisher.read(virtio);
            int count = finisher.finish(batch, 0, 64, whole.frame.length, false, 0);
            int room = Math.min(count, MOST - packets.size());
            // Every finisher counts from the same number on: as if another super-packet had come between.
            int apart = 1000 * (1 + packets.size());
            for (int i = 0; i < room; i++) {
                packets.add(memory.asSlice(batch.offset[i], batch.length[i]).toArray(ValueLayout.JAVA_BYTE));
                tags.add(batch.tag[i] == 0 ? 0 : batch.tag[i] + apart);
            }
        }
    }

    @Test
    void whatWasCutTogetherHasTagsInARow() {
        List<byte[]> packets = new ArrayList<>();
        List<Integer> tags = new ArrayList<>();
        Random random = new Random(8);
        for (int i = 0; i < 20; i++) {
            cutWithTags(plain(random), packets, tags);
        }
        int inARow = 0;
        for (int i = 1; i < tags.size(); i++) {
            inARow += tags.get(i) < 0 && tags.get(i) == tags.get(i - 1) + 1 ? 1 : 0;
        }
        assertTrue(inARow > tags.size() / 2, inARow + " of " + tags.size());
    }

    /** One bit, anywhere, keeps a packet out. */
    @Test
    void aDamagedPacketStaysAlone() {
        Random random = new Random(6);
        List<byte[]> packets = three(random);
        for (int bit = 0; bit < packets.get(1).length * 8; bit++) {
            List<byte[]> damaged = new ArrayList<>(packets);
            byte[] packet = packets.get(1).clone();
            packet[bit / 8] ^= (byte) (1 << bit % 8);
            damaged.set(1, packet);
            assertSame(damaged, cutAgain(damaged));
            assertEquals(0, together, "bit " + bit);
        }
    }

    @Test
    void eachIsAloneWhereTheKernelDoesNotCut() {
        List<byte[]> packets = three(new Random(6));
        assertSame(packets, cutAgain(packets, new int[packets.size()], true));
        assertEquals(0, together);
    }

    private static List<byte[]> three(Random random) {
        while (true) {
            SuperPacket whole = plain(random);
            if (whole.kind == Segmenter.Kind.TCP_IPV4
                    && whole.segmentBytes < 100
                    && whole.packets().size() > 2) {
                return whole.packets().subList(0, 3);
            }
        }
    }

    /** Without what is never joined: options, extension headers, several tags, flags that end a connection. */
    static SuperPacket plain(Random random) {
        while (true) {
            SuperPacket whole = SuperPacket.random(random, random.nextInt(4) == 0 ? 20_000 : 3000);
            boolean ipv6 = whole.frame[whole.network] >>> 4 == 6;
            if (whole.network <= 18
                    && whole.transport == whole.network + (ipv6 ? 40 : 20)
                    && whole.checksumStart() >= 0) {
                if (whole.kind != Segmenter.Kind.UDP) {
                    whole.frame[whole.transport + 13] &= ~0x26;
                }
                return whole;
            }
        }
    }

    /** Packets of up to three such flows that fit into an MTU of 1500, to nobody here. */
    static List<byte[]> flows(Random random) {
        List<byte[]> packets = new ArrayList<>();
        for (int flows = random.nextInt(3); flows >= 0; flows--) {
            SuperPacket superPacket = plain(random);
            if (superPacket.payloadStart + superPacket.segmentBytes <= 1514) {
                superPacket.frame[0] = 2;
                List<byte[]> cut = superPacket.packets();
                packets.addAll(cut.subList(0, Math.min(cut.size(), 60)));
            }
        }
        return packets;
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "packet " + i);
        }
    }

    private List<byte[]> cutAgain(List<byte[]> packets) {
        return cutAgain(packets, new int[packets.size()], false);
    }

    /** What the kernel would make of what is sent for packets. */
    private List<byte[]> cutAgain(List<byte[]> packets, int[] tags, boolean avoided) {
        together = 0;
        List<byte[]> all = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate((long) SLOT_BYTES * (packets.size() + 1), 64);
            long[] offsets = new long[packets.size()];
            int[] lengths = new int[packets.size()];
            for (int i = 0; i < packets.size(); i++) {
                offsets[i] = (long) SLOT_BYTES * i + 64;
                lengths[i] = packets.get(i).length;
                MemorySegment.copy(packets.get(i), 0, memory, ValueLayout.JAVA_BYTE, offsets[i], lengths[i]);
            }
            Coalescer coalescer = new Coalescer(arena, memory, 0);
            for (int i = 0; i < packets.size(); ) {
                int count = coalescer.find(offsets, lengths, tags, i, packets.size());
                if (avoided && count > 1) {
                    coalescer.avoid();
                    count = coalescer.find(offsets, lengths, tags, i, packets.size());
                }
                if (count > 1) {
                    byte[] message =
                            coalescer.gather(offsets, lengths, i, count).bytes();
                    all.addAll(cut(message));
                    together += count;
                } else {
                    all.add(packets.get(i));
                }
                i += count;
                assertEquals(i, all.size());
            }
        }
        return all;
    }

    /** What the kernel makes of a frame with a virtio header in front. */
    static List<byte[]> cut(byte[] message) {
        byte[] frame = Arrays.copyOfRange(message, VirtioHeader.BYTES, message.length);
        List<byte[]> packets = new ArrayList<>();
        Segmenter segmenter = new Segmenter(SLOT_BYTES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = MemorySegment.ofArray(message);
            MemorySegment memory = arena.allocate(frame.length + SLOT_BYTES);
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
            assertTrue(VirtioHeader.needsChecksum(header, 0));
            int kind = VirtioHeader.kind(header, 0);
            boolean begun = segmenter.begin(
                    memory,
                    0,
                    frame.length,
                    kind == VirtioHeader.TCP_IPV4
                            ? Segmenter.Kind.TCP_IPV4
                            : kind == VirtioHeader.TCP_IPV6 ? Segmenter.Kind.TCP_IPV6 : Segmenter.Kind.UDP,
                    VirtioHeader.segmentBytes(header, 0),
                    VirtioHeader.checksumStart(header, 0));
            assertTrue(begun);
            while (segmenter.hasNext()) {
                int length = segmenter.next(frame.length);
                packets.add(memory.asSlice(frame.length, length).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return packets;
    }
}
