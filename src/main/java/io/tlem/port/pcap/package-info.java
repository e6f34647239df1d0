/** Captures: files of packets with their times, as tcpdump and Wireshark write them. */
package io.tlem.port.pcap;
