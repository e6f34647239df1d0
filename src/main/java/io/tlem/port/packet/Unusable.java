package io.tlem.port.packet;

/** Why a packet that the kernel has handed over is counted as missed, and what helps. */
public enum Unusable {
    /** It is longer than any packet may be. */
    TOO_LONG("longer than the port takes: after an MTU was raised above 9216 start again; at the sender of BIG TCP:"
            + " ip link set IF gso_max_size 65536 gso_ipv4_max_size 65536 gro_max_size 65536 gro_ipv4_max_size 65536"),
    /** The socket had no memory left for a packet longer than a slot. */
    NO_ROOM("too many packets longer than a slot of the receive ring wait: start again with the MTU that it has now"),
    /** A super-packet that the segmenter does not understand. */
    UNKNOWN_SUPER("a super-packet that cannot be cut: turn segmentation off where it comes from, with"
            + " ethtool -K IF tso off gso off tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off"
            + " tx-gre-segmentation off tx-gre-csum-segmentation off tx-ipxip4-segmentation off"
            + " tx-ipxip6-segmentation off, IF being the interface that sends it"),
    /** What is left to do points outside the frame. */
    NONSENSE("its checksum is to be finished outside of it, or it is no Ethernet frame: its sender is broken, or lies");

    private final String reason;

    Unusable(String reason) {
        this.reason = reason;
    }

    /** One line for people. */
    String text(String interfaceName) {
        return interfaceName + ": a packet was missed (more such ones are only counted): " + reason;
    }
}
