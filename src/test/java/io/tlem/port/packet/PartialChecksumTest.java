package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.PacketLayers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PartialChecksumTest {
    private final PartialChecksum partial = new PartialChecksum();

    @Property(tries = 3000)
    void sumsLikeAByteByByteReference(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 70 : 3000)];
        if (random.nextInt(8) == 0) {
            java.util.Arrays.fill(bytes, (byte) 0xff);
        } else {
            random.nextBytes(bytes);
        }
        int offset = random.nextInt(9);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(offset + bytes.length + 2L);
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
            int number = random.nextInt(65536);
            long sum = InternetChecksum.add(memory, offset, bytes.length, InternetChecksum.addNumber(number, 0));
            InternetChecksum.put(memory, offset + (long) bytes.length, InternetChecksum.finish(sum));
            int checksum = NetworkBytes.unsignedShort(memory, offset + (long) bytes.length);
            int expected = ~FrameChecks.sum(bytes, 0, bytes.length, number) & 0xffff;
            assertEquals(expected % 0xffff, checksum % 0xffff); // both zeros are one
        }
    }

    @Property(tries = 2000)
    void finishesWhatTheKernelBegan(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] expected = SuperPacket.random(random, 1400).packets().get(0);
        PacketLayers layers = new PacketLayers();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(expected.length);
            frame.copyFrom(MemorySegment.ofArray(expected));
            assertTrue(layers.parse(frame, 0, expected.length, -1));
            int transport = layers.transport();
            int field = layers.protocol() == IpProtocol.TCP ? 16 : 6;
            if (NetworkBytes.unsignedShort(frame, transport + field) == 0) {
                return; // without a checksum
            }
            // The kernel leaves the sum of the pseudo header there.
            byte[] zeroed = expected.clone();
            java.util.Arrays.fill(zeroed, transport, zeroed.length, (byte) 0);
            int pseudo = FrameChecks.transportSum(zeroed, layers.offset(0), transport, zeroed.length);
            NetworkBytes.setShort(frame, transport + field, pseudo);
            assertTrue(partial.finish(frame, 0, expected.length, transport, field));
            assertArrayEquals(expected, frame.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void zeroIsSentAsItsOtherForm() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(64);
            NetworkBytes.setShort(frame, 40, 0xffff); // the sum is 0xffff, its complement zero
            assertTrue(partial.finish(frame, 0, 64, 34, 6));
            assertEquals(0xffff, NetworkBytes.unsignedShort(frame, 40));
        }
    }

    @Test
    void sctpGetsItsCrc() {
        byte[] frame = new byte[14 + 20 + 100];
        new Random(5).nextBytes(frame);
        SuperPacket.setShort(frame, 12, 0x0800);
        frame[14] = 0x45;
        SuperPacket.setShort(frame, 16, 120);
        SuperPacket.setShort(frame, 20, 0);
        frame[23] = (byte) 132;
        byte[] expected = frame.clone();
        java.util.Arrays.fill(expected, 42, 46, (byte) 0);
        CRC32C crc = new CRC32C();
        crc.update(expected, 34, 100);
        for (int i = 0; i < 4; i++) {
            expected[42 + i] = (byte) (crc.getValue() >>> (8 * i));
        }
        MemorySegment memory = MemorySegment.ofArray(frame);
        assertTrue(partial.finish(memory, 0, frame.length, 34, 8));
        assertArrayEquals(expected, frame);
    }

    @Property(tries = 5000)
    void refusesWhatIsOutsideTheFrame(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] frame = new byte[random.nextInt(120)];
        random.nextBytes(frame);
        int start = random.nextInt(-1, 200);
        int field = random.nextInt(-1, 100);
        try (Arena arena = Arena.ofConfined()) { // which ends where the frame ends
            MemorySegment memory = arena.allocate(Math.max(1, frame.length)).asSlice(0, frame.length);
            memory.copyFrom(MemorySegment.ofArray(frame));
            boolean inside = start >= 14 && field >= 0 && start + field + 2 <= frame.length;
            assertEquals(inside, partial.finish(memory, 0, frame.length, start, field));
            if (!inside) {
                assertArrayEquals(frame, memory.toArray(ValueLayout.JAVA_BYTE));
            }
        }
        assertFalse(partial.finish(MemorySegment.ofArray(new byte[64]), 0, 64, 60, 4));
    }
}
