package io.tlem.port.packet;

import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.PacketLayers;
import io.tlem.wire.Sctp;
import java.lang.foreign.MemorySegment;

/**
 * Finishes the checksums that a sender left to a network card: the kernel has put the pseudo header's sum into the
 * checksum field, and what is missing is the sum from the transport header to the end of the packet. SCTP has a CRC
 * instead, left to the card in the same way. Used by one thread.
 */
final class PartialChecksum {
    private final PacketLayers layers = new PacketLayers();

    /**
     * Finishes a packet's checksum in place.
     *
     * @param start where the sum starts in the frame, as the kernel says
     * @param field where the checksum lies behind that
     * @return false when that is not inside the frame, and nothing was changed
     */
    boolean finish(MemorySegment memory, long offset, int length, int start, int field) {
        if (start < Ethernet.HEADER_BYTES || field < 0 || start + field + 2 > length) {
            return false;
        }
        if (field == Sctp.CHECKSUM_AT
                && layers.parse(memory, offset, length, start)
                && layers.protocol() == IpProtocol.SCTP) {
            boolean whole = layers.transport() + Sctp.HEADER_BYTES <= layers.end();
            if (whole) {
                Sctp.setChecksum(memory, offset + layers.transport(), offset + layers.end());
            }
            return whole;
        }
        InternetChecksum.setNonZero(memory, offset + start, length - start, offset + start + field, 0);
        return true;
    }
}
