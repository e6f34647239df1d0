package io.tlem.port.tap;

import io.tlem.os.SystemCallException;
import io.tlem.os.TunDevice;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.packet.Warnings;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/** An interface of the emulator's own as a port: what the machine sends into it comes in, what goes out the machine receives. */
final class TapPort implements PacketPort {
    /** MTU that the interface may get later, without the port being opened again. */
    private static final int FOLLOWED_MTU_BYTES = 9216;

    private final PortAddress address;
    private final TunDevice device;
    private final String description;
    private final Arena arena = Arena.ofShared();
    private final Warnings warnings = new Warnings();
    private final TapSource source;
    private final TapSink sink;
    private boolean closed;

    /** @throws SystemCallException when the system refuses something; nothing is left open then */
    TapPort(PortAddress address, TapOptions options) {
        this.address = address;
        device = new TunDevice(address.name(), options.kind());
        try {
            int mtu = device.mtu();
            if (mtu < 0) {
                throw new SystemCallException("ioctl", "SIOCGIFMTU, " + address.name(), -mtu);
            }
            int most = Math.max(mtu, FOLLOWED_MTU_BYTES);
            source = new TapSource(address, device, options, arena, mtu, most, warnings);
            sink = new TapSink(address, device, options, arena, mtu, most, warnings);
            description = address + ": " + (device.persistent() ? "was there and stays" : "made, gone at the end")
                    + ", MTU " + mtu
                    + (options.headerBytes() == 0 ? "" : ", link header of " + options.headerBytes() + " B");
        } catch (RuntimeException e) {
            device.close();
            arena.close();
            throw e;
        }
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(source);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(sink);
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        if (!device.up()) {
            warnings.once(
                    "down",
                    address.name() + " is down: nothing passes until it is set up: ip link set " + address.name()
                            + " up");
        }
        return warnings.take();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.close();
            arena.close();
        }
    }
}
