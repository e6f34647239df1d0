package io.tlem.port.pcap;

import java.util.Optional;

/**
 * Where packets of a capture were seen.
 *
 * @param number of the capture's interfaces, from 0, through all its sections
 * @param linkNumber what its packets begin with, as tcpdump.org numbers it
 * @param type the same, where it is one that can be read
 * @param snapBytes most that were captured of a packet, 0 for no limit
 * @param name empty where the capture has none
 * @param description for people, empty where the capture has none
 */
public record CaptureInterface(
        int number, int linkNumber, Optional<LinkType> type, long snapBytes, String name, String description) {
    CaptureInterface(int number, int linkNumber, long snapBytes, String name, String description) {
        this(number, linkNumber, LinkType.of(linkNumber), snapBytes, name, description);
    }
}
