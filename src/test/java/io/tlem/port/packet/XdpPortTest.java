package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.Ports;
import io.tlem.port.xdp.XdpPortProvider;
import io.tlem.testing.Await;
import io.tlem.testing.Packets;
import io.tlem.testing.StalledReceiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports through AF_XDP, on one end of a veth pair, whose other end is a {@code packet:} port or another such port. */
class XdpPortTest {
    private final Random random = new Random(26);
    private final List<PacketPort> ports = new ArrayList<>();
    private VethPair veth;

    @AfterEach
    void closePorts() {
        ports.reversed().forEach(PacketPort::close);
        if (veth != null) {
            veth.close();
        }
    }

    private PacketPort xdp(String options) {
        if (veth == null) {
            veth = new VethPair(1500);
            VethPair.awaitCarrier(veth.a, veth.b);
        }
        return xdp(veth.a, options);
    }

    private PacketPort xdp(String name, String options) {
        XdpPortProvider provider = new XdpPortProvider();
        PortAddress address = PortAddress.parse("xdp:" + name + options);
        provider.check(address);
        PacketPort port = provider.open(address);
        ports.add(port);
        return port;
    }

    private PacketPort other() {
        return veth.open(veth.b, "");
    }

    private boolean hasProgram() {
        return VethPair.ip("-d", "link", "show", veth.a).contains("xdp");
    }

    private byte[] frame(int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        frame[0] = 2;
        SuperPacket.setShort(frame, 12, 0x88b5); // local experimental
        return frame;
    }

    private static void pass(PacketPort from, PacketPort to, List<byte[]> frames) {
        Ends.send(from.sink().orElseThrow(), frames);
        PacketPortTest.assertFrames(frames, Ends.receive(to.source().orElseThrow(), frames.size(), 7));
    }

    private static void assertClean(PacketPort port) {
        assertEquals(0, port.sink().orElseThrow().refusedPackets());
        assertEquals(0, port.source().orElseThrow().missedPackets());
        assertTrue(
                port.takeWarnings(false).stream().allMatch(warning -> warning.contains("txvlan off")),
                "something else than what is known of veth");
    }

    @ParameterizedTest
    @CsvSource({"'', copy mode", "',mode=copy', copy mode", "',mode=skb,queue=0', skb mode"})
    void carriesFramesOfEverySizeInOrder(String options, String mode) {
        PacketPort xdp = xdp(options);
        assertTrue(xdp.description().contains(", " + mode + ", "), xdp.description());
        assertTrue(hasProgram());
        PacketPort other = other();
        assertEquals(1522, xdp.sink().orElseThrow().maxPacketBytes());
        List<byte[]> frames = new ArrayList<>();
        for (int length = 14; length <= 1514; length++) {
            frames.add(frame(length));
        }
        for (int from = 0; from < frames.size(); from += 16) {
            List<byte[]> some = frames.subList(from, Math.min(from + 16, frames.size()));
            pass(xdp, other, some);
            pass(other, xdp, some);
        }
        assertClean(xdp);
        assertTrue(Ends.isSilent(xdp.source().orElseThrow()));
        xdp.close();
        assertFalse(hasProgram(), "the program is still there");
    }

    /** In one of the kernel's frames or in several, and more of them than there are places to join them in. */
    @ParameterizedTest
    @CsvSource({"'', copy mode, 9000", "',mode=skb,queue=0', skb mode, 9000", "'', copy mode, 60000"})
    void carriesJumboFrames(String options, String mode, int mtu) {
        veth = new VethPair(mtu);
        VethPair.awaitCarrier(veth.a, veth.b);
        PacketPort xdp = xdp(options);
        assertTrue(xdp.description().contains(", " + mode + ", "), xdp.description());
        PacketPort other = other();
        int[] lengths = {14, 60, 1514, 3840, 3841, 4096, 4097, 7680, 8192, 8193, mtu + 13, mtu + 14};
        for (int round = 0; round < 12; round++) {
            List<byte[]> frames = new ArrayList<>();
            for (int length : lengths) {
                frames.add(frame(length));
            }
            pass(xdp, other, frames);
            pass(other, xdp, frames);
        }
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            many.add(frame(8000));
        }
        Ends.send(other.sink().orElseThrow(), many);
        PacketPortTest.assertFrames(many, Ends.receive(xdp.source().orElseThrow(), many.size(), 128));
        Ends.send(xdp.sink().orElseThrow(), List.of(frame(mtu + 15), many.getFirst()));
        PacketPortTest.assertFrames(
                many.subList(0, 1), Ends.receive(other.source().orElseThrow(), 1, 8));
        assertEquals(1, xdp.sink().orElseThrow().refusedPackets());
        assertEquals(0, xdp.source().orElseThrow().missedPackets());
    }

    /** More than there are frames, so that all come back. */
    @Test
    void twoPortsPassToEachOther() {
        PacketPort a = xdp("");
        PacketPort b = xdp(veth.b, "");
        for (int i = 0; i < 100; i++) {
            List<byte[]> frames = new ArrayList<>();
            for (int k = 0; k < 32; k++) {
                frames.add(frame(60 + random.nextInt(1400)));
            }
            pass(a, b, frames);
            pass(b, a, frames);
        }
        assertClean(a);
        assertClean(b);
    }

    @Test
    void allQueuesAreReceived() {
        veth = new VethPair(1500);
        VethPair.ip("link", "del", veth.a);
        VethPair.ip(
                "link",
                "add",
                veth.a,
                "numrxqueues",
                4,
                "numtxqueues",
                4,
                "type",
                "veth",
                "peer",
                "name",
                veth.b,
                "numrxqueues",
                4,
                "numtxqueues",
                4);
        for (String end : List.of(veth.a, veth.b)) {
            VethPair.silence(end);
            VethPair.run(List.of("ethtool", "-L", end, "rx", "4", "tx", "4"));
            VethPair.up(end);
        }
        VethPair.awaitCarrier(veth.a, veth.b);
        PacketPort xdp = xdp("");
        assertTrue(xdp.description().contains("4 of 4 queues"), xdp.description());
        PacketPort[] others = new PacketPort[4]; // a socket sends into the queue of its own number
        List<byte[]> frames = List.of(frame(60), frame(900), frame(1514));
        for (int queue = 0; queue < others.length; queue++) {
            others[queue] = xdp(veth.b, ",queue=" + queue);
            pass(others[queue], xdp, frames);
            others[queue].close();
        }
        assertClean(xdp);
        xdp.close();
        PacketPort one = xdp(veth.a, ",queue=2");
        assertTrue(one.description().contains("queue 2"), one.description());
        PacketPort into = xdp(veth.b, ",queue=2");
        pass(into, one, frames);
        into.close();
        into = xdp(veth.b, ",queue=1");
        Ends.send(into.sink().orElseThrow(), frames); // the machine's
        assertTrue(Ends.isSilent(one.source().orElseThrow()));
        assertClean(one);
    }

    @Test
    void followsTheMtu() {
        PacketPort xdp = xdp("");
        PacketPort other = other();
        PacketSink sink = xdp.sink().orElseThrow();
        for (int mtu : new int[] {1500, 3000, 1400}) {
            VethPair.ip("link", "set", veth.a, "mtu", mtu);
            VethPair.ip("link", "set", veth.b, "mtu", mtu);
            long end = System.nanoTime() + 1_000_000_000L;
            while (sink.maxPacketBytes() != mtu + 22) {
                assertTrue(System.nanoTime() < end, sink.maxPacketBytes() + " bytes for an MTU of " + mtu);
            }
            byte[] tagged = frame(mtu + 18);
            SuperPacket.setShort(tagged, 12, 0x8100);
            pass(xdp, other, List.of(frame(mtu + 14), tagged, frame(60)));
        }
        assertClean(xdp);
    }

    @Test
    void whatTheInterfaceDoesNotTakeIsCounted() {
        PacketPort xdp = xdp("");
        PacketSink sink = xdp.sink().orElseThrow();
        PacketPort other = other();
        byte[] first = frame(64);
        byte[] last = frame(1514);
        for (int i = 1; i <= 3; i++) {
            Ends.send(sink, List.of(frame(1515), first, frame(1518), Arrays.copyOf(first, 13), last));
            PacketPortTest.assertFrames(
                    List.of(first, last), Ends.receive(other.source().orElseThrow(), 2, 8));
            assertEquals(3L * i, sink.refusedPackets());
            assertEquals((1515L + 1518 + 13) * i, sink.refusedBytes());
        }
        List<String> warnings = xdp.takeWarnings(false);
        assertTrue(warnings.contains(PacketPortTest.tooLong(veth.a, 1500, 1515)), warnings.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterfaceThatWasDownWorksAgain(boolean own) {
        PacketPort xdp = xdp("");
        PacketSink sink = xdp.sink().orElseThrow();
        PacketPort other = other();
        List<byte[]> frames = List.of(frame(100), frame(1000), frame(300));
        String name = own ? veth.a : veth.b;
        for (int i = 1; i <= 2; i++) {
            pass(xdp, other, frames);
            pass(other, xdp, frames);
            VethPair.down(name);
            for (int k = 0; k < 1000; k++) { // more than there are frames
                Ends.send(sink, frames);
            }
            sink.flush();
            assertEquals(3000L * i, sink.refusedPackets());
            assertEquals(1_400_000L * i, sink.refusedBytes());
            assertFalse(sink.hasPending());
            assertTrue(Ends.isSilent(xdp.source().orElseThrow()));
            if (own && i == 1) {
                String warnings = xdp.takeWarnings(false).toString();
                assertTrue(warnings.contains("ip link set " + name + " up"), warnings);
            }
            VethPair.up(name);
            VethPair.awaitCarrier(veth.a, veth.b);
            Ends.receive(other.source().orElseThrow(), 1, 8); // the note that it was down
        }
    }

    @Test
    void anInterfaceThatIsRemovedIsAPortFailure() {
        PacketPort xdp = xdp("");
        PacketSource source = xdp.source().orElseThrow();
        PacketSink sink = xdp.sink().orElseThrow();
        VethPair.ip("link", "del", veth.a);
        PortException received = assertThrows(PortException.class, () -> Ends.receive(source, 1, 8));
        PortException sent = assertThrows(PortException.class, () -> Ends.send(sink, List.of(frame(100), frame(200))));
        for (PortException failure : List.of(received, sent)) {
            assertEquals("xdp:" + veth.a + ": the interface has been removed", failure.getMessage());
        }
        assertEquals(2, sink.refusedPackets());
        assertEquals(300, sink.refusedBytes());
        assertEquals(0, source.missedPackets());
        sink.finish();
    }

    @Test
    void whatFindsNoRoomIsCounted() {
        PacketPort xdp = xdp("");
        PacketPort other = other();
        PacketSource source = xdp.source().orElseThrow();
        int sent = 5000;
        for (int i = 0; i < sent; i += 50) {
            List<byte[]> frames = new ArrayList<>();
            for (int k = 0; k < 50; k++) {
                frames.add(frame(100));
            }
            Ends.send(other.sink().orElseThrow(), frames);
            Ends.flush(other.sink().orElseThrow(), 200_000); // the pair's own queue holds 256
        }
        int received = Ends.receive(source, sent, 64).size();
        assertEquals(2048, received);
        assertEquals(sent, received + source.missedPackets());
        pass(other, xdp, List.of(frame(100)));
    }

    @Test
    void whatCameBeforeTheBeginningIsMissed() {
        PacketPort xdp = xdp("");
        PacketPort other = other();
        Ends.send(other.sink().orElseThrow(), List.of(frame(100), frame(100), frame(100)));
        PacketSource source = xdp.source().orElseThrow();
        long end = System.nanoTime() + 5_000_000_000L;
        do {
            source.await(1_000_000);
            source.begin(System::nanoTime);
        } while (source.missedPackets() < 3 && System.nanoTime() < end);
        assertEquals(3, source.missedPackets());
        pass(other, xdp, List.of(frame(200)));
    }

    @Test
    void noPacketArrivesBeforeItWasSent() {
        PacketPort xdp = xdp("");
        PacketSink sink = other().sink().orElseThrow();
        AtomicInteger tries = new AtomicInteger(); // fewer than the clock is read
        new StalledReceiver(packet -> tries.getAndIncrement() % 3 == 0 && Packets.send(sink, packet), 60, 5_000)
                .receiveAll(xdp.source().orElseThrow(), 16);
        assertClean(xdp);
    }

    @Test
    void aPacketWakesWhoWaits() throws InterruptedException {
        PacketPort xdp = xdp("");
        PacketPort other = other();
        PacketSource source = xdp.source().orElseThrow();
        Thread sender = Thread.ofPlatform().start(() -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 1_000_000) {
                Thread.onSpinWait();
            }
            Ends.send(other.sink().orElseThrow(), List.of(frame(99)));
        });
        long end = System.nanoTime() + 5_000_000_000L;
        List<byte[]> frames = List.of();
        while (frames.isEmpty()) {
            assertTrue(System.nanoTime() < end, "nothing came");
            assertTrue(source.await(5_000_000_000L));
            frames = Packets.receive(source);
        }
        assertEquals(99, frames.get(0).length);
        assertTrue(sender.join(java.time.Duration.ofSeconds(5)));
    }

    /** Checksums are finished; super-packets are cut by the kernel before the program, as the interface has said it must. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",mode=skb"})
    void finishesWhatASenderLeaves(String options) {
        PacketPort xdp = xdp(options);
        PacketSource source = xdp.source().orElseThrow();
        try (SuperSender sender = new SuperSender(veth.b)) {
            for (int i = 0; i < 150; i++) {
                SuperPacket superPacket = PacketPortTest.sendable(random, 1000);
                int field = PacketPortTest.checksumField(superPacket);
                List<byte[]> expected = superPacket.packets();
                byte[] partial = PacketPortTest.withPartialChecksum(superPacket);
                sender.send(partial, 0, partial.length, 0, superPacket.transport, field);
                PacketPortTest.assertFrames(expected.subList(0, 1), Ends.receive(source, 1, 64));
                byte[] finished = expected.get(0);
                sender.send(finished, 0, finished.length, 0, -1, 0);
                PacketPortTest.assertFrames(List.of(finished), Ends.receive(source, 1, 64));
            }
        }
        assertClean(xdp);
        assertTrue(Ends.isSilent(source));
    }

    /** The program has told the peer to cut them. Only in skb mode they come whole. */
    @ParameterizedTest
    @CsvSource({"'', false", "',mode=skb', true"})
    void superPackets(String options, boolean whole) {
        PacketPort xdp = xdp(options);
        PacketSource source = xdp.source().orElseThrow();
        int missed = 0;
        try (SuperSender sender = new SuperSender(veth.b)) {
            for (int i = 0; i < 60; i++) {
                SuperPacket superPacket = PacketPortTest.sendable(random, 10_000);
                if (superPacket.kind == Segmenter.Kind.UDP) { // the kernel believes its length
                    int bytes = superPacket.frame.length - superPacket.transport;
                    SuperPacket.setShort(superPacket.frame, superPacket.transport + 4, bytes);
                }
                boolean tooLong = superPacket.frame.length > 1522;
                if (whole && !tooLong) {
                    continue;
                }
                sender.send(
                        PacketPortTest.withPseudoHeaderSum(superPacket),
                        PacketPortTest.kind(superPacket.kind),
                        superPacket.payloadStart,
                        superPacket.segmentBytes,
                        superPacket.transport,
                        PacketPortTest.checksumField(superPacket));
                if (whole) {
                    missed++;
                } else {
                    List<byte[]> expected = superPacket.packets();
                    PacketPortTest.assertFrames(expected, Ends.receive(source, expected.size(), 64));
                }
            }
        }
        assertTrue(Ends.isSilent(source));
        assertEquals(missed, source.missedPackets());
        String warnings = xdp.takeWarnings(false).toString();
        assertEquals(whole, warnings.contains("ethtool -K IF tso off gso off"), warnings);
        pass(other(), xdp, List.of(frame(1514)));
    }

    @Test
    void aSecondEmulatorIsRefused() {
        xdp("");
        for (String options : List.of("", ",queue=0", ",mode=skb", ",mode=zerocopy")) {
            String message = assertThrows(PortException.class, () -> xdp(veth.a, options))
                    .getMessage();
            assertEquals(
                    "xdp:" + veth.a + options + ": the interface has an XDP program already, such as a second"
                            + " emulator's: ip -d link show " + veth.a,
                    message);
        }
    }

    @Test
    void oneFollowsTheOther() {
        for (int i = 0; i < 5; i++) {
            PacketPort xdp = xdp("");
            PacketPort other = other();
            pass(other, xdp, List.of(frame(100)));
            pass(xdp, other, List.of(frame(100)));
            other.close();
            xdp.close();
        }
    }

    @Test
    void saysWhatAnInterfaceCannot() {
        veth = new VethPair(1500);
        String none = assertThrows(PortException.class, () -> xdp(veth.a, ",mode=zerocopy"))
                .getMessage();
        assertTrue(none.contains("the driver cannot do without copying, mode=copy: "), none);
        assertFalse(hasProgram());
        String queue = assertThrows(IllegalArgumentException.class, () -> xdp(veth.a, ",queue=7"))
                .getMessage();
        assertTrue(queue.endsWith(": there is no queue 7, only 0 to 0"), queue);
    }

    /** What a port does in several frames is settled when it is opened. */
    @Test
    void jumboFramesOfAnMtuThatIsRaisedAreMissed() {
        PacketPort xdp = xdp(",mode=skb");
        VethPair.ip("link", "set", veth.a, "mtu", 9000);
        VethPair.ip("link", "set", veth.b, "mtu", 9000);
        PacketSink sink = xdp.sink().orElseThrow();
        Await.until("the new MTU", Duration.ofSeconds(5), () -> sink.maxPacketBytes() == 4096);
        PacketPort other = other();
        Ends.send(other.sink().orElseThrow(), List.of(frame(3841), frame(9014)));
        pass(other, xdp, List.of(frame(3840)));
        assertEquals(2, xdp.source().orElseThrow().missedPackets());
    }

    /** Headers that lie about their lengths: whatever the kernel lets through is handed out or counted, and nothing else harmed. */
    @Test
    void survivesHostilePackets() {
        PacketPort xdp = xdp("");
        PacketSource source = xdp.source().orElseThrow();
        int sent = 0;
        int tries = Integer.getInteger("tlem.hostile.packets", 250);
        for (int i = 0; i < tries; i++) {
            SuperPacket superPacket = PacketPortTest.sendable(random, 5000);
            byte[] frame = PacketPortTest.withPseudoHeaderSum(superPacket);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                frame[12 + random.nextInt(superPacket.payloadStart - 12)] = (byte) random.nextInt();
            }
            int length = random.nextInt(4) > 0 ? frame.length : superPacket.network + 1 + random.nextInt(60);
            byte[] cut = Arrays.copyOf(frame, Math.min(length, frame.length));
            boolean whole = random.nextBoolean();
            try (SuperSender sender = new SuperSender(veth.b)) { // each its own: one that was refused stays in the way
                sender.send(
                        cut,
                        whole ? 0 : PacketPortTest.kind(superPacket.kind),
                        Math.min(superPacket.payloadStart, cut.length),
                        whole ? 0 : 1 + random.nextInt(2000),
                        random.nextInt(3) > 0 ? superPacket.transport : random.nextInt(cut.length),
                        random.nextInt(3) > 0 ? PacketPortTest.checksumField(superPacket) : random.nextInt(40));
                sent++;
            } catch (AssertionError refused) {
                // The kernel has its own doubts about some.
            }
            for (byte[] packet : Packets.receive(source)) {
                assertTrue(packet.length >= 14 && packet.length <= source.maxPacketBytes(), packet.length + " bytes");
            }
        }
        assertTrue(sent > tries / 6, sent + " taken by the kernel");
        while (!Packets.receive(source).isEmpty()) {
            // what is still there
        }
        pass(other(), xdp, List.of(frame(100), frame(1514)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "xdp: | no such interface",
                "xdp:nosuch0 | no such interface; there are: ",
                "xdp:lo,queue=x | queue=x is neither a queue's number nor all",
                "xdp:lo,queue=-1 | queue=-1",
                "xdp:lo,queue=10000 | queue=10000",
                "xdp:lo,queue=99 | there is no queue 99, only 0 to ",
                "xdp:lo,mode=fast | mode=fast is none of zerocopy, copy and skb",
                "xdp:lo,colour=red | unknown option 'colour'; known: mode, queue",
            })
    void refusesInOneLine(String address, String part) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Ports.resolve(PortAddress.parse(address), Optional.empty()))
                .getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.startsWith("port xdp:"), message);
        assertEquals(1, message.lines().count());
    }
}
