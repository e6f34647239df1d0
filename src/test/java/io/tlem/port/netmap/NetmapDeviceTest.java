package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.netmap.nmreq_register;
import io.tlem.os.Errno;
import io.tlem.os.KernelNetmap;
import io.tlem.os.NetmapDevice;
import io.tlem.os.NetmapLayout;
import io.tlem.os.NetmapLibrary;
import io.tlem.os.NetmapRegistration;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.packet.PacketPortProvider;
import io.tlem.testing.NumberedPackets;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ports of the kernel's netmap. {@code tools/netmap-guest} runs these in a guest that has one; limits in time are wide,
 * because that guest's processor may be an emulated one.
 */
@Tag("netmap-device")
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NetmapDeviceTest {
    private static final long SECOND = 1_000_000_000L;
    private final List<PacketPort> opened = new ArrayList<>();
    private final List<String> links = new ArrayList<>();
    private int senders;

    @BeforeEach
    void netmap() {
        Privileged.netmap();
    }

    @AfterEach
    void close() throws IOException {
        for (PacketPort port : opened.reversed()) {
            port.close();
        }
        for (String link : links) {
            ip(true, "link", "delete", link);
        }
    }

    // Switches

    @Test
    void packetsPassASwitchBothWaysInOrder() {
        PacketPort a = open("vale1:a");
        PacketPort b = open("netmap:vale1:b");
        assertTrue(a.description().contains("/dev/netmap, 1 receive ring of 1024 x 2048 B"), a.description());
        passInTurn(a, b, NetmapDeviceTest::shortLength, 200_000);
        passInTurn(b, a, NetmapDeviceTest::shortLength, 200_000);
    }

    @Test
    void longPacketsPassASwitchInFragments() {
        passInTurn(open("vale2:a"), open("vale2:b"), NetmapDeviceTest::anyLength, 20_000);
    }

    @Test
    void slotsAreAsWished() {
        String description = open("vale3:a,tx-slots=256,rx-slots=512").description();
        assertTrue(description.contains("receive ring of 512 x"), description);
        assertTrue(description.contains("transmit ring of 256 x"), description);
    }

    @Test
    void whoOnlyReceivesOrTransmitsHasNoOtherHalf() {
        PacketPort receiver = open("vale4:a/R");
        PacketPort transmitter = open("vale4:b/T");
        assertFalse(receiver.sink().isPresent());
        assertFalse(transmitter.source().isPresent());
        passInTurn(transmitter, receiver, NetmapDeviceTest::shortLength, 1_000);
    }

    // Pipes

    /** Two threads an end would be four on two processors: each thread serves one end, and waits for nobody. */
    @Test
    void millionsOfPacketsPassAPipeBothWays() throws Exception {
        long packets = 1_000_000;
        PacketPort a = open("netmap:millions{1");
        PacketPort b = open("netmap:millions}1");
        NumberedPackets there = between(a, b, NetmapDeviceTest::shortLength);
        NumberedPackets back = between(b, a, NetmapDeviceTest::shortLength);
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> exchange(back, there, packets));
        exchange(there, back, packets);
        other.get();
        assertEquals(packets, there.received());
        assertEquals(packets, back.received());
    }

    /** In the kernel a slot that was sent comes back only when the other end has given it back: a pipe holds one ring. */
    @Test
    void aFullPipeTakesNoMoreAndLosesNothing() {
        PacketPort a = open("netmap:full{1");
        PacketPort b = open("netmap:full}1");
        NumberedPackets packets = between(a, b, NetmapDeviceTest::shortLength);
        for (int round = 0; round < 200; round++) {
            long before = packets.sent();
            while (packets.send(Long.MAX_VALUE) > 0) {}
            assertEquals(before + 1023, packets.sent());
            while (packets.received() < packets.sent()) {
                packets.receive();
            }
            while (packets.receive() > 0) {}
        }
    }

    @Test
    void longPacketsPassAPipeInFragments() {
        PacketPort a = open("netmap:long{1");
        PacketPort b = open("netmap:long}1");
        passInTurn(a, b, NetmapDeviceTest::anyLength, 20_000);
        passInTurn(b, a, NetmapDeviceTest::anyLength, 20_000);
    }

    /** What was sent is in the other end's ring at once, whenever that one takes it. */
    @Test
    void whatTheOtherEndHasNotTakenYetIsNotLost() {
        PacketPort a = open("netmap:unread{1");
        PacketPort b = open("netmap:unread}1");
        NumberedPackets packets = between(a, b, NetmapDeviceTest::shortLength);
        while (packets.send(Long.MAX_VALUE) > 0) {}
        a.sink().orElseThrow().finish();
        assertEquals(0, a.sink().orElseThrow().refusedPackets());
        opened.remove(a);
        a.close();
        while (packets.received() < packets.sent() && packets.receive() > 0) {}
        assertEquals(1023, packets.received());
    }

    // Rings, seen from below

    @Test
    void headAndTailAndPollAreWhatThePortTakesThemFor() {
        try (Arena arena = Arena.ofShared();
                Raw a = new Raw(arena, "rings{1");
                Raw b = new Raw(arena, "rings}1")) {
            assertEquals(List.of(0, 0, 1023), a.transmit());
            assertEquals(List.of(0, 0, 0), b.receive());
            assertEquals(0, b.device.poll(NetmapDevice.POLLIN, 0));
            assertEquals(NetmapDevice.POLLOUT, a.device.poll(NetmapDevice.POLLOUT, 0));

            a.rings.fill(10);
            assertEquals(0, b.device.poll(NetmapDevice.POLLIN, 0), "not synced yet");
            assertEquals(0, a.device.transmitSync());
            assertEquals(List.of(10, 10), a.transmit().subList(0, 2));
            assertEquals(NetmapDevice.POLLIN, b.device.poll(NetmapDevice.POLLIN, 1000));
            assertEquals(0, b.device.receiveSync());
            assertEquals(List.of(0, 0, 10), b.receive());

            b.rings.take(4);
            assertEquals(List.of(4, 4, 10), b.receive());
            assertEquals(0, b.device.receiveSync());
            assertEquals(List.of(4, 4, 10), b.receive());
            b.rings.take(6);
            assertEquals(0, b.device.receiveSync());
            assertEquals(0, b.device.poll(NetmapDevice.POLLIN, 0));

            while (a.rings.free() > 0) {
                a.rings.fill(a.rings.free());
                assertEquals(0, a.device.transmitSync());
            }
            assertEquals(0, a.device.poll(NetmapDevice.POLLOUT, 0), "both rings are full");
            assertEquals(0, b.device.receiveSync());
            b.rings.take(1023);
            assertEquals(0, b.device.receiveSync());
            assertEquals(NetmapDevice.POLLOUT, a.device.poll(NetmapDevice.POLLOUT, 1000));
        }
    }

    /** A head beyond tail: netmap puts its own, the port's last, back, and the port goes on without losing a packet. */
    @Test
    void aSpoiledHeadIsPutBack() {
        Bent device = new Bent(false);
        PacketPort port = openOn("netmap:spoiled{1", device);
        NumberedPackets packets = between(port, open("netmap:spoiled}1"), NetmapDeviceTest::shortLength);
        while (packets.send(Long.MAX_VALUE) > 0) {} // some are pending: flush syncs
        Rings rings = new Rings(device.memory, device.interfaceOffset);
        int head = NetmapLayout.head(device.memory, rings.transmit);
        NetmapLayout.setHead(device.memory, rings.transmit, 5000);
        port.sink().orElseThrow().flush();
        assertEquals(head, NetmapLayout.head(device.memory, rings.transmit));
        while (packets.received() < packets.sent()) {
            packets.receive();
            port.sink().orElseThrow().flush();
        }
    }

    // Interfaces

    @Test
    void anInterfaceReceivesWhatItsPeerSendsAndSends() throws IOException {
        veth("tna0", "tnb0", 1500);
        PacketPort a = open("netmap:tna0");
        PacketPort b = packet("tnb0");
        assertFalse(a.description().contains("WARNING"), a.description());
        passInTurn(b, a, NetmapDeviceTest::shortLength, 5_000);
        passInTurn(a, b, NetmapDeviceTest::shortLength, 5_000);
        LongToIntFunction lengths = number -> 60 + (int) (number * 37 % 1455);
        passInTurn(b, a, lengths, 5_000);
        passInTurn(a, b, lengths, 5_000);
    }

    @Test
    void theHostsRingsAreWhatItsStackSendsAndReceives() throws IOException {
        veth("tna1", "tnb1", 1500);
        open("netmap:tna1"); // the stack's packets come to the host's rings only while somebody has the NIC's
        PacketPort host = open("netmap:tna1^");
        PacketPort stack = packet("tna1");
        passInTurn(stack, host, NetmapDeviceTest::shortLength, 2_000);
        passInTurn(host, stack, NetmapDeviceTest::shortLength, 2_000);
    }

    @Test
    void anInterfaceRemovedIsAnErrorThatNamesThePort() throws Exception {
        veth("tna2", "tnb2", 1500);
        PacketPort port = open("netmap:tna2");
        PacketBatch batch = new PacketBatch(8);
        assertEquals(0, port.source().orElseThrow().receive(batch, System::nanoTime));
        // Returns when the port is closed: netmap holds on to the interface until then.
        Process removal = new ProcessBuilder("ip", "link", "delete", "tna2").start();
        assertFails("netmap:tna2: ", () -> port.source().orElseThrow().receive(batch, System::nanoTime));
        assertFails("netmap:tna2: ", () -> {
            PacketBatch slots = new PacketBatch(8);
            int count = port.sink().orElseThrow().reserve(slots, 8);
            for (int i = 0; i < count; i++) {
                slots.length[i] = 60;
            }
            port.sink().orElseThrow().transmit(slots, count, System.nanoTime());
        });
        opened.forEach(PacketPort::close);
        assertTrue(removal.waitFor(60, TimeUnit.SECONDS), "the interface is still held");
        assertEquals(0, removal.exitValue());
        links.clear();
    }

    @Test
    void anInterfaceSetDownIsAnErrorThatNamesThePort() throws Exception {
        veth("tna3", "tnb3", 1500);
        PacketPort port = open("netmap:tna3");
        PacketBatch batch = new PacketBatch(8);
        assertEquals(0, port.source().orElseThrow().receive(batch, System::nanoTime));
        port.check();
        // Who syncs a ring of an interface set down waits until it is set up again: another thread has to notice.
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Thread receiving = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    port.source().orElseThrow().receive(batch, System::nanoTime);
                    Thread.onSpinWait();
                }
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        ip(false, "link", "set", "tna3", "down");
        PortException down = assertThrows(PortException.class, port::check);
        assertEquals("netmap:tna3: the interface was set down", down.getMessage());
        ip(false, "link", "set", "tna3", "up");
        receiving.join();
        assertEquals(down.getMessage(), failure.get().getMessage());
    }

    // Refusals

    @Test
    void whatIsNotThereIsRefused() {
        assertRefused("netmap:nosuch0", "netmap:nosuch0: ioctl", "(ENXIO)");
        assertRefused("vale5:a-7", "vale5:a-7: ioctl", "EINVAL");
        assertRefused("vale5:a@9", "vale5:a@9: ioctl", "E");
    }

    @Test
    void anExclusivePortBelongsToOne() {
        open("vale6:a/x");
        assertRefused("vale6:a", "vale6:a: ioctl", "(EBUSY)");
        assertRefused("vale6:a/x", "vale6:a/x: ioctl", "(EBUSY)");
    }

    @Test
    void aPortClosedIsFree() {
        for (int i = 0; i < 20; i++) {
            NetmapPortProvider provider = new NetmapPortProvider();
            try (PacketPort a = provider.open(PortAddress.parse("vale7:a/x"));
                    PacketPort b = provider.open(PortAddress.parse("vale7:b/x"))) {
                passInTurn(a, b, NetmapDeviceTest::shortLength, 10);
            }
        }
    }

    // Netmaps before API 14

    @Test
    void theOldWayToRegisterWorksForSwitchesAndPipes() {
        for (String[] pair : new String[][] {{"vale8:a", "vale8:b"}, {"netmap:old{7", "netmap:old}7"}}) {
            PacketPort a = openOn(pair[0], new Bent(true));
            PacketPort b = openOn(pair[1], new Bent(true));
            assertTrue(a.description().contains("of before API 14"), a.description());
            passInTurn(a, b, NetmapDeviceTest::anyLength, 2_000);
            passInTurn(b, a, NetmapDeviceTest::anyLength, 2_000);
        }
    }

    // What the tests are made of

    private PacketPort open(String address) {
        return keep(new NetmapPortProvider().open(PortAddress.parse(address)));
    }

    private PacketPort openOn(String address, NetmapDevice device) {
        PortAddress parsed = PortAddress.parse(address);
        return keep(new NetmapPort(
                parsed,
                device,
                NetmapAddress.parse(parsed).registration(),
                Optional.empty(),
                NetmapPort.MAX_PACKET_BYTES));
    }

    private PacketPort packet(String name) {
        return keep(new PacketPortProvider().open(PortAddress.parse("packet:" + name)));
    }

    private PacketPort keep(PacketPort port) {
        opened.add(port);
        return port;
    }

    private void veth(String a, String b, int mtu) throws IOException {
        ip(
                false,
                "link",
                "add",
                a,
                "mtu",
                Integer.toString(mtu),
                "type",
                "veth",
                "peer",
                "name",
                b,
                "mtu",
                Integer.toString(mtu));
        links.add(a);
        for (String end : List.of(a, b)) {
            Path ipv6 = Path.of("/proc/sys/net/ipv6/conf", end, "disable_ipv6");
            if (Files.exists(ipv6)) {
                Files.writeString(ipv6, "1"); // else the kernel sends packets of its own
            }
            ip(false, "link", "set", end, "up");
        }
    }

    private static void ip(boolean mayFail, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertTrue(process.waitFor() == 0 || mayFail, () -> String.join(" ", command) + ": " + output);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int shortLength(long number) {
        return 60 + (int) (number % 61);
    }

    /** 37 is coprime to the number of lengths: each comes, one to five buffers long, next to many others. */
    private static int anyLength(long number) {
        int lengths = NetmapPort.MAX_PACKET_BYTES - NumberedPackets.MIN_BYTES + 1;
        return NumberedPackets.MIN_BYTES + (int) (number * 37 % lengths);
    }

    private NumberedPackets between(PacketPort from, PacketPort to, LongToIntFunction length) {
        return new NumberedPackets(from.sink().orElseThrow(), to.source().orElseThrow(), ++senders & 0xFF, length);
    }

    /** Few enough packets at a time to fit into any ring: a switch and an interface drop what does not. */
    private void passInTurn(PacketPort from, PacketPort to, LongToIntFunction length, long packets) {
        NumberedPackets way = between(from, to, length);
        while (way.received() < packets) {
            way.send(Math.min(64, packets - way.sent()));
            long limit = System.nanoTime() + 10 * SECOND;
            while (way.received() < way.sent()) {
                if (way.receive() == 0) {
                    from.sink().orElseThrow().flush();
                    assertTrue(
                            System.nanoTime() < limit,
                            () -> "of " + way.sent() + " packets from " + from.address() + " came " + way.received());
                }
            }
        }
        assertEquals(0, to.source().orElseThrow().missedPackets());
    }

    @SuppressWarnings("ThreadPriorityCheck") // with fewer CPUs than threads the other must run
    private static void exchange(NumberedPackets out, NumberedPackets in, long packets) {
        long limit = System.nanoTime() + 80 * SECOND;
        // Until the other end has it all, too: what it has no room for yet needs another sync from here.
        while (out.received() < packets || in.received() < packets) {
            int moved = out.send(packets - out.sent()) + in.receive();
            if (moved == 0) {
                assertTrue(System.nanoTime() < limit, () -> out.received() + " and " + in.received() + " packets came");
                Thread.yield();
            }
        }
    }

    private static void assertRefused(String address, String... parts) {
        PortException refused = assertThrows(
                PortException.class,
                () -> new NetmapPortProvider().open(PortAddress.parse(address)).close());
        for (String part : parts) {
            assertTrue(refused.getMessage().contains(part), refused.getMessage());
        }
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }

    /** Within some seconds it fails, and does not wait for ever. */
    private static void assertFails(String beginning, Runnable call) {
        long limit = System.nanoTime() + 20 * SECOND;
        PortException failure = assertThrows(PortException.class, () -> {
            while (System.nanoTime() < limit) {
                call.run();
                Thread.sleep(1);
            }
        });
        assertTrue(failure.getMessage().startsWith(beginning), failure.getMessage());
        System.out.println(failure.getMessage());
    }

    /** Where the two rings of a port without others are. */
    private static final class Rings {
        final MemorySegment memory;
        final long transmit;
        final long receive;

        Rings(MemorySegment memory, long at) {
            this.memory = memory;
            transmit = at + NetmapLayout.ringOffset(memory, at, 0);
            int others = NetmapLayout.transmitRings(memory, at) + NetmapLayout.hostTransmitRings(memory, at);
            receive = at + NetmapLayout.ringOffset(memory, at, others);
            assertEquals(NetmapLayout.TRANSMIT, NetmapLayout.direction(memory, transmit));
            assertEquals(NetmapLayout.RECEIVE, NetmapLayout.direction(memory, receive));
        }

        /** Head, cur and tail. */
        List<Integer> of(long ring) {
            return List.of(
                    NetmapLayout.head(memory, ring), NetmapLayout.cur(memory, ring), NetmapLayout.tail(memory, ring));
        }

        int free() {
            return Math.floorMod(NetmapLayout.tail(memory, transmit) - NetmapLayout.head(memory, transmit), 1024);
        }

        void fill(int slots) {
            int head = NetmapLayout.head(memory, transmit);
            for (int i = 0; i < slots; i++) {
                NetmapLayout.write(memory, NetmapLayout.slot(transmit, (head + i) % 1024), 60, 0);
            }
            NetmapLayout.setHead(memory, transmit, (head + slots) % 1024);
        }

        void take(int slots) {
            NetmapLayout.setHead(memory, receive, (NetmapLayout.head(memory, receive) + slots) % 1024);
        }
    }

    /** One end of a pipe as a program without this port has it. */
    private static final class Raw implements AutoCloseable {
        final NetmapDevice device = KernelNetmap.open(NetmapLibrary.standard(), false);
        final Rings rings;

        Raw(Arena arena, String port) {
            NetmapRegistration.Bound bound = new NetmapRegistration(
                            port, NetmapRegistration.Rings.ALL_NIC, 0, Set.of(), 0, 0, 0, 0, 0, 0)
                    .register(device);
            rings = new Rings(device.map(arena, bound.memoryBytes(), 0), bound.interfaceOffset());
        }

        List<Integer> transmit() {
            return rings.of(rings.transmit);
        }

        List<Integer> receive() {
            return rings.of(rings.receive);
        }

        @Override
        public void close() {
            device.close();
        }
    }

    /** The kernel's netmap, its memory in reach, or as it was before API 14, when it did not know the request header. */
    private static final class Bent implements NetmapDevice {
        private final NetmapDevice real = KernelNetmap.open(NetmapLibrary.standard(), false);
        private final boolean old;
        MemorySegment memory;
        long interfaceOffset;

        Bent(boolean old) {
            this.old = old;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public int control(MemorySegment header) {
            if (old) {
                return -Errno.ENOTTY;
            }
            int result = real.control(header);
            interfaceOffset = nmreq_register.nr_offset(
                    NetmapRegistration.Received.of(header).body());
            return result;
        }

        @Override
        public int legacyRegister(MemorySegment request) {
            return real.legacyRegister(request);
        }

        @Override
        public MemorySegment map(Arena arena, long bytes, long extraBytes) {
            memory = real.map(arena, bytes, extraBytes);
            return memory;
        }

        @Override
        public int transmitSync() {
            return real.transmitSync();
        }

        @Override
        public boolean memoryStays() {
            return real.memoryStays();
        }

        @Override
        public boolean passesAllToPipes() {
            return true;
        }

        @Override
        public int receiveSync() {
            return real.receiveSync();
        }

        @Override
        public int poll(int events, int timeoutMillis) {
            return real.poll(events, timeoutMillis);
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
