package io.tlem.port.pipe;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import io.tlem.port.netmap.NetmapPort;
import java.util.List;
import java.util.Optional;

/** <code>pipe:NAME{ID</code> and <code>pipe:NAME}ID</code>: netmap ports on the software netmap. */
public final class PipePortProvider implements PortProvider {
    @Override
    public String kind() {
        return PipeAddress.KIND;
    }

    @Override
    public boolean hasNetmapRings() {
        return true;
    }

    @Override
    public String usage() {
        return "pipe:NAME{ID[/R|/T], pipe:NAME}ID[/R|/T] [,slots=N, default " + PipeAddress.DEFAULT_SLOTS
                + ", private=on, user=UID]  the two ends of a pipe of the software netmap, in one process or two";
    }

    @Override
    public Availability availability() {
        return new Availability(true, ""); // where no folder is to be had, private pipes still are
    }

    @Override
    public List<Offer> offers() {
        return List.of(new Offer(PipeAddress.KIND + ":demo{1", "one end of a pipe; the other is pipe:demo}1"));
    }

    @Override
    public void check(PortAddress address) {
        PipeAddress.parse(address);
    }

    @Override
    public PacketPort open(PortAddress address) {
        PipeAddress parsed = PipeAddress.parse(address);
        SoftwareNetmap device = new SoftwareNetmap(parsed.place(), PipeAddress.DEFAULT_SLOTS);
        try {
            return new NetmapPort(
                    address, device, parsed.registration(), Optional.empty(), NetmapPort.MAX_PACKET_BYTES);
        } catch (PortException e) {
            throw device.refusal().isEmpty() ? e : new PortException(address, device.refusal(), e);
        }
    }
}
