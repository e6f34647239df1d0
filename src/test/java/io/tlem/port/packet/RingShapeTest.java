package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingShapeTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 60, 256, 257, 1646, 2048, 4095, 4096, 4097, 9100, 16384, 65630})
    void slotsFillBlocksOfWholePagesExactly(int frameBytes) {
        for (int page : new int[] {4096, 16384, 65536}) {
            for (int slots : new int[] {16, 100, 1024, 4097}) {
                RingShape shape = RingShape.of(slots, frameBytes, page);
                assertTrue(shape.slotBytes() >= frameBytes);
                assertTrue(shape.slots() >= slots);
                assertEquals(0, shape.slotBytes() % 64);
                assertEquals(0, shape.blockBytes() % page);
                assertEquals(0, shape.blockBytes() % shape.slotBytes());
                assertEquals(shape.bytes(), (long) shape.blocks() * shape.blockBytes());
            }
        }
    }

    @Test
    void memoryStaysModerate() {
        for (int mtu : new int[] {68, 1500, 9000, 9216, 65536}) {
            assertTrue(
                    RingSource.shape(RingSource.maxPacketBytes(mtu), PacketOptions.STANDARD)
                                    .bytes()
                            <= 48 << 20,
                    "MTU " + mtu);
            assertTrue(
                    RingSink.shape(RingSink.maxPacketBytes(mtu), PacketOptions.STANDARD)
                                    .bytes()
                            <= 24 << 20,
                    "MTU " + mtu);
        }
        assertEquals(4096, RingSource.shape(1522, PacketOptions.STANDARD).slots());
        assertEquals(1024, RingSink.shape(1518, PacketOptions.STANDARD).slots());
    }
}
