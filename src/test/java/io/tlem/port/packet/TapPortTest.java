package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.NetworkInterfaces;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import io.tlem.port.Ports;
import io.tlem.port.tap.TapPortProvider;
import io.tlem.port.tap.TunPortProvider;
import io.tlem.testing.Packets;
import io.tlem.testing.Privileged;
import io.tlem.testing.StalledReceiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** The ports on interfaces of their own. The machine's side of a tap is a {@code packet:} port on the same interface. */
class TapPortTest {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name =
            "tl" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36) + "o" + COUNT.getAndIncrement();
    private final Random random = new Random(21);
    private final List<PacketPort> ports = new ArrayList<>();
    private boolean persistent;

    @AfterEach
    void closePorts() {
        for (PacketPort port : ports.reversed()) {
            port.close();
        }
        if (persistent) {
            VethPair.ip("link", "del", name);
        }
        assertFalse(NetworkInterfaces.exists(name));
    }

    private PacketPort open(PortProvider provider, String options) {
        Privileged.root();
        Privileged.tool("ip");
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            Privileged.missing("no /dev/net/tun");
        }
        PortAddress address = PortAddress.parse(provider.kind() + ":" + name + options);
        provider.check(address);
        PacketPort port = provider.open(address);
        ports.add(port);
        return port;
    }

    private PacketPort tap() {
        PacketPort tap = open(new TapPortProvider(), "");
        VethPair.silence(name);
        drain(tap);
        return tap;
    }

    /** What the kernel has sent of its own accord until it was silenced. */
    private static void drain(PacketPort port) {
        while (!Ends.isSilent(port.source().orElseThrow())) {
            // once more
        }
    }

    private PacketPort machine() {
        PacketPort port = new PacketPortProvider().open(PortAddress.parse("packet:" + name));
        ports.add(port);
        return port;
    }

    private byte[] frame(int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        frame[0] = 2;
        SuperPacket.setShort(frame, 12, 0x88b5); // local experimental
        return frame;
    }

    @Test
    void carriesFramesOfEverySizeInOrder() {
        PacketPort tap = tap();
        PacketPort machine = machine();
        assertEquals(1522, tap.sink().orElseThrow().maxPacketBytes());
        List<byte[]> frames = new ArrayList<>();
        for (int length = 14; length <= 1514; length++) {
            frames.add(frame(length));
        }
        for (int from = 0; from < frames.size(); from += 16) {
            List<byte[]> some = frames.subList(from, Math.min(from + 16, frames.size()));
            pass(tap, machine, some);
            pass(machine, tap, some);
        }
        assertClean(tap);
        assertTrue(Ends.isSilent(tap.source().orElseThrow()));
    }

    @Test
    void segmentsThatGoTogetherAreTheSamePackets() throws IOException {
        PacketPort tap = tap();
        PacketPort machine = machine();
        int count = 0;
        for (int i = 0; i < 50; i++) {
            List<byte[]> packets = CoalescerTest.flows(random);
            pass(tap, machine, packets);
            count += packets.size();
        }
        long whole = Long.parseLong(Files.readString(Path.of("/sys/class/net", name, "statistics/rx_packets"))
                .strip());
        assertTrue(whole < count / 2, whole + " received for " + count);
        assertClean(tap);
    }

    /** The same in IP packets without a link's header, in frames of the link with bytes behind them too. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",header=40"})
    void segmentsThatGoTogetherIntoATunAreTheSamePackets(String header) {
        try (TunPair tuns = new TunPair(header)) {
            int trailer = header.isEmpty() ? 0 : 26;
            int count = 0;
            for (int i = 0; i < 50; i++) {
                List<byte[]> frames = new ArrayList<>();
                for (byte[] packet : CoalescerTest.flows(random)) {
                    if (!TunPair.isTagged(packet)) {
                        frames.add(Arrays.copyOf(packet, packet.length + trailer));
                    }
                }
                Ends.send(tuns.from.sink().orElseThrow(), frames);
                PacketPortTest.assertFrames(
                        frames.stream().map(TunPair::expected).toList(),
                        Ends.receive(tuns.to.source().orElseThrow(), frames.size(), 7));
                count += frames.size();
            }
            assertTrue(tuns.written() < count / 2, tuns.written() + " written for " + count);
            assertClean(tuns.from);
        }
    }

    private static void pass(PacketPort from, PacketPort to, List<byte[]> frames) {
        Ends.send(from.sink().orElseThrow(), frames);
        PacketPortTest.assertFrames(frames, Ends.receive(to.source().orElseThrow(), frames.size(), 7));
    }

    private static void assertClean(PacketPort port) {
        assertEquals(0, port.sink().orElseThrow().refusedPackets());
        assertEquals(0, port.source().orElseThrow().missedPackets());
        assertEquals(List.of(), port.takeWarnings(false));
    }

    @Test
    void keepsVlanTagsAndFollowsTheMtu() {
        PacketPort tap = tap();
        PacketPort machine = machine();
        for (int mtu : new int[] {1500, 9000, 1400, 9216}) {
            VethPair.ip("link", "set", name, "mtu", mtu);
            PacketSink sink = tap.sink().orElseThrow();
            long end = System.nanoTime() + 1_000_000_000L;
            while (sink.maxPacketBytes() != mtu + 22) {
                assertTrue(System.nanoTime() < end, sink.maxPacketBytes() + " bytes for an MTU of " + mtu);
            }
            byte[] tagged = frame(mtu + 18);
            SuperPacket.setShort(tagged, 12, 0x8100);
            List<byte[]> frames = List.of(frame(mtu + 14), tagged, frame(60));
            Ends.flush(machine.sink().orElseThrow(), 120_000_000); // that sink looks every 100 ms
            pass(tap, machine, frames);
            for (byte[] frame : frames) { // it makes its ring larger when it is empty
                long limit = System.nanoTime() + 5_000_000_000L;
                while (!Packets.send(machine.sink().orElseThrow(), frame)) {
                    machine.sink().orElseThrow().flush();
                    assertTrue(System.nanoTime() < limit, "no room");
                }
                PacketPortTest.assertFrames(
                        List.of(frame), Ends.receive(tap.source().orElseThrow(), 1, 8));
            }
        }
        assertClean(tap);
    }

    @Test
    void whatTheInterfaceDoesNotTakeIsCounted() {
        PacketPort tap = tap();
        PacketSink sink = tap.sink().orElseThrow();
        PacketPort machine = machine();
        byte[] first = frame(64);
        byte[] last = frame(1514);
        Ends.send(sink, List.of(frame(1515), first, frame(1518), Arrays.copyOf(first, 13), last));
        PacketPortTest.assertFrames(
                List.of(first, last), Ends.receive(machine.source().orElseThrow(), 2, 8));
        assertEquals(3, sink.refusedPackets());
        assertEquals(1515 + 1518 + 13, sink.refusedBytes());
        assertEquals(List.of(PacketPortTest.tooLong(name, 1500, 1515)), tap.takeWarnings(false));
    }

    @Test
    void anInterfaceThatWasDownWorksAgain() {
        PacketPort tap = tap();
        PacketSink sink = tap.sink().orElseThrow();
        PacketPort machine = machine();
        List<byte[]> frames = List.of(frame(100), frame(1000));
        for (int i = 1; i <= 3; i++) {
            pass(tap, machine, frames);
            pass(machine, tap, frames);
            VethPair.down(name);
            Ends.send(sink, frames);
            assertEquals(2L * i, sink.refusedPackets());
            assertEquals(1100L * i, sink.refusedBytes());
            assertTrue(Ends.isSilent(tap.source().orElseThrow()));
            List<String> warnings = tap.takeWarnings(false);
            assertEquals(i == 1 ? 1 : 0, warnings.size(), warnings.toString());
            assertTrue(i > 1 || warnings.get(0).contains("ip link set " + name + " up"), warnings.toString());
            VethPair.up(name);
            drain(tap);
            Ends.receive(machine.source().orElseThrow(), 1, 8); // the note that it was down
        }
    }

    @Test
    void anInterfaceThatIsRenamedGoesOn() {
        PacketPort tap = tap();
        VethPair.ip("link", "set", name, "down");
        VethPair.ip("link", "set", name, "name", name + "n");
        VethPair.ip("link", "set", name + "n", "mtu", 2000);
        VethPair.ip("link", "set", name + "n", "up");
        assertEquals(List.of(), tap.takeWarnings(false));
        PacketSink sink = tap.sink().orElseThrow();
        Ends.flush(sink, 10_000_000);
        assertEquals(2022, sink.maxPacketBytes());
        Ends.send(sink, List.of(frame(2014)));
        assertEquals(0, sink.refusedPackets());
    }

    @Test
    void anInterfaceThatIsRemovedIsAPortFailure() {
        PacketPort tap = tap();
        PacketSource source = tap.source().orElseThrow();
        PacketSink sink = tap.sink().orElseThrow();
        VethPair.ip("link", "del", name);
        PortException received = assertThrows(PortException.class, () -> Ends.receive(source, 1, 8));
        PortException sent = assertThrows(PortException.class, () -> Ends.send(sink, List.of(frame(100), frame(200))));
        for (PortException failure : List.of(received, sent)) {
            assertEquals("tap:" + name + ": the interface has been removed", failure.getMessage());
        }
        assertEquals(2, sink.refusedPackets());
        assertEquals(300, sink.refusedBytes());
        assertEquals(0, source.missedPackets());
        sink.finish();
    }

    @Test
    void whatFindsNoRoomIsCounted() {
        PacketPort tap = tap();
        VethPair.ip("link", "set", name, "txqueuelen", 16);
        PacketPort machine = machine();
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            frames.add(frame(100));
        }
        PacketSink sink = machine.sink().orElseThrow();
        Ends.send(sink, frames);
        sink.finish();
        PacketSource source = tap.source().orElseThrow();
        int received = Ends.receive(source, 1000, 64).size();
        assertTrue(received >= 16 && received < 1000, received + " received");
        assertEquals(1000, received + source.missedPackets() + sink.refusedPackets());
        pass(machine, tap, frames.subList(0, 10));
    }

    @Test
    void noPacketArrivesBeforeItWasSent() {
        PacketPort tap = tap();
        PacketSink sink = machine().sink().orElseThrow();
        AtomicInteger tries = new AtomicInteger(); // fewer than the clock is read, which is for each packet
        new StalledReceiver(packet -> tries.getAndIncrement() % 3 == 0 && Packets.send(sink, packet), 60, 5_000)
                .receiveAll(tap.source().orElseThrow(), 16);
        assertClean(tap);
    }

    @Test
    void whatCameBeforeTheBeginningIsMissed() {
        PacketPort tap = tap();
        PacketPort machine = machine();
        Ends.send(machine.sink().orElseThrow(), List.of(frame(100), frame(100), frame(100)));
        PacketSource source = tap.source().orElseThrow();
        source.begin(System::nanoTime);
        assertEquals(3, source.missedPackets());
        pass(machine, tap, List.of(frame(200)));
    }

    /** Super-packets of every kind, cut exactly as the plain reference does, and checksums finished. */
    @ParameterizedTest
    @ValueSource(ints = {3, 64, 8192})
    void cutsSuperPackets(int batchSize) throws IOException {
        PacketPort tap = tap();
        PacketSource source = tap.source().orElseThrow();
        int count = 0;
        try (SuperSender sender = new SuperSender(name)) {
            for (int i = 0; i < 300; i++) {
                SuperPacket superPacket = PacketPortTest.sendable(random, i % 3 == 0 ? 1000 : 60_000);
                int field = PacketPortTest.checksumField(superPacket);
                List<byte[]> expected = superPacket.packets();
                sender.send(
                        PacketPortTest.withPseudoHeaderSum(superPacket),
                        PacketPortTest.kind(superPacket.kind),
                        superPacket.payloadStart,
                        superPacket.segmentBytes,
                        superPacket.transport,
                        field);
                PacketPortTest.assertFrames(expected, Ends.receive(source, expected.size(), batchSize));
                count += expected.size();
                byte[] partial = PacketPortTest.withPartialChecksum(superPacket);
                sender.send(partial, 0, partial.length, 0, superPacket.transport, field);
                PacketPortTest.assertFrames(expected.subList(0, 1), Ends.receive(source, 1, batchSize));
            }
        }
        long whole = Long.parseLong(Files.readString(Path.of("/sys/class/net", name, "statistics/tx_packets"))
                .strip());
        assertTrue(whole < count / 4, "the kernel cut them: " + whole + " sent for " + count);
        assertClean(tap);
        assertTrue(Ends.isSilent(source));
    }

    /** Headers that lie about their lengths: whatever the kernel lets through is handed out or counted, and nothing else harmed. */
    @Test
    void survivesHostilePackets() {
        PacketPort tap = tap();
        PacketSource source = tap.source().orElseThrow();
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
            try (SuperSender sender = new SuperSender(name)) { // each its own: one that was refused stays in the way
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
        pass(machine(), tap, List.of(frame(100), frame(1514)));
    }

    @Test
    void anInterfaceThatWasThereStays() {
        Privileged.root();
        Privileged.tool("ip");
        VethPair.ip("tuntap", "add", "dev", name, "mode", "tap");
        persistent = true;
        PacketPort tap = open(new TapPortProvider(), "");
        assertTrue(tap.description().contains("was there and stays"), tap.description());
        VethPair.silence(name);
        drain(tap);
        pass(tap, machine(), List.of(frame(100)));
        tap.close();
        assertTrue(NetworkInterfaces.exists(name));
        assertTrue(new TapPortProvider()
                .offers().stream().anyMatch(offer -> offer.address().equals("tap:" + name)));
        assertTrue(new TunPortProvider()
                .offers().stream().noneMatch(offer -> offer.address().equals("tun:" + name)));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new TunPortProvider().check(PortAddress.of("tun", name)))
                .getMessage();
        assertTrue(message.contains("is there already, and no tun interface"), message);
    }

    @Test
    void oneHasItOnly() {
        PacketPort tap = tap();
        assertTrue(tap.description().contains("made, gone at the end"), tap.description());
        PortAddress address = tap.address();
        String message =
                assertThrows(PortException.class, () -> Ports.open(address)).getMessage();
        assertEquals("tap:" + name + ": another program has the interface, such as a second emulator", message);
        pass(tap, machine(), List.of(frame(100)));
        tap.close();
        tap.close();
        assertFalse(NetworkInterfaces.exists(name));
    }

    /** Real UDP of this machine, out and back, at the IP and payload level. */
    @ParameterizedTest
    @CsvSource({"'',14", "',header=14',14", "',header=100',100"})
    void carriesIpOverATun(String options, int headerBytes) throws IOException {
        PacketPort tun = open(new TunPortProvider(), options);
        VethPair.silence(name);
        drain(tun);
        long before = tun.source().orElseThrow().missedPackets();
        VethPair.ip("addr", "add", "198.18.78.1", "peer", "198.18.78.2", "dev", name);
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName("198.18.78.1"), 0));
            socket.configureBlocking(false);
            InetSocketAddress peer = new InetSocketAddress(InetAddress.getByName("198.18.78.2"), 4433);
            for (int length : new int[] {1, 100, 1472}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertEquals(length, socket.send(ByteBuffer.wrap(payload), peer));
                byte[] frame = Ends.receive(tun.source().orElseThrow(), 1, 8).get(0);
                assertEquals(headerBytes + 28 + length, frame.length);
                assertNull(FrameChecks.problem(Arrays.copyOf(frame, 14 + 28 + length), 1514));
                assertArrayEquals(payload, Arrays.copyOfRange(frame, 42, 42 + length));
                byte[] back = frame.clone();
                System.arraycopy(frame, 26, back, 30, 4); // the addresses change sides, the checksums stay
                System.arraycopy(frame, 30, back, 26, 4);
                System.arraycopy(frame, 34, back, 36, 2);
                System.arraycopy(frame, 36, back, 34, 2);
                Ends.send(tun.sink().orElseThrow(), List.of(back));
                ByteBuffer came = ByteBuffer.allocate(2000);
                long end = System.nanoTime() + 2_000_000_000L;
                while (socket.receive(came) == null) {
                    assertTrue(System.nanoTime() < end, "nothing came back");
                }
                assertArrayEquals(payload, Arrays.copyOf(came.array(), came.position()));
            }
        }
        PacketSink sink = tun.sink().orElseThrow();
        assertEquals(0, sink.refusedPackets());
        byte[] long4 = new byte[1600];
        SuperPacket.setShort(long4, 12, 0x0800);
        long4[14] = 0x45;
        SuperPacket.setShort(long4, 16, 1501);
        Ends.send(sink, List.of(frame(100), new byte[20], long4)); // no IP, too short, longer than the MTU
        assertEquals(3, sink.refusedPackets());
        assertEquals(before, tun.source().orElseThrow().missedPackets());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tap: | '' is no name of an interface",
                "tap:a-name-longer-than-any-interface | is no name of an interface",
                "tap:a/b | is no name",
                "tap:a%d | is no name",
                "'tap:a b' | is no name",
                "tap:.. | is no name",
                "tap:lo | lo is there already, and no tap interface",
                "tun:lo | lo is there already, and no tun interface",
                "tap:tltap,colour=red | unknown option 'colour'; this kind takes none",
                "tun:tltun,colour=red | unknown option 'colour'; known: header",
                "tun:tltun,header=13 | header=13 is not a number from 14 to 256",
                "tun:tltun,header=257 | header=257",
                "tun:tltun,header=x | header=x",
            })
    void refusesInOneLine(String address, String part) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Ports.resolve(PortAddress.parse(address), Optional.empty()))
                .getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.startsWith("port t"), message);
        assertEquals(1, message.lines().count());
    }
}
