package io.tlem.port.generator;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortProvider;
import java.util.List;
import java.util.Set;

/** {@code sink:}. */
public final class SinkProvider implements PortProvider {
    private static final Set<String> ON_OFF = Set.of("on", "off");

    @Override
    public String kind() {
        return "sink";
    }

    @Override
    public String usage() {
        return "sink:[check=on|off]  takes every packet; check=on measures the generator's";
    }

    @Override
    public Availability availability() {
        return new Availability(true, "built in, needs no privileges");
    }

    @Override
    public List<Offer> offers() {
        return List.of(new Offer("sink:", "takes every packet"));
    }

    @Override
    public void check(PortAddress address) {
        address.requireOptionsIn(Set.of("check"));
        String check = address.options().getOrDefault("check", "off");
        if (!address.name().isEmpty() || !ON_OFF.contains(check)) {
            throw new IllegalArgumentException("port " + address + ": usage: " + usage());
        }
    }

    @Override
    public PacketPort open(PortAddress address) {
        check(address);
        return new SinkPort(address, "on".equals(address.options().get("check")));
    }
}
