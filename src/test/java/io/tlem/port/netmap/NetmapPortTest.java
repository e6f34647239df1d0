package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.bindings.netmap.Netmap;
import io.tlem.bindings.netmap.nmreq;
import io.tlem.bindings.netmap.nmreq_header;
import io.tlem.bindings.netmap.nmreq_register;
import io.tlem.os.Errno;
import io.tlem.os.NetmapDevice;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.packet.VethPair;
import io.tlem.testing.FakeNetmap;
import io.tlem.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A netmap port on a netmap that does what it should: packets, rings, system calls, and what ends a port. */
@Timeout(60)
class NetmapPortTest {
    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
    }

    @BeforeEach
    @AfterEach
    void reset() {
        fake.reset();
    }

    private static PacketPort open(String address) {
        return new NetmapPortProvider().open(PortAddress.parse(address + ",library=" + fake.library()));
    }

    private static byte[] packet(int ring, int number, int length) {
        byte[] packet = new byte[length];
        new Random(number).nextBytes(packet);
        packet[0] = (byte) ring;
        packet[1] = (byte) number;
        return packet;
    }

    @ParameterizedTest
    @CsvSource({"netmap:loop0, 1", "netmap:loop0, 4", "netmap:loop0^, 1", "vale0:loop, 1", "netmap:loop0{a, 2"})
    void packetsOfEveryLengthComeBack(String address, int rings) {
        fake.prepare(rings, 64, 512);
        try (PacketPort port = open(address)) {
            PacketSink sink = port.sink().orElseThrow();
            PacketSource source = port.source().orElseThrow();
            for (int length = 14; length <= 9216; length += length < 100 || length > 9200 ? 1 : 61) {
                byte[] sent = packet(length, length, length);
                assertTrue(Packets.send(sink, sent), () -> "no room");
                assertArrayEquals(sent, Packets.receive(source).getFirst());
            }
            assertEquals(0, source.missedPackets());
        }
    }

    /** What a library has behind its memory nobody knows, but whoever says so. */
    @ParameterizedTest
    @CsvSource({"'', false", "',trusted=off', false", "',trusted=on', true"})
    void memoryStaysWhereThatIsSaid(String option, boolean stays) {
        fake.prepare(1, 64, 2048);
        try (PacketPort port = open("netmap:loop0" + option)) {
            assertEquals(stays, port.source().orElseThrow().memoryStays());
            assertEquals(stays, port.sink().orElseThrow().memoryStays());
        }
    }

    @Test
    void ringsAreServedInTurnsAndKeepTheirOrder() {
        fake.prepare(4, 128, 2048);
        try (PacketPort port = open("netmap:loop0")) {
            for (int i = 0; i < 4 * 100; i++) {
                assertTrue(Packets.send(port.sink().orElseThrow(), packet(i / 100, i % 100, 60)), "no room");
            }
            int[] seen = new int[4];
            for (int batch = 1; batch <= 50; batch++) {
                List<byte[]> packets = new ArrayList<>();
                Packets.receive(port.source().orElseThrow(), 8, packets);
                for (byte[] packet : packets) {
                    assertEquals(seen[packet[0]]++, packet[1], "order in ring " + packet[0]);
                }
                if (batch % 4 == 0 && batch <= 48) {
                    for (int ring = 0; ring < 4; ring++) {
                        assertEquals(batch / 4 * 8, seen[ring], "share of ring " + ring + " after batch " + batch);
                    }
                }
            }
            assertArrayEquals(new int[] {100, 100, 100, 100}, seen);
        }
    }

    /** Few and no more: a system call costs as much as many packets. */
    @Test
    void oneSyncForABatchAndOneForHalfARing() {
        fake.prepare(1, 64, 2048);
        try (PacketPort port = open("netmap:loop0")) {
            PacketSink sink = port.sink().orElseThrow();
            PacketSource source = port.source().orElseThrow();
            PacketBatch batch = new PacketBatch(16);
            for (int sent = 0; sent < 48; sent += 16) {
                assertEquals(16, sink.reserve(batch, 16));
                java.util.Arrays.fill(batch.length, 60);
                sink.transmit(batch, 16, System.nanoTime());
                assertEquals(sent / 16 + 1, fake.calls("NIOCTXSYNC"));
            }
            List<byte[]> received = new ArrayList<>();
            List<Long> syncs = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                assertEquals(8, Packets.receive(source, 8, received));
                syncs.add(fake.calls("NIOCRXSYNC"));
            }
            assertEquals(List.of(1L, 1L, 1L, 1L, 2L, 2L), syncs);
            assertEquals(0, Packets.receive(source, 8, received));
            assertEquals(3, fake.calls("NIOCRXSYNC"));
            assertEquals(0, fake.calls("poll"));
        }
    }

    @Test
    void aFullRingTakesNoMoreAndWhatStaysIsRefused() {
        fake.prepare(1, 16, 2048);
        try (PacketPort port = open("netmap:loop0")) {
            PacketSink sink = port.sink().orElseThrow();
            int sent = 0;
            while (Packets.send(sink, packet(0, sent, 5000))) {
                sent++;
            }
            assertEquals(2 * (15 / 3), sent, "packets of three slots in two rings of 15");
            sink.finish();
            assertEquals(5, sink.refusedPackets());
            assertEquals(5 * 5000, sink.refusedBytes());
        }
    }

    /** What a netmap gets to see of an address: name, NR_REG_*, ring, flags and region. */
    @ParameterizedTest
    @CsvSource({
        "netmap:eth0,        eth0,      1, 0, 0x20000, 0",
        "netmap:eth0-2,      eth0,      4, 2, 0x20000, 0",
        "netmap:eth0^,       eth0,      2, 0, 0x20000, 0",
        "netmap:eth0^0,      eth0,      8, 0, 0x20000, 0",
        "netmap:eth0*,       eth0,      3, 0, 0x20000, 0",
        "netmap:eth0@9,      eth0,      1, 0, 0x20000, 9",
        "netmap:eth0/x,      eth0,      1, 0, 0x20800, 0",
        "netmap:eth0/z,      eth0,      1, 0, 0x20700, 0",
        "netmap:eth0/t,      eth0,      1, 0, 0x20100, 0",
        "netmap:eth0/r,      eth0,      1, 0, 0x20200, 0",
        "netmap:eth0/R,      eth0,      1, 0, 0x22000, 0",
        "netmap:eth0/T,      eth0,      1, 0, 0x24000, 0",
        "netmap:eth0-1@3/xR, eth0,      4, 1, 0x22800, 3",
        "vale0:1,            vale0:1,   1, 0, 0x20000, 0",
        "netmap:vale0:1,     vale0:1,   1, 0, 0x20000, 0",
        "netmap:foo{1,       foo{1,     1, 0, 0x20000, 0",
        "netmap:foo}1,       foo}1,     1, 0, 0x20000, 0",
    })
    void whatIsAskedFor(String address, String name, int mode, int ring, int flags, int region) {
        fake.prepare(4, 64, 2048);
        open(address).close();
        MemorySegment body = fake.registration();
        assertEquals(14, nmreq_header.nr_version(fake.header()));
        assertEquals(name, nmreq_header.nr_name(fake.header()).getString(0));
        assertEquals(mode, nmreq_register.nr_mode(body));
        assertEquals(ring, nmreq_register.nr_ringid(body));
        assertEquals(flags, nmreq_register.nr_flags(body));
        assertEquals(region, nmreq_register.nr_mem_id(body));
    }

    /** What the port makes of the rings it got. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "netmap:eth0   | 4 receive rings of 64 x 2048 B, 4 transmit rings of 64 x 2048 B (the first is used)",
                "netmap:eth0-2 | 1 receive ring of 64 x 2048 B, 1 transmit ring of 64 x 2048 B",
                "netmap:eth0^  | 1 receive ring of 64 x 2048 B, 1 transmit ring of 64 x 2048 B",
                "netmap:eth0*  | 5 receive rings of 64 x 2048 B, 5 transmit rings of 64 x 2048 B (the first is used)",
                "netmap:eth0/R | 4 receive rings of 64 x 2048 B, no transmit ring",
                "netmap:eth0/z | 4 receive rings of 64 x 2048 B, no transmit ring",
                "netmap:eth0/T | no receive ring, 4 transmit rings of 64 x 2048 B (the first is used)",
            })
    void whatIsDescribed(String address, String rings) {
        fake.prepare(4, 64, 2048);
        try (PacketPort port = open(address)) {
            assertTrue(
                    // Behind it may stand that the interface is not promiscuous, which takes a capability.
                    port.description().contains("/dev/netmap, " + rings + ", memory region 7 of 2 MiB"),
                    port.description());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"netmap:eth0-4", "netmap:eth0^1"})
    void aRingThatIsNotThereIsRefused(String address) {
        fake.prepare(4, 64, 2048);
        PortException refused = assertThrows(PortException.class, () -> open(address));
        assertTrue(refused.getMessage().contains("no such ring: the port has 4 receive"), refused.getMessage());
    }

    @Test
    void wishesAreToldToNetmap() {
        open("netmap:eth0,slots=512,tx-rings=2,rx-rings=3,tx-slots=128").close();
        assertEquals(128, nmreq_register.nr_tx_slots(fake.registration()));
        assertEquals(512, nmreq_register.nr_rx_slots(fake.registration()));
        assertEquals(2, nmreq_register.nr_tx_rings(fake.registration()));
        assertEquals(3, nmreq_register.nr_rx_rings(fake.registration()));
    }

    /** Between two ports that may share their buffers; a switch's port has memory of its own, unless it is told otherwise. */
    @ParameterizedTest
    @CsvSource({
        "netmap:eth0,           netmap:eth1, 40960",
        "netmap:eth0,           netmap:eth0^, 40960",
        "netmap:foo{1,          netmap:eth1, 40960",
        "'netmap:eth0,extra=7', netmap:eth1, 7",
        "'netmap:eth0,extra=0', netmap:eth1, 0",
        "'netmap:eth0,extra=7', packet:eth1, 7",
        "netmap:eth0,           packet:eth1, 0",
        "netmap:eth0/T,         netmap:eth1, 0",
        "netmap:eth0/r,         netmap:eth1, 0",
        "vale0:1,               netmap:eth1, 0",
        "vale0:1@3,             vale0:2@3,   40960",
    })
    void extraBuffersAreAskedFor(String address, String other, int buffers) {
        for (int unknown : new int[] {0, Errno.ENOTTY}) {
            fake.fail("NIOCCTRL", unknown, 0, 1);
            String library = ",library=" + fake.library();
            new NetmapPortProvider()
                    .openBeside(PortAddress.parse(address + library), PortAddress.parse(other + library))
                    .close();
            assertEquals(
                    buffers,
                    unknown == 0
                            ? nmreq_register.nr_extra_bufs(fake.registration())
                            : nmreq.nr_arg3(fake.legacyRegistration()));
        }
        open(address.replaceAll(",extra=.*", "")).close();
        assertEquals(0, nmreq_register.nr_extra_bufs(fake.registration()));
    }

    @Test
    void whoGetsNoBuffersIsToldWhoMayHaveThem() {
        fake.fail("NIOCCTRL", Errno.ENOMEM, 0, 1);
        PortException refused = assertThrows(PortException.class, () -> open("netmap:eth0"));
        assertTrue(refused.getMessage().contains("ENOMEM"), refused.getMessage());
        assertTrue(refused.getMessage().contains("fewer extra ones (extra=N)"), refused.getMessage());
    }

    /** A netmap of before API 14: name, NR_REG_* and flags, ring and region. */
    @ParameterizedTest
    @CsvSource({
        "netmap:eth0,      eth0,    0x1,    0,  0",
        "netmap:eth0-2,    eth0,    0x4,    2,  0",
        "netmap:eth0@5/x,  eth0,    0x801,  0,  5",
        "netmap:eth0/R,    eth0,    0x2001, 0,  0",
        "vale0:1,          vale0:1, 0x1,    0,  0",
        "netmap:foo{1,     foo,     0x5,    1,  0",
        "netmap:foo}4094,  foo,     0x6,    4094, 0",
    })
    void whatAnOldNetmapIsAskedFor(String address, String name, int flags, int ring, int region) {
        for (int unknown : new int[] {Errno.ENOTTY, Errno.EOPNOTSUPP}) {
            fake.prepare(4, 64, 2048);
            fake.fail("NIOCCTRL", unknown, 0, -1);
            try (PacketPort port = open(address)) {
                assertTrue(port.description().contains("/dev/netmap of before API 14"), port.description());
                MemorySegment request = fake.legacyRegistration();
                assertEquals(name, nmreq.nr_name(request).getString(0));
                assertEquals(flags, nmreq.nr_flags(request));
                assertEquals(ring | Netmap.NETMAP_NO_TX_POLL(), nmreq.nr_ringid(request));
                assertEquals(region, nmreq.nr_arg2(request));
                port.sink().ifPresent(sink -> assertTrue(Packets.send(sink, new byte[60])));
                if (port.sink().isPresent() && !address.contains("-")) {
                    assertEquals(1, Packets.receive(port.source().orElseThrow()).size());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "netmap:foo{name, knows pipes by number only",
        "netmap:foo{4095, knows pipes by number only",
        "netmap:sixteenbyteslong, knows names of 15 bytes only",
        "vale0123456:eth0, knows names of 15 bytes only",
    })
    void whatAnOldNetmapCannotDoIsRefused(String address, String reason) {
        fake.fail("NIOCCTRL", Errno.ENOTTY, 0, -1);
        PortException refused = assertThrows(PortException.class, () -> open(address));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertEquals(0, fake.calls("NIOCREGIF"));
    }

    /** Waits for packets, or for room, as a stage does, until the port ends it. */
    private static PortException waitForFailure(PacketPort port, boolean receiving) {
        PacketBatch batch = new PacketBatch(8);
        long deadline = System.nanoTime() + 4_000_000_000L;
        return assertThrows(PortException.class, () -> {
            while (System.nanoTime() < deadline) {
                if (receiving) {
                    port.source().orElseThrow().receive(batch, System::nanoTime);
                } else {
                    Packets.send(port.sink().orElseThrow(), new byte[60]);
                }
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"true, 8", "false, 16", "true, 32"})
    void aPortThatPollSaysHasFailed(boolean receiving, int event) {
        try (PacketPort port = open("netmap:loop0")) {
            fake.pollAlso(event | NetmapDevice.POLLIN);
            PortException failure = waitForFailure(port, receiving);
            assertTrue(failure.getMessage().contains("the port has failed or gone"), failure.getMessage());
        }
    }

    /** The interface's own link, and not netmap, tells. */
    @ParameterizedTest
    @CsvSource({
        "true,  own,   the interface was set down",
        "false, own,   the interface was set down",
        "false, peer,  the link is down",
        "true,  gone,  the interface has gone",
    })
    void aLinkThatGoesDownEndsThePort(boolean receiving, String what, String reason) {
        try (VethPair veth = new VethPair(1500);
                PacketPort port = open("netmap:" + veth.a)) {
            assertEquals(1518, port.sink().orElseThrow().maxPacketBytes());
            assertDoesNotThrow(port::check);
            switch (what) {
                case "own" -> VethPair.down(veth.a);
                case "peer" -> {
                    VethPair.down(veth.b);
                    VethPair.awaitNoCarrier(veth.a);
                }
                default -> VethPair.ip("link", "del", veth.a);
            }
            PortException failure = assertThrows(PortException.class, port::check);
            assertEquals(port.address() + ": " + reason, failure.getMessage());
            // Its own threads do no further sync, which netmap might never answer.
            assertEquals(failure.getMessage(), waitForFailure(port, receiving).getMessage());
        }
    }
}
