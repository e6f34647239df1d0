package io.tlem.port.packet;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.tap.TunPortProvider;
import io.tlem.testing.Privileged;
import io.tlem.wire.Ethernet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Two tun ports: the kernel hands what it gets from the first one to the second, as it is, super-packets whole. */
final class TunPair implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final byte[] NOBODY = {2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0};

    final PacketPort from;
    final PacketPort to;
    private final String name;

    /** @param header options of both, as in their addresses */
    TunPair(String header) {
        Privileged.root();
        Privileged.tool("ip", "tc");
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            Privileged.missing("no /dev/net/tun");
        }
        name = "tl" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36) + "u" + COUNT.getAndIncrement();
        from = new TunPortProvider().open(PortAddress.parse("tun:" + name + "a" + header));
        to = new TunPortProvider().open(PortAddress.parse("tun:" + name + "b" + header));
        try {
            VethPair.silence(name + "a");
            VethPair.silence(name + "b");
            String each = "protocol all u32 match u32 0 0 action mirred egress redirect dev " + name + "b";
            tc("qdisc add dev " + name + "a clsact");
            tc("filter add dev " + name + "a ingress " + each);
            while (!Ends.isSilent(to.source().orElseThrow())) {
                // what the kernel has sent of its own accord
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static void tc(String words) {
        VethPair.run(List.of(("tc " + words).split(" ")));
    }

    /** What comes out of a tun for a frame that goes in: an IP packet knows no addresses of Ethernet. */
    static byte[] expected(byte[] frame) {
        byte[] expected = Arrays.copyOf(NOBODY, frame.length);
        System.arraycopy(frame, NOBODY.length, expected, NOBODY.length, frame.length - NOBODY.length);
        return expected;
    }

    static boolean isTagged(byte[] frame) {
        return Ethernet.isVlan(((frame[12] & 0xff) << 8) | (frame[13] & 0xff));
    }

    /** Packets and super-packets that the kernel has taken. */
    long written() {
        try {
            return Long.parseLong(Files.readString(Path.of("/sys/class/net", name + "a", "statistics/rx_packets"))
                    .strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        from.close();
        to.close();
    }
}
