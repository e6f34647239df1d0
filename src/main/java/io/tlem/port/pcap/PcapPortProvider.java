package io.tlem.port.pcap;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortProvider;
import java.util.List;

/** {@code pcap:}. */
public final class PcapPortProvider implements PortProvider {
    @Override
    public String kind() {
        return "pcap";
    }

    @Override
    public String usage() {
        return "pcap:" + PcapOptions.USAGE + "  replays a capture, writes another, or both";
    }

    @Override
    public Availability availability() {
        return new Availability(true, "captures, needs no privileges");
    }

    @Override
    public List<Offer> offers() {
        return List.of();
    }

    @Override
    public void check(PortAddress address) {
        PcapOptions ignored = PcapOptions.parse(address);
    }

    @Override
    public PacketPort open(PortAddress address) {
        return new PcapPort(address, PcapOptions.parse(address));
    }
}
