package io.tlem.traffic;

import io.tlem.traffic.StreamSpec.Headers;
import io.tlem.traffic.StreamSpec.Transport;
import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;

/**
 * Where the headers of generated packets are.
 *
 * @param ipv6 instead of IPv4
 * @param tcp instead of UDP
 * @param ipAt of the IP header, from the start of the frame
 */
record FrameLayout(boolean ipv6, boolean tcp, int ipAt) {
    FrameLayout(Headers headers) {
        this(
                headers.isIpv6(),
                headers.transport() == Transport.TCP,
                Ethernet.HEADER_BYTES + headers.tags().size() * Ethernet.TAG_BYTES);
    }

    int transportAt() {
        return ipAt + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.MIN_HEADER_BYTES);
    }

    int payloadAt() {
        return transportAt() + (tcp ? Tcp.MIN_HEADER_BYTES : Udp.HEADER_BYTES);
    }

    int checksumAt() {
        return transportAt() + (tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT);
    }

    int timeAt() {
        return payloadAt() + TestPayload.TIME_AT;
    }

    int leastBytes() {
        return payloadAt() + TestPayload.BYTES;
    }
}
