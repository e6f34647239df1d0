package io.tlem.simulate;

import io.tlem.classify.Selection;
import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.LinkType;
import io.tlem.text.Shown;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Packets that an expression of pcap-filter matches go from A to B, all others from B to A. It is asked about Ethernet frames: of
 * a packet of another link type about the frame that would carry it. Used by one thread.
 */
final class ClientFilter implements CaptureReader.Splitter {
    private final Selection selection;
    private MemorySegment frame; // made of packets of other link types; null until there is one

    /** @throws IllegalArgumentException with one line, saying at which character the mistake is */
    ClientFilter(String expression) {
        try {
            selection = Selection.parse(expression);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    Clients.FILTER_OPTION + " " + Shown.quoted(expression) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public int direction(
            CaptureInterface from, LinkType type, MemorySegment memory, long packet, int captured, long original) {
        int length = (int) Math.min(original, LinkType.MAX_PACKET_BYTES);
        if (type == LinkType.ETHERNET) {
            return selection.matches(memory, packet, captured, length) ? 0 : 1;
        }
        if (frame == null) {
            frame = Arena.ofAuto().allocate(type.frameBytes(LinkType.MAX_PACKET_BYTES), Long.BYTES);
        }
        type.toFrame(memory, packet, captured, frame, 0, type.frameBytes(captured));
        return selection.matches(frame, 0, type.knownFrameBytes(captured), type.frameBytes(length)) ? 0 : 1;
    }
}
