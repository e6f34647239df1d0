package io.tlem.port.generator;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortProvider;
import java.util.List;

/** {@code generator:}. */
public final class GeneratorProvider implements PortProvider {
    @Override
    public String kind() {
        return "generator";
    }

    @Override
    public String usage() {
        return "generator:" + GeneratorOptions.USAGE + "  numbered UDP packets; default size=1514,pps=1000";
    }

    @Override
    public Availability availability() {
        return new Availability(true, "built in, needs no privileges");
    }

    @Override
    public List<Offer> offers() {
        return List.of(new Offer("generator:size=1514,rate=100M", "100 Mbit/s of 1514-byte UDP packets"));
    }

    @Override
    public void check(PortAddress address) {
        GeneratorOptions.parse(address);
    }

    @Override
    public PacketPort open(PortAddress address) {
        return new GeneratorPort(address, GeneratorOptions.parse(address));
    }
}
