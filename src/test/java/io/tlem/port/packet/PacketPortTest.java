package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.Packets;
import io.tlem.testing.Privileged;
import io.tlem.testing.StalledReceiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The port on real interfaces: a veth pair with its default offloads. */
class PacketPortTest {
    private VethPair veth;
    private final Random random = new Random(20);

    @AfterEach
    void removeInterfaces() {
        if (veth != null) {
            veth.close();
        }
    }

    private PacketPort a(String options) {
        return veth.open(veth.a, options);
    }

    private PacketPort b(String options) {
        return veth.open(veth.b, options);
    }

    /** A frame to nobody here, of no protocol that anybody here knows. */
    private byte[] frame(int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        if (length >= 14) {
            frame[0] = 2;
            SuperPacket.setShort(frame, 12, 0x88b5); // local experimental
        }
        return frame;
    }

    static void assertFrames(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "frame " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",rx-slots=32,tx-slots=32", ",qdisc-bypass=on", ",timestamp=user"})
    void carriesFramesOfEverySizeInOrder(String options) {
        veth = new VethPair(1500);
        PacketSink sink = a(options).sink().orElseThrow();
        PacketSource source = b(options).source().orElseThrow();
        assertEquals(1522, sink.maxPacketBytes());
        List<byte[]> frames = new ArrayList<>();
        for (int length = 14; length <= 1514; length++) {
            frames.add(frame(length));
        }
        for (int from = 0; from < frames.size(); from += 16) {
            List<byte[]> some = frames.subList(from, Math.min(from + 16, frames.size()));
            Ends.send(sink, some);
            assertFrames(some, Ends.receive(source, some.size(), 7));
        }
        assertEquals(0, sink.refusedPackets());
        assertEquals(0, source.missedPackets());
        assertTrue(Ends.isSilent(source));
    }

    /** A link with little room in its buffer makes its batches smaller. */
    @Test
    void handsOutNoMoreThanTheBatchHolds() {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            frames.add(frame(60 + i));
        }
        Ends.send(sink, frames);
        PacketBatch batch = new PacketBatch(64);
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 1000 && lengths.size() < 20; i++) {
            batch.setCapacity(i % 4);
            int count = source.receive(batch, System::nanoTime);
            assertTrue(count <= batch.capacity(), count + " of " + batch.capacity());
            for (int k = 0; k < count; k++) {
                lengths.add(batch.length[k]);
            }
            source.release();
        }
        assertEquals(frames.stream().map(frame -> frame.length).toList(), lengths);
    }

    /** Whoever waits in the port is woken by a packet, and by the time. */
    @Test
    void canBeWaitedFor() throws Exception {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        assertTrue(source.await(2_000_000));
        long start = System.nanoTime();
        FutureTask<Long> waiting = new FutureTask<>(() -> {
            assertTrue(source.await(20_000_000_000L));
            return System.nanoTime();
        });
        Thread.ofPlatform().start(waiting);
        Ends.send(sink, List.of(frame(60)));
        assertTrue(waiting.get() - start < 10_000_000_000L);
        assertEquals(1, Ends.receive(source, 1, 64).size());
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 9000, 65535})
    void carriesFramesOfOtherMtus(int mtu) {
        veth = new VethPair(mtu);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        int longest = Math.min(mtu + 14, 65535);
        List<byte[]> frames =
                List.of(frame(longest), frame(60), frame(longest - 1), frame(longest / 2), frame(longest));
        Ends.send(sink, frames);
        assertFrames(frames, Ends.receive(source, frames.size(), 2));
        assertEquals(0, sink.refusedPackets());
        assertEquals(0, source.missedPackets());
    }

    @Test
    void restoresVlanTags() {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        List<byte[]> frames = new ArrayList<>();
        for (int length : new int[] {60, 1000, 1518}) {
            for (int type : new int[] {0x8100, 0x88a8}) {
                for (int tag : new int[] {0, 1, 0x0fff, 0xe02a}) {
                    byte[] frame = frame(length);
                    SuperPacket.setShort(frame, 12, type);
                    SuperPacket.setShort(frame, 14, tag);
                    SuperPacket.setShort(frame, 16, tag == 1 ? 0x8100 : 0x88b5); // sometimes one more behind it
                    frames.add(frame);
                }
            }
        }
        Ends.send(sink, frames);
        assertFrames(frames, Ends.receive(source, frames.size(), 64));
        assertEquals(0, sink.refusedPackets());
    }

    @Test
    void ownOutputIsNotReceived() {
        veth = new VethPair(1500);
        PacketPort port = a("");
        Ends.send(port.sink().orElseThrow(), List.of(frame(100), frame(1000)));
        assertTrue(Ends.isSilent(port.source().orElseThrow()));
        assertEquals(0, port.source().orElseThrow().missedPackets());
    }

    @Test
    void isPromiscuousWhileOpen() {
        veth = new VethPair(1500);
        PacketPort port = a("");
        assertTrue(VethPair.ip("-d", "link", "show", veth.a).contains("promiscuity 1"));
        port.close();
        port.close();
        assertTrue(VethPair.ip("-d", "link", "show", veth.a).contains("promiscuity 0"));
    }

    @Test
    void packetsTheInterfaceCannotSendAreCountedAndDoNotBlock() {
        veth = new VethPair(1500);
        PacketPort port = a("");
        PacketSink sink = port.sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        byte[] tagged = frame(1519);
        SuperPacket.setShort(tagged, 12, 0x8100);
        byte[] first = frame(64);
        byte[] last = frame(1514);
        Ends.send(sink, List.of(frame(1515), first, frame(13), frame(1518), tagged, frame(0), last));
        assertFrames(List.of(first, last), Ends.receive(source, 2, 8));
        assertEquals(5, sink.refusedPackets());
        assertEquals(List.of(tooLong(veth.a, 1500, 1515)), port.takeWarnings(false));

        VethPair.ip("link", "set", veth.a, "mtu", 1000);
        Ends.flush(sink, 150_000_000);
        Ends.send(sink, List.of(frame(1015), first, frame(1514)));
        assertFrames(List.of(first), Ends.receive(source, 1, 8));
        assertEquals(7, sink.refusedPackets());
    }

    /** Once, and of the first. */
    static String tooLong(String name, int mtu, int bytes) {
        return name + ": packets longer than its MTU of " + mtu + " lets through are dropped (reason port); for one of "
                + bytes + " B: ip link set " + name + " mtu " + (bytes - 14);
    }

    private byte[] twiceTagged(int length) {
        byte[] frame = frame(length);
        SuperPacket.setShort(frame, 12, 0x88a8);
        SuperPacket.setShort(frame, 16, 0x8100);
        SuperPacket.setShort(frame, 20, 0x88b5);
        return frame;
    }

    /** A veth pair takes one tag more than the MTU of the receiving end. */
    @Test
    void twoTagsPassWhereTheDeviceTakesThemAndElseTheMtuIsNamed() {
        veth = new VethPair(1500);
        PacketPort a = a("");
        PacketSink sink = a.sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        byte[] last = frame(100);
        Ends.send(sink, List.of(twiceTagged(1522), twiceTagged(1522), last));
        Ends.flush(sink, 50_000_000);
        assertFrames(List.of(last), Ends.receive(source, 1, 8));
        assertEquals(2, sink.refusedPackets());
        List<String> warnings = a.takeWarnings(false);
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("ip link set " + veth.a + " mtu 1504"), warnings.get(0));

        VethPair.ip("link", "set", veth.b, "mtu", 1504);
        List<byte[]> frames = List.of(twiceTagged(1522), twiceTagged(1521), last);
        Ends.send(sink, frames);
        assertFrames(frames, Ends.receive(source, 3, 8));
        Ends.send(sink, List.of(twiceTagged(1523)));
        assertEquals(3, sink.refusedPackets());
    }

    /** Both directions, with packets of the old size before, between and behind. */
    @Test
    void followsTheMtu() {
        veth = new VethPair(1500);
        PacketPort a = a("");
        PacketPort b = b(",rx-slots=32,tx-slots=32");
        for (int mtu : new int[] {1500, 9000, 9216, 2000, 9000}) {
            VethPair.ip("link", "set", veth.a, "mtu", mtu);
            VethPair.ip("link", "set", veth.b, "mtu", mtu);
            Ends.flush(a.sink().orElseThrow(), 150_000_000); // the sinks look every 100 ms
            exchange(a.sink().orElseThrow(), b.source().orElseThrow(), mtu);
            exchange(b.sink().orElseThrow(), a.source().orElseThrow(), mtu);
        }
        for (PacketPort port : List.of(a, b)) {
            assertEquals(0, port.source().orElseThrow().missedPackets());
            assertEquals(0, port.sink().orElseThrow().refusedPackets());
            assertEquals(List.of(), port.takeWarnings(false));
        }
    }

    private void exchange(PacketSink sink, PacketSource source, int mtu) {
        assertEquals(mtu + 22, sink.maxPacketBytes());
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            frames.add(frame(i % 3 == 0 ? mtu + 14 : 60 + random.nextInt(mtu - 60)));
        }
        for (byte[] frame : frames) {
            long end = System.nanoTime() + 5_000_000_000L;
            while (!Packets.send(sink, frame)) {
                sink.flush();
                assertTrue(System.nanoTime() < end, "no room");
            }
            assertFrames(List.of(frame), Ends.receive(source, 1, 8));
        }
    }

    @Test
    void packetsTheOtherEndRefusesDoNotBlock() {
        veth = new VethPair(1500);
        VethPair.ip("link", "set", veth.b, "mtu", 1000);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        List<byte[]> frames = new ArrayList<>();
        List<byte[]> passing = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] frame = frame(i % 2 == 0 ? 1200 : 500);
            frames.add(frame);
            if (i % 2 != 0) {
                passing.add(frame);
            }
        }
        long start = System.nanoTime();
        Ends.send(sink, frames);
        Ends.flush(sink, 100_000_000);
        assertFrames(passing, Ends.receive(source, passing.size(), 64));
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis < 500, millis + " ms");
        assertEquals(100, sink.refusedPackets());
        assertEquals(100 * 1200, sink.refusedBytes());
    }

    @Test
    void anInterfaceThatWasDownWorksAgain() {
        veth = new VethPair(1500);
        VethPair.down(veth.a);
        PacketPort a = a("");
        PacketPort b = b("");
        List<String> warnings = a.takeWarnings(false);
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("is down"), warnings.get(0));
        PacketSink sink = a.sink().orElseThrow();
        PacketSource source = a.source().orElseThrow();
        Ends.send(sink, List.of(frame(100), frame(200), frame(300)));
        assertEquals(3, sink.refusedPackets());
        assertEquals(600, sink.refusedBytes());
        assertTrue(Ends.isSilent(source));
        for (int i = 1; i <= 3; i++) {
            VethPair.up(veth.a);
            List<byte[]> frames = List.of(frame(100), frame(1000));
            VethPair.awaitCarrier(veth.a, veth.b);
            Ends.send(sink, frames);
            assertFrames(frames, Ends.receive(b.source().orElseThrow(), 2, 8));
            Ends.send(b.sink().orElseThrow(), frames);
            assertFrames(frames, Ends.receive(source, 2, 8));
            VethPair.down(veth.a);
            Ends.send(sink, List.of(frame(100)));
            assertEquals(3 + i, sink.refusedPackets());
            assertEquals(600 + 100 * i, sink.refusedBytes());
            assertTrue(Ends.isSilent(source));
        }
    }

    @Test
    void whatIsNotSentAtTheEndIsRefused() {
        veth = new VethPair(1500);
        VethPair.ip("link", "set", veth.b, "mtu", 1000);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        Ends.send(sink, List.of(frame(1200), frame(1300)));
        sink.finish();
        assertEquals(2, sink.refusedPackets());
        byte[] last = frame(100);
        Ends.send(sink, List.of(last));
        assertFrames(List.of(last), Ends.receive(source, 1, 8));
        sink.finish();
        assertEquals(2, sink.refusedPackets());
        assertEquals(2500, sink.refusedBytes());
    }

    @Test
    void anInterfaceThatIsRemovedIsAPortFailure() {
        veth = new VethPair(1500);
        PacketPort port = a("");
        PacketSource source = port.source().orElseThrow();
        PacketSink sink = port.sink().orElseThrow();
        VethPair.ip("link", "del", veth.a);
        PortException received = assertThrows(PortException.class, () -> Ends.receive(source, 1, 8));
        PortException sent = assertThrows(PortException.class, () -> Ends.send(sink, List.of(frame(100))));
        for (PortException failure : List.of(received, sent)) {
            assertEquals("packet:" + veth.a + ": the interface has been removed", failure.getMessage());
        }
        assertEquals(1, sink.refusedPackets());
        sink.finish();
        assertEquals(1, sink.refusedPackets());
    }

    @Test
    void whatFindsNoRoomIsCounted() {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b(",rx-slots=16").source().orElseThrow();
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            frames.add(frame(100));
        }
        Ends.send(sink, frames);
        int received = Ends.receive(source, 1000, 64).size();
        assertTrue(received >= 16, received + " received");
        assertEquals(1000, received + source.missedPackets());
        List<byte[]> later = frames.subList(0, 10);
        Ends.send(sink, later);
        assertFrames(later, Ends.receive(source, 10, 64));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",timestamp=user"})
    void noPacketArrivesBeforeItWasSent(String options) {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b(options).source().orElseThrow();
        new StalledReceiver(packet -> Packets.send(sink, packet), 60, 5_000).receiveAll(source, 16);
        assertEquals(0, source.missedPackets());
    }

    @Test
    void whatCameBeforeTheBeginningIsMissed() {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource source = b(",rx-slots=64").source().orElseThrow();
        Ends.send(
                sink,
                java.util.stream.Stream.generate(() -> frame(100)).limit(100).toList());
        Ends.flush(sink, 10_000_000);
        source.begin(System::nanoTime);
        assertEquals(100, source.missedPackets());
        List<byte[]> after = List.of(frame(200));
        Ends.send(sink, after);
        assertFrames(after, Ends.receive(source, 1, 8));
    }

    /** A thread may look less often at a ring only if it holds what comes in between. */
    @Test
    void smallRingsKeepNoArrivalTimes() {
        veth = new VethPair(1500);
        assertTrue(a("").source().orElseThrow().keepsArrivalTimes());
        assertFalse(b(",rx-slots=16").source().orElseThrow().keepsArrivalTimes());
        assertFalse(b(",timestamp=user").source().orElseThrow().keepsArrivalTimes());
    }

    @Test
    void arrivalIsWhenTheKernelReceived() throws InterruptedException {
        veth = new VethPair(1500);
        PacketSink sink = a("").sink().orElseThrow();
        PacketSource kernel = b("").source().orElseThrow();
        PacketSource user = b(",timestamp=user").source().orElseThrow();
        PacketBatch batch = new PacketBatch(4);
        assertEquals(0, kernel.receive(batch, System::nanoTime));
        long before = System.nanoTime();
        Ends.send(sink, List.of(frame(100)));
        long after = System.nanoTime();
        Thread.sleep(60);
        long now = System.nanoTime();
        assertEquals(1, kernel.receive(batch, System::nanoTime));
        long slack = 2_000_000;
        assertTrue(
                batch.arrivalNanos[0] >= before - slack && batch.arrivalNanos[0] <= after + slack,
                batch.arrivalNanos[0] - before + " ns after it was sent");
        kernel.release();
        assertEquals(1, user.receive(batch, () -> now));
        assertEquals(now, batch.arrivalNanos[0]);
        user.release();
    }

    /** Super-packets of every kind the kernel lets through, cut exactly as the plain reference does. */
    @ParameterizedTest
    @ValueSource(ints = {3, 64, 8192})
    void cutsSuperPackets(int batchSize) throws IOException {
        int count = 0;
        veth = new VethPair(1500);
        PacketSource source = b("").source().orElseThrow();
        try (SuperSender sender = new SuperSender(veth.a)) {
            for (int i = 0; i < 300; i++) {
                SuperPacket superPacket = sendable(random, i % 3 == 0 ? 1000 : 60_000);
                byte[] frame = withPseudoHeaderSum(superPacket);
                sender.send(
                        frame,
                        kind(superPacket.kind),
                        superPacket.payloadStart,
                        superPacket.segmentBytes,
                        superPacket.transport,
                        checksumField(superPacket));
                List<byte[]> expected = superPacket.packets();
                assertFrames(expected, Ends.receive(source, expected.size(), batchSize));
                count += expected.size();
            }
        }
        long whole = Long.parseLong(Files.readString(Path.of("/sys/class/net", veth.b, "statistics/rx_packets"))
                .strip());
        assertTrue(whole < count / 4, "the kernel cut them: " + whole + " received for " + count);
        assertEquals(0, source.missedPackets());
        assertTrue(Ends.isSilent(source));
    }

    /** Whether they go together or not, and whoever cuts them then, the same packets come out. */
    @ParameterizedTest
    @CsvSource({"'', on, true", "'', off, false", "',gso=off', on, false"})
    void segmentsThatGoTogetherAreTheSamePackets(String options, String offloads, boolean together) throws IOException {
        Privileged.tool("ethtool");
        veth = new VethPair(1500);
        VethPair.run(List.of("ethtool", "-K", veth.a, "tx", offloads, "tso", offloads, "gso", offloads));
        PacketSink sink = a(options).sink().orElseThrow();
        PacketSource source = b("").source().orElseThrow();
        int count = 0;
        for (int i = 0; i < 100; i++) {
            List<byte[]> packets = CoalescerTest.flows(random);
            Ends.send(sink, packets);
            assertFrames(packets, Ends.receive(source, packets.size(), 64));
            count += packets.size();
        }
        long whole = Long.parseLong(Files.readString(Path.of("/sys/class/net", veth.b, "statistics/rx_packets"))
                .strip());
        assertEquals(together, whole < count / 2, whole + " received for " + count);
        assertEquals(0, sink.refusedPackets());
    }

    /** The kernel's own rules for what may be sent: no zero checksum, no longer than a packet may be. */
    static SuperPacket sendable(Random random, int maxPayload) {
        while (true) {
            SuperPacket superPacket = SuperPacket.random(random, maxPayload);
            superPacket.frame[0] = 2;
            int packets = (superPacket.frame.length - superPacket.payloadStart) / superPacket.segmentBytes + 1;
            if (superPacket.checksumStart() >= 0
                    && SuperPacket.getShort(superPacket.frame, 12) != 0x9100 // no VLAN to the kernel
                    && SuperPacket.getShort(superPacket.frame, 16) != 0x9100
                    && superPacket.payloadStart + superPacket.segmentBytes <= 1514
                    && superPacket.frame.length > superPacket.payloadStart + superPacket.segmentBytes
                    && packets <= 120) { // of UDP, 128 at most
                return superPacket;
            }
        }
    }

    static byte[] withPseudoHeaderSum(SuperPacket superPacket) {
        byte[] frame = superPacket.frame.clone();
        int network = superPacket.network;
        byte[] zeroed = frame.clone();
        Arrays.fill(zeroed, superPacket.transport, zeroed.length, (byte) 0);
        int sum = FrameChecks.transportSum(zeroed, network, superPacket.transport, zeroed.length);
        SuperPacket.setShort(frame, superPacket.transport + checksumField(superPacket), sum);
        return frame;
    }

    /** The first of its packets, with a checksum to be finished. */
    static byte[] withPartialChecksum(SuperPacket superPacket) {
        byte[] partial = superPacket.packets().get(0);
        byte[] zeroed = partial.clone();
        Arrays.fill(zeroed, superPacket.transport, zeroed.length, (byte) 0);
        int sum = FrameChecks.transportSum(zeroed, superPacket.network, superPacket.transport, zeroed.length);
        SuperPacket.setShort(partial, superPacket.transport + checksumField(superPacket), sum);
        return partial;
    }

    static int checksumField(SuperPacket superPacket) {
        return superPacket.kind == Segmenter.Kind.UDP ? 6 : 16;
    }

    static int kind(Segmenter.Kind kind) {
        return switch (kind) {
            case TCP_IPV4 -> VirtioHeader.TCP_IPV4;
            case TCP_IPV6 -> VirtioHeader.TCP_IPV6;
            case UDP -> VirtioHeader.UDP_DATAGRAMS;
        };
    }

    @Test
    void finishesChecksums() {
        veth = new VethPair(1500);
        PacketSource source = b("").source().orElseThrow();
        try (SuperSender sender = new SuperSender(veth.a)) {
            for (int i = 0; i < 300; i++) {
                SuperPacket superPacket = sendable(random, 1000);
                byte[] frame = superPacket.packets().get(0);
                byte[] partial = withPartialChecksum(superPacket);
                sender.send(partial, 0, partial.length, 0, superPacket.transport, checksumField(superPacket));
                assertFrames(List.of(frame), Ends.receive(source, 1, 8));
            }
        }
    }

    /** Real TCP between two namespaces, every packet on its way held against the plain checks. */
    @Test
    void passesRealTcpAsAWireWould() throws Exception {
        Privileged.root();
        Privileged.tool("ip", "iperf3");
        try (TcpLab lab = new TcpLab()) {
            for (String address : List.of(TcpLab.RIGHT4, TcpLab.RIGHT6)) {
                lab.transfer(address);
                assertNull(lab.problem());
            }
            assertTrue(lab.packets() > 10_000, lab.packets() + " packets");
        }
    }

    @Test
    void carriesLargeFramesOnTheLoopback() {
        Privileged.root();
        PacketPortProvider provider = new PacketPortProvider();
        try (PacketPort port = provider.open(PortAddress.parse("packet:lo"))) {
            byte[] large = frame(60_000);
            large[0] = 2;
            Ends.send(port.sink().orElseThrow(), List.of(large));
            List<byte[]> received = Ends.receive(port.source().orElseThrow(), 1, 8);
            assertTrue(received.stream().anyMatch(frame -> Arrays.equals(frame, large)), received.size() + " received");
        }
    }
}
