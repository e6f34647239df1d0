package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SegmenterTest {
    private static final int MAX_PACKET_BYTES = 2048;
    private static final byte UNTOUCHED = (byte) 0xa5;
    private static final int MARGIN = 64;

    private final Segmenter segmenter = new Segmenter(MAX_PACKET_BYTES);

    @Property(tries = 2000)
    void cutsIntoThePacketsOfAPlainReference(@ForAll long seed) {
        Random random = new Random(seed);
        SuperPacket superPacket = SuperPacket.random(random, random.nextBoolean() ? 20_000 : 3000);
        int longest = superPacket.payloadStart + superPacket.segmentBytes;
        try (Memory memory = new Memory(superPacket.frame, superPacket.frame.length)) {
            boolean begun =
                    memory.begin(segmenter, superPacket.kind, superPacket.segmentBytes, superPacket.checksumStart());
            assertTrue(begun, "longest packet " + longest);
            List<byte[]> expected = superPacket.packets();
            for (byte[] packet : expected) {
                assertTrue(segmenter.hasNext());
                assertArrayEquals(packet, memory.next(segmenter));
            }
            assertFalse(segmenter.hasNext());
            assertArrayEquals(superPacket.frame, memory.frame(), "the super-packet itself is left alone");
        }
    }

    /** Nothing outside the frame is read, nothing outside the packet written, nothing thrown, whatever the frame says. */
    @Property(tries = 20_000)
    void staysInsideWhateverTheFrameSays(@ForAll long seed) {
        Random random = new Random(seed);
        SuperPacket superPacket = SuperPacket.random(random, 3000);
        byte[] frame = superPacket.frame;
        for (int i = random.nextInt(8); i > 0; i--) {
            frame[random.nextInt(Math.min(frame.length, superPacket.payloadStart))] = (byte) random.nextInt();
        }
        int length = random.nextInt(4) > 0 ? frame.length : random.nextInt(frame.length + 1);
        int segmentBytes = random.nextInt(3) > 0 ? superPacket.segmentBytes : random.nextInt(1 << random.nextInt(17));
        int start = random.nextInt(3) > 0 ? superPacket.checksumStart() : random.nextInt(65536) - 1;
        Segmenter.Kind kind = Segmenter.Kind.values()[random.nextInt(3)];
        try (Memory memory = new Memory(frame, length)) {
            if (memory.begin(segmenter, kind, segmentBytes, start)) {
                long payload = 0;
                int header = segmenter.nextBytes();
                for (int count = 0; segmenter.hasNext(); count++) {
                    assertTrue(count <= frame.length, "comes to an end");
                    payload += memory.next(segmenter).length;
                }
                assertTrue(payload >= Math.min(header, length));
            }
        }
    }

    @Property(tries = 5000)
    void staysInsideOnNoise(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] frame = new byte[random.nextInt(200)];
        random.nextBytes(frame);
        if (frame.length > 24 && random.nextInt(4) > 0) {
            boolean ipv6 = random.nextBoolean();
            SuperPacket.setShort(frame, 12, ipv6 ? 0x86dd : 0x0800);
            frame[14] = (byte) (ipv6 ? 0x60 : 0x45);
            SuperPacket.setShort(frame, ipv6 ? 18 : 16, random.nextInt(frame.length));
            frame[ipv6 ? 20 : 23] = new byte[] {6, 17, 0, 43, 60, 44}[random.nextInt(6)];
        }
        try (Memory memory = new Memory(frame, frame.length)) {
            if (memory.begin(segmenter, Segmenter.Kind.values()[random.nextInt(3)], 1 + random.nextInt(50), -1)) {
                while (segmenter.hasNext()) {
                    memory.next(segmenter);
                }
            }
        }
    }

    @Test
    void refusesWhatContradictsItselfAndPacketsTooLong() {
        Random random = new Random(7);
        SuperPacket superPacket;
        do {
            superPacket = SuperPacket.random(random, 3000);
        } while (superPacket.kind == Segmenter.Kind.UDP || superPacket.frame.length < superPacket.payloadStart + 200);
        try (Memory memory = new Memory(superPacket.frame, superPacket.frame.length)) {
            int start = superPacket.transport;
            assertTrue(memory.begin(segmenter, superPacket.kind, 100, start));
            assertFalse(memory.begin(segmenter, superPacket.kind, 100, start + 20), "no packet inside");
            assertFalse(memory.begin(segmenter, superPacket.kind, 0, start), "no segment size");
            assertFalse(memory.begin(segmenter, Segmenter.Kind.UDP, 100, start), "not UDP");
            Segmenter small = new Segmenter(superPacket.payloadStart + 99);
            assertFalse(memory.begin(small, superPacket.kind, 100, start), "too long");
            assertFalse(small.hasNext());
        }
    }

    /** Checksums around the packet are over the finished packet inside; those of the kernel's own tunnels are tested elsewhere. */
    @Property(tries = 300)
    void checksumsOfTunnels(@ForAll long seed, @ForAll boolean gre) {
        Random random = new Random(seed);
        SuperPacket inner = SuperPacket.random(random, 9000);
        int network = inner.network;
        if (inner.checksumStart() < 0) {
            return;
        }
        if (inner.frame[network] >>> 4 == 4) {
            SuperPacket.setShort(inner.frame, network + 10, 0);
            int headerBytes = (inner.frame[network] & 15) * 4;
            SuperPacket.setShort(
                    inner.frame, network + 10, ~FrameChecks.sum(inner.frame, network, network + headerBytes, 0));
        }
        if (random.nextBoolean()) { // its addresses look like a header of IPv6, in which there is UDP
            inner.frame[0] = 0x60;
            SuperPacket.setShort(inner.frame, 4, inner.frame.length - 40);
            inner.frame[6] = 17;
        }
        // Ethernet, IPv4, and UDP or GRE with a checksum; then the whole inner frame
        byte[] outer = new byte[14 + 20 + 8];
        outer[12] = 8;
        outer[14] = 0x45;
        SuperPacket.setShort(outer, 16, outer.length - 14 + inner.frame.length);
        SuperPacket.setShort(outer, 18, 0xffff);
        outer[23] = (byte) (gre ? 47 : 17);
        if (gre) {
            outer[34] = (byte) 0x80;
            SuperPacket.setShort(outer, 36, 0x6558);
        } else {
            SuperPacket.setShort(outer, 40, 0x1234); // not 0: there is one
        }
        byte[] frame = Arrays.copyOf(outer, outer.length + inner.frame.length);
        System.arraycopy(inner.frame, 0, frame, outer.length, inner.frame.length);
        try (Memory memory = new Memory(frame, frame.length)) {
            assertTrue(memory.begin(segmenter, inner.kind, inner.segmentBytes, outer.length + inner.transport));
            List<byte[]> expected = inner.packets();
            for (int i = 0; i < expected.size(); i++) {
                byte[] packet = memory.next(segmenter);
                assertArrayEquals(expected.get(i), Arrays.copyOfRange(packet, outer.length, packet.length));
                assertEquals((0xffff + i) & 0xffff, SuperPacket.getShort(packet, 18));
                assertNull(FrameChecks.problem(packet, MAX_PACKET_BYTES));
                if (gre) {
                    assertEquals(0xffff, FrameChecks.sum(packet, 34, packet.length, 0));
                }
            }
            assertFalse(segmenter.hasNext());
        }
    }

    @Test
    void identificationAndSequenceNumberWrap() {
        Random random = new Random(3);
        SuperPacket superPacket;
        do {
            superPacket = SuperPacket.random(random, 9000);
        } while (superPacket.kind != Segmenter.Kind.TCP_IPV4
                || superPacket.packets().size() < 5);
        int network = 14;
        while (SuperPacket.getShort(superPacket.frame, network - 2) != 0x0800) {
            network += 4;
        }
        SuperPacket.setShort(superPacket.frame, network + 4, 0xfffe);
        SuperPacket.setShort(superPacket.frame, superPacket.transport + 4, 0xffff);
        SuperPacket.setShort(superPacket.frame, superPacket.transport + 6, 0xffff);
        try (Memory memory = new Memory(superPacket.frame, superPacket.frame.length)) {
            assertTrue(memory.begin(segmenter, superPacket.kind, superPacket.segmentBytes, superPacket.transport));
            for (byte[] packet : superPacket.packets()) {
                assertArrayEquals(packet, memory.next(segmenter));
            }
        }
    }

    /** Room for a packet, watched at both sides, and a frame that ends where the memory ends. */
    private static final class Memory implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment memory;
        private final long frameOffset = MARGIN + MAX_PACKET_BYTES + MARGIN;

        Memory(byte[] frame, int length) {
            memory = arena.allocate(frameOffset + length);
            memory.fill(UNTOUCHED);
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, frameOffset, length);
        }

        boolean begin(Segmenter segmenter, Segmenter.Kind kind, int segmentBytes, int checksumStart) {
            int length = (int) (memory.byteSize() - frameOffset);
            return segmenter.begin(memory, frameOffset, length, kind, segmentBytes, checksumStart);
        }

        byte[] next(Segmenter segmenter) {
            memory.asSlice(0, frameOffset).fill(UNTOUCHED);
            int said = segmenter.nextBytes();
            int length = segmenter.next(MARGIN);
            assertEquals(said, length);
            assertTrue(length <= MAX_PACKET_BYTES);
            for (long i = 0; i < frameOffset; i++) {
                if (i < MARGIN || i >= MARGIN + length) {
                    assertEquals(UNTOUCHED, memory.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            return memory.asSlice(MARGIN, length).toArray(ValueLayout.JAVA_BYTE);
        }

        byte[] frame() {
            return memory.asSlice(frameOffset).toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
