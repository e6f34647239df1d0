package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketPort;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a hypervisor may put into a tap interface that is a port. */
class StuckRingTest {
    private static final int UFO = 3;
    private static final byte[] PLAIN = Tap.header(0, 0, 0, 0, 0, 0);

    private final Random random = new Random(31);

    private byte[] frame(int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        frame[0] = 2;
        SuperPacket.setShort(frame, 12, 0x88b5); // local experimental
        return frame;
    }

    private byte[] udp(int length) {
        byte[] frame = frame(length);
        SuperPacket.setShort(frame, 12, 0x0800);
        frame[14] = 0x45;
        SuperPacket.setShort(frame, 16, length - 14);
        SuperPacket.setShort(frame, 20, 0);
        frame[23] = 17;
        SuperPacket.setShort(frame, 38, length - 34);
        return frame;
    }

    /** The kernel drops a UFO packet and never delivers anything again into that ring: three times in a row. */
    @Test
    void aPacketThatTheKernelCannotHandOverStopsNothing() {
        try (Tap tap = new Tap(1500);
                PacketPort port = new PacketPortProvider().open(PortAddress.parse("packet:" + tap.name))) {
            PacketSource source = port.source().orElseThrow();
            int lost = 0;
            List<String> warnings = new ArrayList<>(port.takeWarnings(false));
            for (int i = 0; i < 3; i++) {
                byte[] before = frame(100);
                assertTrue(tap.write(PLAIN, before));
                assertArrayEquals(before, Ends.receive(source, 1, 8).get(0));
                assertTrue(tap.write(Tap.header(1, UFO, 42, 1400, 34, 6), udp(4000)));
                lost++;
                List<byte[]> passed = new ArrayList<>();
                long end = System.nanoTime() + 5_000_000_000L;
                while (passed.isEmpty()) {
                    byte[] behind = frame(200);
                    assertTrue(tap.write(PLAIN, behind));
                    passed.addAll(receiveFor(source, 2_000_000));
                    lost += passed.isEmpty() ? 1 : 0;
                    assertTrue(System.nanoTime() < end, "still stuck after " + lost + " packets");
                }
                assertEquals(1, passed.size());
                warnings.addAll(port.takeWarnings(false));
            }
            assertEquals(lost, source.missedPackets());
            assertEquals(
                    1, warnings.stream().filter(text -> text.contains("UFO")).count(), warnings.toString());
            assertTrue(warnings.stream().anyMatch(text -> text.contains("ethtool -K")), warnings.toString());
        }
    }

    private static List<byte[]> receiveFor(PacketSource source, long nanos) {
        List<byte[]> frames = new ArrayList<>();
        long end = System.nanoTime() + nanos;
        do {
            Packets.receive(source, 8, frames);
        } while (System.nanoTime() < end && frames.isEmpty());
        return frames;
    }

    /** Nothing that a hypervisor claims of a frame makes the port fail, and each frame is handed out or missed. */
    @Test
    void hostileHeadersAreCutOrMissed() {
        int count = Integer.getInteger("tlem.hostile.headers", 3000);
        int accepted = 0;
        int handedOut = 0;
        try (Tap tap = new Tap(1500);
                PacketPort port = new PacketPortProvider().open(PortAddress.parse("packet:" + tap.name))) {
            PacketSource source = port.source().orElseThrow();
            for (int i = 0; i < count; i++) {
                SuperPacket superPacket = SuperPacket.random(random, random.nextInt(4) == 0 ? 40_000 : 3000);
                byte[] frame = superPacket.frame;
                int start = superPacket.transport;
                for (int j = random.nextInt(4); j > 0; j--) {
                    frame[12 + random.nextInt(superPacket.payloadStart - 12)] = (byte) random.nextInt();
                }
                int kind = new int[] {0, 1, 4, 5, 0x81, 0x84, random.nextInt(256)}[random.nextInt(7)];
                byte[] header = Tap.header(
                        random.nextInt(4),
                        kind == UFO || kind == 0x83 ? 0 : kind,
                        superPacket.payloadStart,
                        random.nextInt(3) == 0 ? random.nextInt(65536) : superPacket.segmentBytes,
                        random.nextInt(3) == 0 ? random.nextInt(2 * start) : start,
                        random.nextInt(3) == 0 ? random.nextInt(40) : superPacket.kind == Segmenter.Kind.UDP ? 6 : 16);
                if (tap.write(header, frame)) {
                    accepted++;
                    long missed = source.missedPackets();
                    List<byte[]> packets = new ArrayList<>();
                    long end = System.nanoTime() + 2_000_000_000L;
                    while (packets.isEmpty() && source.missedPackets() == missed) {
                        Packets.receive(source, 64, packets);
                        assertTrue(System.nanoTime() < end, "frame " + i + " is nowhere");
                    }
                    while (Packets.receive(source, 64, packets) > 0) {
                        // the rest of a super-packet
                    }
                    handedOut += packets.isEmpty() ? 0 : 1;
                    assertFalse(packets.stream().anyMatch(packet -> packet.length > source.maxPacketBytes()));
                }
            }
            assertEquals(accepted - handedOut, source.missedPackets());
            assertTrue(accepted > count / 4, accepted + " of " + count + " accepted by the kernel");
            assertTrue(handedOut > accepted / 4, handedOut + " of " + accepted + " handed out");
        }
    }

    /** A tap has no limit of its own: the second tag passes as it passes a bridge. */
    @Test
    void twoTagsMoreThanTheMtuAreSent() {
        try (Tap tap = new Tap(1500);
                PacketPort port = new PacketPortProvider().open(PortAddress.parse("packet:" + tap.name))) {
            byte[] frame = frame(1522);
            SuperPacket.setShort(frame, 12, 0x88a8);
            SuperPacket.setShort(frame, 16, 0x8100);
            SuperPacket.setShort(frame, 20, 0x88b5);
            Ends.send(port.sink().orElseThrow(), List.of(frame));
            byte[] sent = null;
            long end = System.nanoTime() + 2_000_000_000L;
            while (sent == null && System.nanoTime() < end) {
                sent = tap.read();
            }
            assertArrayEquals(frame, sent);
            assertTrue(tap.write(PLAIN, frame));
            assertArrayEquals(
                    frame, Ends.receive(port.source().orElseThrow(), 1, 8).get(0));
            assertEquals(0, port.sink().orElseThrow().refusedPackets());
        }
    }
}
