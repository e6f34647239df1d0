package io.tlem.port.packet;

import io.tlem.os.NetworkInterfaces;
import io.tlem.os.PacketFrame;
import io.tlem.os.PacketSocket;
import io.tlem.os.SystemMemory;
import io.tlem.os.VirtioHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Puts super-packets and packets with unfinished checksums onto an interface, as a network stack with offloads does. */
final class SuperSender implements AutoCloseable {
    private static final int SLOT_BYTES = 1 << 17;
    private static final int SLOTS = 4;
    private static final int VIRTIO_OFFSET = 64;

    private final Arena arena = Arena.ofConfined();
    private final PacketSocket socket = PacketSocket.open();
    private final MemorySegment ring;
    private int next;

    SuperSender(String name) {
        socket.set(PacketSocket.Option.VIRTIO_HEADER, 1);
        socket.set(PacketSocket.Option.DATA_OFFSET, 1);
        socket.setSendBuffer(64 << 20);
        ring = SystemMemory.reserve(arena, (long) SLOTS * SLOT_BYTES);
        socket.setRing(PacketSocket.Ring.TRANSMIT, SLOT_BYTES, SLOT_BYTES, SLOTS);
        socket.mapRing(ring);
        socket.bind(NetworkInterfaces.find(name).orElseThrow().index(), false);
    }

    void send(byte[] frame, int kind, int headerBytes, int segmentBytes, int checksumStart, int checksumField) {
        long slot = (long) next * SLOT_BYTES;
        next = (next + 1) % SLOTS;
        await(slot);
        long virtio = slot + VIRTIO_OFFSET;
        ring.set(ValueLayout.JAVA_BYTE, virtio, (byte) (checksumStart >= 0 ? VirtioHeader.NEEDS_CHECKSUM : 0));
        ring.set(ValueLayout.JAVA_BYTE, virtio + 1, (byte) kind);
        put(virtio + 2, headerBytes);
        put(virtio + 4, segmentBytes);
        put(virtio + 6, Math.max(checksumStart, 0));
        put(virtio + 8, checksumField);
        MemorySegment.copy(frame, 0, ring, ValueLayout.JAVA_BYTE, virtio + VirtioHeader.BYTES, frame.length);
        PacketFrame.setDataOffset(ring, slot, VIRTIO_OFFSET);
        PacketFrame.setLength(ring, slot, VirtioHeader.BYTES + frame.length);
        PacketFrame.statusRelease(ring, slot, PacketFrame.SEND_REQUEST);
        int result = socket.send();
        if (result != frame.length) {
            throw new AssertionError(
                    "send: " + result + " instead of " + frame.length + ", kind " + kind + ", segments " + segmentBytes
                            + ", headers " + HexFormat.of().formatHex(frame, 0, headerBytes));
        }
    }

    private void await(long slot) {
        long end = System.nanoTime() + 5_000_000_000L;
        while ((PacketFrame.statusAcquire(ring, slot) & PacketFrame.IN_USE) != 0) {
            if (System.nanoTime() > end) {
                throw new AssertionError("a slot is stuck");
            }
        }
    }

    private void put(long offset, int value) {
        ring.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) value);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
