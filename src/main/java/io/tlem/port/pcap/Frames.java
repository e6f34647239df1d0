package io.tlem.port.pcap;

import io.tlem.port.PacketBatch;
import java.lang.foreign.MemorySegment;

/** Puts the packets that a reader has loaded into batches, as the Ethernet frames that models know. Used by one thread. */
final class Frames {
    /** Memory for the frames that are made of a batch's packets. */
    static final int SCRATCH_BYTES = 1 << 20;

    /** Most packets have no longer frames. */
    static final int USUAL_BYTES = 1514;

    private static final int ALIGNMENT = 64; // as much can be read at each

    private final CaptureReader reader;
    private final MemorySegment memory;
    private final long scratch;
    private int made; // bytes of frames

    /** @param direction whose packets they are */
    Frames(CaptureReader reader, int direction) {
        this.reader = reader;
        this.memory = reader.memory();
        this.scratch = CaptureReader.scratch(direction);
    }

    /** The frames that were made before are gone. */
    void begin() {
        made = 0;
    }

    /** Puts a packet into a batch; false when there is no memory left to make its frame. */
    boolean put(long packet, PacketBatch batch, int index) {
        LinkType type = reader.typeOf(packet);
        int captured = reader.captured(packet);
        long original = reader.original(packet);
        int data = reader.data(packet);
        int frameBytes = type.frameBytes(Math.max(captured, (int) Math.min(original, LinkType.MAX_PACKET_BYTES)));
        long frame = captured == original ? type.frameWithin(data, captured) : -1;
        if (frame < 0) {
            if (made + frameBytes + ALIGNMENT > SCRATCH_BYTES) {
                return false;
            }
            frame = scratch + made;
            type.toFrame(memory, data, captured, memory, frame, frameBytes);
            made += frameBytes + ALIGNMENT & -ALIGNMENT;
        }
        batch.offset[index] = frame;
        batch.length[index] = frameBytes;
        return true;
    }
}
