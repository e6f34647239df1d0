package io.tlem.port.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.Ports;
import io.tlem.simulate.Simulation;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.testing.Await;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures are replayed at their own timing, scaled, at a rate or in a loop, and written. */
@Timeout(60)
class PcapPortTest {
    private static final long START = 5_000_000_000L;

    @TempDir
    Path folder;

    private static PacketPort open(String address) {
        PortAddress parsed = PortAddress.parse(address);
        return Ports.open(Ports.resolve(parsed, Optional.empty()));
    }

    /** When packets arrive, on a clock that goes from one to the next; -1 behind the last. */
    private List<Long> arrivals(List<Packet> packets, String options, int most) throws IOException {
        Path file = Captures.write(folder.resolve("replayed.pcap"), packets);
        List<Long> arrivals = new ArrayList<>();
        try (PacketPort port = open("pcap:" + file + options)) {
            PacketSource source = port.source().orElseThrow();
            PacketBatch batch = new PacketBatch(7);
            long[] now = {START};
            while (arrivals.size() < most && !source.exhausted()) {
                if (source.receive(batch, () -> now[0]) > 0) {
                    for (int i = 0; i < batch.count; i++) {
                        Packet packet = packets.get(arrivals.size() % packets.size());
                        assertEquals(packet.data().length, batch.length[i]);
                        arrivals.add(batch.arrivalNanos[i] - START);
                    }
                    assertTrue(batch.horizonNanos <= now[0]);
                    source.release();
                } else {
                    now[0] = source.nextArrivalNanos();
                }
            }
        }
        return arrivals;
    }

    @Test
    void theTimingIsThatOfTheCaptureScaledOrInALoopWithoutDrift() throws IOException {
        List<Packet> packets = Captures.random(1500, 1);
        long first = packets.getFirst().nanos();
        long length = packets.getLast().nanos() - first;
        assertEquals(packets.stream().map(p -> p.nanos() - first).toList(), arrivals(packets, "", 9999));
        assertEquals(
                packets.stream().map(p -> (p.nanos() - first) * 4).toList(), arrivals(packets, ",speed=0.25", 9999));
        List<Long> loop = arrivals(packets, ",loop=4", 99_999);
        assertEquals(4 * packets.size(), loop.size());
        long pass = length + length / (packets.size() - 1);
        for (int i = 0; i < loop.size(); i++) {
            long due = packets.get(i % packets.size()).nanos() - first + i / packets.size() * pass;
            assertEquals(due, loop.get(i), "packet " + i);
        }
        assertTrue(arrivals(packets, ",loop=forever,speed=3", 20_000).size() >= 20_000);
    }

    @Test
    void aRateIsExact() throws IOException {
        List<Packet> packets = Captures.random(1000, 2);
        List<Long> even = arrivals(packets, ",pps=30k,loop=2", 9999);
        List<Long> bits = arrivals(packets, ",rate=70M", 9999);
        long sum = 0;
        for (int i = 0; i < even.size(); i++) {
            assertEquals(i * 1_000_000_000L / 30_000, even.get(i));
            if (i < bits.size()) {
                assertEquals(sum * 1_000_000_000L / 70_000_000, bits.get(i));
                sum += 8L * packets.get(i).data().length;
            }
        }
    }

    @Test
    void framingCountsWithTheRateThatItIsAskedFor() throws IOException {
        List<Packet> packets = Captures.random(300, 3);
        List<Long> arrivals = arrivals(packets, ",rate=1G,framing=on", 9999);
        long bits = 0;
        for (int i = 0; i < packets.size(); i++) {
            assertEquals(bits, arrivals.get(i));
            bits += 8L * (Math.max(packets.get(i).data().length, 60) + 24);
        }
    }

    @Test
    void whatCannotBeIsRefused() throws IOException {
        Path file = Captures.write(folder.resolve("in.pcap"), Captures.random(3, 3));
        for (String[] bad : new String[][] {
            {"pcap:", "names no capture"},
            {"pcap:nosuch.pcap", "no such file"},
            {"pcap:" + file + ",speed=0", "speed '0'"},
            {"pcap:" + file + ",speed=2,pps=1", "exclude each other"},
            {"pcap:" + file + ",loop=x", "loop 'x'"},
            {"pcap:" + file + ",write=out.txt", "does not end in .pcap"},
            {"pcap:" + file + ",write=" + file, "is the same file as the one that it replays"},
            {"pcap:write=out.pcap,loop=2", "replays nothing"},
            {"pcap:-,loop=2", "cannot be read twice"},
            {"pcap:" + file + ",sped=2", "unknown option 'sped'"}
        }) {
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> open(bad[0]));
            assertTrue(refused.getMessage().contains(bad[1]), refused.getMessage());
        }
        Path text = Files.writeString(folder.resolve("text.pcap"), "not a capture at all, whatever it is called");
        PortException failed = assertThrows(PortException.class, () -> open("pcap:" + text));
        assertTrue(failed.getMessage().contains("is no capture"), failed.getMessage());
    }

    /** The times of a live link's capture differ from those of a simulation by when it was started, and by nothing else. */
    @Test
    void aLiveLinkAndASimulationDecideAlike() throws Exception {
        List<Packet> packets = Captures.random(10_000, 4);
        Path in = Captures.write(folder.resolve("in.pcap"), packets);
        Path live = folder.resolve("live.pcap");
        Path simulated = folder.resolve("simulated.pcap");
        LinkSpec.Builder builder = new LinkSpec.Builder();
        builder.with(Setting.PORTS, "pcap:" + in, "pcap:write=" + live)
                .with(Setting.of(Role.DELAY), "normal,20ms,3ms")
                .with(Setting.of(Role.BANDWIDTH), "200M")
                .with(Setting.of(Role.LOSS), "5%")
                .with(Setting.of(Role.CORRUPT), "1%")
                .with(Setting.SEED, "7");
        LinkSpec spec = builder.conclude();
        try (Link link = Link.open(spec)) {
            link.start();
            Await.until("the capture has passed", Duration.ofSeconds(30), link::finished);
            assertTrue(link.stop());
            assertEquals(
                    packets.size(),
                    link.collector().last(true).total().get(0).total().get(Counter.RECEIVED_PACKETS));
        }
        try (Simulation simulation =
                new Simulation(spec, 7, List.of(in.toString()), List.of(simulated.toString()), Optional.empty())) {
            simulation.run(sample -> {}, share -> {});
        }
        List<Packet> fromLive = Captures.read(live);
        List<Packet> expected = Captures.read(simulated);
        assertTrue(expected.size() > packets.size() / 2, expected.size() + " left");
        long shift = fromLive.getFirst().nanos() - expected.getFirst().nanos();
        assertEquals(
                expected,
                fromLive.stream()
                        .map(packet -> packet.at(packet.nanos() - shift))
                        .toList());
    }
}
