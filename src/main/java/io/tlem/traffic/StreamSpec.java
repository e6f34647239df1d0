package io.tlem.traffic;

import java.util.List;

/**
 * The packets of a stream.
 *
 * @param pace when they are due
 * @param count of them, {@link Long#MAX_VALUE} for no end
 * @param sizes how long they are
 * @param headers what is in front of their payload
 */
public record StreamSpec(PaceSpec pace, long count, Sizes sizes, Headers headers) {
    /** What transport a packet has. */
    public enum Transport {
        UDP,
        TCP
    }

    /**
     * Addresses, of which each packet has the next.
     *
     * @param first 4 or 16 bytes
     * @param count from there on, of which the last four bytes alone differ
     */
    @SuppressWarnings("ArrayRecordComponent") // used in this room only
    public record Addresses(byte[] first, long count) {}

    /**
     * Ports, of which each packet has the next.
     *
     * @param first 0 to 65535
     * @param count from there on
     */
    public record PortRange(int first, int count) {}

    /**
     * Headers of the packets.
     *
     * @param destinationMac as of {@link io.tlem.wire.Ethernet}
     * @param sourceMac as of {@link io.tlem.wire.Ethernet}
     * @param tags VLAN tags, priority and VLAN of each
     * @param source of the same kind as the destination
     * @param destination of the same kind as the source
     * @param trafficClass type of service or traffic class, 0 to 255
     * @param hops time to live or hop limit, 1 to 255
     */
    public record Headers(
            long destinationMac,
            long sourceMac,
            List<Integer> tags,
            Addresses source,
            Addresses destination,
            int trafficClass,
            int hops,
            Transport transport,
            PortRange sourcePorts,
            PortRange destinationPorts) {
        /** Copies the tags. */
        public Headers {
            tags = List.copyOf(tags);
        }

        /** Whether it is IPv6. */
        public boolean isIpv6() {
            return source.first().length == 16;
        }
    }

    /** For people. */
    public String describe() {
        return pace.text() + ", " + sizes.text() + " bytes"
                + (count == Long.MAX_VALUE ? "" : ", " + count + " packets");
    }

    /** Bytes of the shortest packet that these headers and the payload need. */
    public int leastBytes() {
        return new FrameLayout(headers).leastBytes();
    }
}
