package io.tlem.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketBatch;
import io.tlem.port.PortAddress;
import io.tlem.port.Ports;
import io.tlem.stats.ReceivedTraffic;
import io.tlem.stats.SentTraffic;
import io.tlem.stats.StreamTraffic;
import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpPacket;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generated packets, byte for byte, from the schedule to what measures them. */
class FramesTest {
    /** Takes packets and keeps them; the clock that they are stamped by is set by hand. */
    private static final class Path implements AutoCloseable {
        private final SchedulePort schedule;
        private final MeasuringPort measuring = new MeasuringPort(9216, () -> 0);
        private final StampedPort stamped;
        private final PacketBatch in = new PacketBatch(512);
        private final PacketBatch out = new PacketBatch(512);
        private long stampNanos;
        private long now = 1_000_000;

        Path(List<StreamSpec> specs) {
            schedule = new SchedulePort(specs, Long.MAX_VALUE, TestPayload.MONOTONIC, 1);
            stamped = new StampedPort(
                    measuring,
                    specs.stream().map(spec -> new FrameLayout(spec.headers())).toList(),
                    TestPayload.MONOTONIC,
                    () -> stampNanos);
        }

        /** The next packets, which are stamped, and arrive so many ns later. Returns how many there were. */
        int pass(long nanos, long stamp, long delay) {
            now += nanos;
            stampNanos = stamp;
            int count = schedule.receive(in, () -> now);
            for (int i = 0; i < count; i++) {
                assertEquals(1, stamped.sink().orElseThrow().reserve(out, 1));
                MemorySegment.copy(schedule.memory(), in.offset[i], measuring.memory(), out.offset[0], in.length[i]);
                out.length[0] = in.length[i];
                out.arrivalNanos[0] = stamp + delay;
                out.releaseNanos[0] = in.arrivalNanos[i] + SchedulePort.LEAD_NANOS;
                stamped.sink().orElseThrow().transmit(out, 1, now);
                check(measuring.memory(), out.offset[0], out.length[0]);
            }
            schedule.release();
            return count;
        }

        @Override
        public void close() {
            schedule.close();
            measuring.close();
        }
    }

    private static List<StreamSpec> read(String... streams) {
        return StreamReader.read(Map.of(), List.of(streams), 1);
    }

    /** Its lengths and checksums are right, by the plain way to compute them. */
    private static void check(MemorySegment memory, long frame, int length) {
        IpPacket ip = new IpPacket();
        ip.parse(memory, frame, length);
        assertTrue(ip.isIp() && ip.findTransport(frame + length));
        assertEquals(frame + length, ip.packetEnd());
        if (ip.version() == 4) {
            assertTrue(Ipv4.hasRightChecksum(memory, ip.start()));
        }
        int bytes = (int) (ip.packetEnd() - ip.headerEnd());
        long sum = InternetChecksum.addPseudoHeader(memory, ip.start(), ip.version() == 6, ip.protocol(), bytes, 0);
        assertEquals(0, InternetChecksum.finish(InternetChecksum.add(memory, ip.headerEnd(), bytes, sum)));
        if (ip.protocol() == IpProtocol.UDP) {
            assertEquals(bytes, NetworkBytes.unsignedShort(memory, ip.headerEnd() + 4));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "size=60",
                "size=imix",
                "size=61-1514,src=10.0.0.250-10.0.1.3,dst-port=65000-65535",
                "protocol=tcp,size=74-200,src-port=1-3",
                "src=2001:db8::fffe-2001:db8::1:2,size=80-1501",
                "dst=2001:db8::1,protocol=tcp,size=imix",
                "vlan=100,size=64-70",
                "vlan=100:7+200,dst=10.1.2.3-10.1.2.9,tos=184,ttl=1,size=9216"
            })
    void checksumsAreRightAndEveryPacketIsMeasured(String stream) {
        try (Path path = new Path(read(stream + ",rate=max"))) {
            int packets = 0;
            for (int i = 0; i < 12; i++) {
                packets += path.pass(1000, 0x0123_4567_89ab_cdefL >>> i, 5);
            }
            assertEquals(12 * 512, packets);
            ReceivedTraffic received = path.measuring.received();
            StreamTraffic all = received.all();
            assertEquals(packets, all.packets());
            assertEquals(0, all.missing() + all.duplicates() + received.foreign() + received.damaged());
            assertEquals(5, all.delay().getMinValue());
            assertEquals(5, all.delay().getMaxValue());
            SentTraffic sent = path.stamped.sent(path.schedule.scheduled());
            assertEquals(packets, sent.packets());
            assertEquals(all.bytes(), sent.bytes());
        }
    }

    @Test
    void eachPacketHasTheNextOfEveryRange() {
        Set<String> seen = new HashSet<>();
        try (Path path = new Path(read("src=10.0.0.254-10.0.1.1,dst-port=7-9,rate=max"))) {
            assertEquals(512, path.schedule.receive(path.in, () -> 1));
            for (int i = 0; i < 512; i++) {
                MemorySegment memory = path.schedule.memory();
                long at = path.in.offset[i];
                int address = NetworkBytes.intAt(memory, at + 26);
                int port = NetworkBytes.unsignedShort(memory, at + 36);
                assertEquals(Ipv4.parse("10.0.0.254") + i % 4, address);
                assertEquals(7 + i % 3, port);
                assertEquals(i, NetworkBytes.intAt(memory, at + 46));
                seen.add(address + ":" + port);
            }
        }
        assertEquals(12, seen.size());
    }

    /** What is damaged on the way is counted, whatever number it has, and nothing else is made of it. */
    @Test
    void damagedAndForeignPacketsAreToldApart() {
        try (Path path = new Path(read("size=100,rate=max"))) {
            assertEquals(512, path.pass(0, 1000, 1));
            MemorySegment memory = path.measuring.memory();
            PacketBatch slot = new PacketBatch(1);
            assertEquals(1, path.measuring.reserve(slot, 1)); // which holds a packet of before
            slot.length[0] = 100;
            NetworkBytes.setInt(memory, slot.offset[0] + 46, 0x7fff_0000);
            path.measuring.transmit(slot, 1, 0);
            assertEquals(1, path.measuring.reserve(slot, 1));
            slot.length[0] = 99; // cut off
            path.measuring.transmit(slot, 1, 0);
            assertEquals(1, path.measuring.reserve(slot, 1));
            NetworkBytes.setShort(memory, slot.offset[0] + Ethernet.TYPE_AT, Ethernet.ARP);
            slot.length[0] = 100;
            path.measuring.transmit(slot, 1, 0);
            ReceivedTraffic received = path.measuring.received();
            assertEquals(2, received.damaged());
            assertEquals(1, received.foreign());
            assertEquals(512, received.all().packets());
            assertEquals(0, received.all().missing());
        }
    }

    @Test
    void streamsAreMeasuredOneByOne() {
        try (Path path = new Path(read("pps=100k", "pps=300k,size=128,protocol=tcp"))) {
            for (int i = 0; i < 100; i++) {
                int ignored = path.pass(100_000, 1_000_000L * i, 3);
            }
            ReceivedTraffic received = path.measuring.received();
            assertEquals(Set.of(0, 1), received.streams().keySet());
            long[] scheduled = path.schedule.scheduled();
            for (int i = 0; i < 2; i++) {
                assertEquals(scheduled[i], received.streams().get(i).packets());
                assertEquals(0, received.streams().get(i).missing());
            }
            assertEquals(3.0, (double) scheduled[1] / scheduled[0], 0.01);
            assertEquals(scheduled[0] + scheduled[1], received.all().packets());
        }
    }

    /** The generator's own port sends packets that begin in the same way. */
    @Test
    void thePacketsOfTheGeneratorPortAreMeasuredToo() {
        try (var generator = Ports.open(PortAddress.parse("generator:size=60,rate=max"));
                MeasuringPort measuring = new MeasuringPort(9216, () -> 0)) {
            PacketBatch in = new PacketBatch(64);
            PacketBatch out = new PacketBatch(64);
            var source = generator.source().orElseThrow();
            assertEquals(64, source.receive(in, () -> 1000));
            assertEquals(64, measuring.reserve(out, 64));
            for (int i = 0; i < 64; i++) {
                MemorySegment.copy(source.memory(), in.offset[i], measuring.memory(), out.offset[i], in.length[i]);
                out.length[i] = in.length[i];
                out.arrivalNanos[i] = 1500;
            }
            measuring.transmit(out, 64, 2000);
            ReceivedTraffic received = measuring.received();
            assertEquals(64, received.streams().get(0).packets());
            assertEquals(500, received.all().delay().getMaxValue());
        }
    }
}
