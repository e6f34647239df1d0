package io.tlem.port.pcap;

import io.tlem.port.PortException;
import java.lang.foreign.Arena;

/** Records what leaves a live link, as Ethernet frames, with the times at which they were due. */
final class PcapSink extends CaptureSink {
    private static final CaptureInterface OWN =
            new CaptureInterface(0, LinkType.ETHERNET.number(), LinkType.MAX_PACKET_BYTES, "tlem", "");

    private final CaptureWriter writer;
    private volatile long refusedPackets;
    private volatile long refusedBytes;
    private volatile String failure = "";

    /** @param startNanos what is 0 on the link's clock, ns since 1970 */
    PcapSink(CaptureWriter writer, long startNanos, Arena arena) {
        super(new CaptureRecorder.Direct(writer), number -> OWN, new Labels(), startNanos, arena);
        this.writer = writer;
    }

    @Override
    public void finish() {
        try {
            writer.finishAndClose();
        } catch (PortException e) {
            failure = e.getMessage();
            refusedBytes = writer.pendingBytes();
            refusedPackets = writer.pendingPackets();
        }
    }

    /** Why not all of it could be written, empty when it could. */
    String failure() {
        return failure;
    }

    @Override
    public long refusedPackets() {
        return refusedPackets;
    }

    @Override
    public long refusedBytes() {
        return refusedBytes;
    }
}
