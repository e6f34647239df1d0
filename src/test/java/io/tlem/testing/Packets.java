package io.tlem.testing;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Packets in and out of ports, one at a time. */
public final class Packets {
    private Packets() {}

    /** Sends one packet; false when the port has no room. */
    public static boolean send(PacketSink sink, byte[] packet) {
        PacketBatch batch = new PacketBatch(1);
        if (sink.reserve(batch, 1) == 0
                || (packet.length > sink.slotBytes() && !sink.enlarge(batch, 0, packet.length))) {
            return false;
        }
        MemorySegment.copy(packet, 0, sink.memory(), ValueLayout.JAVA_BYTE, batch.offset[0], packet.length);
        batch.length[0] = packet.length;
        sink.transmit(batch, 1, System.nanoTime());
        return true;
    }

    /** All that is there. */
    public static List<byte[]> receive(PacketSource source) {
        List<byte[]> packets = new ArrayList<>();
        while (receive(source, 5, packets) > 0) {
            // until there are no more
        }
        return packets;
    }

    /** One batch; returns how many packets it had. */
    public static int receive(PacketSource source, int limit, List<byte[]> packets) {
        PacketBatch batch = new PacketBatch(limit);
        int count = source.receive(batch, System::nanoTime);
        for (int i = 0; i < count; i++) {
            packets.add(
                    source.memory().asSlice(batch.offset[i], batch.length[i]).toArray(ValueLayout.JAVA_BYTE));
        }
        if (count > 0) {
            source.release();
        }
        return count;
    }
}
