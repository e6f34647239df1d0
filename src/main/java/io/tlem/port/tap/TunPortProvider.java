package io.tlem.port.tap;

import io.tlem.os.TunDevice;

/** {@code tun:NAME}. */
public final class TunPortProvider extends OwnInterfaceProvider {
    /** Opens interfaces that carry IP. */
    public TunPortProvider() {
        super(TunDevice.Kind.TUN, "tun:NAME[,header=BYTES]  a tun interface of the emulator's own, for IP alone");
    }
}
