package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketSource;
import io.tlem.testing.Privileged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every super-packet goes through two veth pairs: one with all offloads, so that the port cuts it, and one with none, so that
 * the kernel does. What comes out must be the same to the byte, in tunnels as well.
 */
class KernelSegmentationTest {
    private static final int FRAMES = Integer.getInteger("tlem.segmentation.frames", 1200);

    private final Random random = new Random(Long.getLong("tlem.segmentation.seed", 99));
    private int compared;

    @ParameterizedTest
    @EnumSource(Tunnel.class)
    void cutsAsTheKernelDoes(Tunnel tunnel) throws Exception {
        Privileged.root();
        Privileged.tool("ip", "tc", "ethtool", "mount", "umount");
        int frames = FRAMES / Tunnel.values().length;
        try (VethPair whole = new VethPair(9000);
                VethPair cut = new VethPair(9000)) {
            VethPair.run(List.of("ethtool", "-K", cut.a, "tx", "off"));
            PacketSource ours = whole.open(whole.b, "").source().orElseThrow();
            PacketSource kernels = cut.open(cut.b, "").source().orElseThrow();
            try (SuperSender toUs = new SuperSender(whole.a);
                    SuperSender toKernel = new SuperSender(cut.a)) {
                for (boolean ipv6 : new boolean[] {false, true}) {
                    if (tunnel.takes(ipv6)) {
                        tunnel.attach(whole.a, ipv6);
                        tunnel.attach(cut.a, ipv6);
                        for (int i = 0; i < frames; i++) {
                            compare(tunnel, sendable(tunnel, ipv6), toUs, ours, toKernel, kernels);
                        }
                    }
                }
            }
            assertEquals(0, ours.missedPackets());
            assertTrue(compared > frames * 9 / 10, compared + " compared");
            long received = received(whole.b);
            assertTrue(received < received(cut.b) / 2, received + " came in one piece");
        }
    }

    private static long received(String name) throws Exception {
        return Long.parseLong(Files.readString(Path.of("/sys/class/net", name, "statistics/rx_packets"))
                .strip());
    }

    private void compare(
            Tunnel tunnel,
            SuperPacket superPacket,
            SuperSender toUs,
            PacketSource ours,
            SuperSender toKernel,
            PacketSource kernels) {
        boolean one = random.nextInt(10) == 0; // only a checksum to be finished
        byte[] frame = one ? superPacket.packets().get(0) : superPacket.frame.clone();
        setPseudoHeaderSum(frame, superPacket);
        int payload = superPacket.frame.length - superPacket.payloadStart;
        int count = one ? 1 : Math.ceilDiv(payload, superPacket.segmentBytes);
        send(toKernel, superPacket, frame, one);
        List<byte[]> expected = Ends.receive(kernels, count, 64);
        send(toUs, superPacket, frame, one);
        if (expected.isEmpty()) { // the kernel has its doubts about some chains of IPv6 headers
            Ends.receive(ours, count, 64);
            return;
        }
        List<byte[]> actual = Ends.receive(ours, count, 64);
        assertEquals(
                expected.size(), actual.size(), () -> HexFormat.of().formatHex(frame, 0, superPacket.payloadStart));
        for (int i = 0; i < expected.size(); i++) {
            byte[] packet = actual.get(i);
            byte[] kernelPacket = expected.get(i);
            int checksum = superPacket.transport + tunnel.bytes() + 16;
            if (superPacket.kind != Segmenter.Kind.UDP
                    && SuperPacket.getShort(packet, checksum) == 0xffff
                    && SuperPacket.getShort(kernelPacket, checksum) == 0) {
                SuperPacket.setShort(packet, checksum, 0); // the other zero, which TCP takes for the same
            }
            assertArrayEquals(kernelPacket, packet, "packet " + i + " of " + expected.size());
        }
        compared++;
    }

    private static void send(SuperSender sender, SuperPacket superPacket, byte[] frame, boolean one) {
        int field = superPacket.kind == Segmenter.Kind.UDP ? 6 : 16;
        int kind = switch (superPacket.kind) {
            case TCP_IPV4 -> VirtioHeader.TCP_IPV4;
            case TCP_IPV6 -> VirtioHeader.TCP_IPV6;
            case UDP -> VirtioHeader.UDP_DATAGRAMS;
        };
        sender.send(
                frame,
                one ? VirtioHeader.NOT_SEGMENTED : kind,
                one ? frame.length : superPacket.payloadStart,
                one ? 0 : superPacket.segmentBytes,
                superPacket.transport,
                field);
    }

    private static void setPseudoHeaderSum(byte[] frame, SuperPacket superPacket) {
        byte[] zeroed = frame.clone();
        Arrays.fill(zeroed, superPacket.transport, zeroed.length, (byte) 0);
        int sum = FrameChecks.transportSum(zeroed, superPacket.network, superPacket.transport, zeroed.length);
        SuperPacket.setShort(frame, superPacket.transport + (superPacket.kind == Segmenter.Kind.UDP ? 6 : 16), sum);
    }

    private SuperPacket sendable(Tunnel tunnel, boolean ipv6) {
        while (true) {
            SuperPacket superPacket = SuperPacket.random(random, random.nextInt(4) == 0 ? 60_000 : 4000);
            superPacket.frame[0] = 2;
            int packets = (superPacket.frame.length - superPacket.payloadStart) / superPacket.segmentBytes + 1;
            boolean six = superPacket.frame[superPacket.network] >>> 4 == 6;
            if (six == ipv6
                    && superPacket.checksumStart() >= 0
                    && (tunnel == Tunnel.NONE || superPacket.network == 14)
                    && SuperPacket.getShort(superPacket.frame, 12) != 0x9100 // no VLAN to the kernel
                    && SuperPacket.getShort(superPacket.frame, 16) != 0x9100
                    && superPacket.frame.length > superPacket.payloadStart + superPacket.segmentBytes
                    && packets <= 120) { // of UDP, 128 at most
                if (!six) {
                    setHeaderChecksum(superPacket);
                }
                if (superPacket.kind == Segmenter.Kind.UDP) { // which the kernel reckons with
                    SuperPacket.setShort(
                            superPacket.frame,
                            superPacket.transport + 4,
                            superPacket.frame.length - superPacket.transport);
                }
                return superPacket;
            }
        }
    }

    /** A sender leaves it to nobody. */
    private static void setHeaderChecksum(SuperPacket superPacket) {
        byte[] frame = superPacket.frame;
        int network = superPacket.network;
        SuperPacket.setShort(frame, network + 10, 0);
        int headerBytes = (frame[network] & 15) * 4;
        SuperPacket.setShort(frame, network + 10, ~FrameChecks.sum(frame, network, network + headerBytes, 0));
    }
}
