package io.tlem.port.tap;

import io.tlem.os.TunDevice;

/** {@code tap:NAME}. */
public final class TapPortProvider extends OwnInterfaceProvider {
    /** Opens interfaces that carry Ethernet. */
    public TapPortProvider() {
        super(TunDevice.Kind.TAP, "tap:NAME  a tap interface of the emulator's own, for a machine, container or VM");
    }
}
