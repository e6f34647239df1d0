/**
 * What packets look like: Ethernet, VLAN tags, ARP, IPv4, IPv6, TCP, UDP, SCTP, ICMP and their checksums.
 *
 * <p>Everything works on a memory segment and the offset of a first byte in it, and allocates nothing. Static methods read and
 * write one header, which the caller has found to be there; {@link io.tlem.wire.IpPacket} and
 * {@link io.tlem.wire.PacketLayers} find the headers of a frame that nobody has looked at yet, and read nothing outside it
 * whatever it says. Constants that end in {@code _AT} count bytes from a header's start.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.wire;
