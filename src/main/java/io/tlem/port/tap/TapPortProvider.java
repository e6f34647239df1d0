package io.tlem.port.tap;

import io.tlem.os.TunDevice;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.packet.LoopPort;
import java.util.Optional;

/** {@code tap:NAME}. */
public final class TapPortProvider extends OwnInterfaceProvider {
    private static final PortAddress LOOP = PortAddress.parse("tap:warmup");

    /** Opens interfaces that carry Ethernet. */
    public TapPortProvider() {
        super(TunDevice.Kind.TAP, "tap:NAME  a tap interface of the emulator's own, for a machine, container or VM");
    }

    @Override
    public Optional<PacketPort> openLoop() {
        return LoopPort.open(LOOP, this::open);
    }
}
