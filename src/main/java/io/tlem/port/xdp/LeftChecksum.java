package io.tlem.port.xdp;

import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.PacketLayers;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finishes checksums of TCP and UDP that a sender on this machine has left to a network card. Nothing comes with the packet that
 * says so, but the kernel has put the sum of the pseudo header into the field. A packet that has this sum there is given the right
 * checksum; should it have been finished, that is the one it had. Used by one thread.
 *
 * <p>Of a packet inside a tunnel nothing is found.
 */
final class LeftChecksum {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED; // as the sums are

    private final PacketLayers layers = new PacketLayers();

    void finish(MemorySegment memory, long frame, int length) {
        PacketLayers found = layers;
        if (!found.parse(memory, frame, length, -1)) {
            return;
        }
        int protocol = found.protocol();
        int fieldAt = protocol == IpProtocol.TCP ? Tcp.CHECKSUM_AT : protocol == IpProtocol.UDP ? Udp.CHECKSUM_AT : -1;
        int bytes = found.end() - found.transport();
        if (fieldAt < 0 || fieldAt + Short.BYTES > bytes) {
            return;
        }
        int last = found.count() - 1;
        long ip = frame + found.offset(last - 1);
        long transport = frame + found.transport();
        long sum = InternetChecksum.addPseudoHeader(memory, ip, found.isInIpv6(last), protocol, bytes, 0);
        if (memory.get(SHORT, transport + fieldAt) == (short) ~InternetChecksum.finish(sum)) {
            InternetChecksum.setNonZero(memory, transport, bytes, transport + fieldAt, 0); // the sum is in the field
        }
    }
}
