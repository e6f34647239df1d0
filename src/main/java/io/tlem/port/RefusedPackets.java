package io.tlem.port;

import java.util.concurrent.atomic.AtomicLong;

/** Counts what a {@link PacketSink}'s device has not taken. Any thread. */
public final class RefusedPackets {
    private final AtomicLong packets = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /** One more, of so many bytes. */
    public void add(int packetBytes) {
        bytes.addAndGet(packetBytes); // first: who sees the packet sees its bytes
        packets.incrementAndGet();
    }

    /** How many. */
    public long packets() {
        return packets.get();
    }

    /** Their bytes together. */
    public long bytes() {
        return bytes.get();
    }
}
