package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** {@code tlem fit} as users call it. */
@Isolated // takes the process's outputs
class FitTest {
    @TempDir
    Path folder;

    private static void refused(String part, Object... words) {
        Ran result = run(words).expect(2);
        assertTrue(result.err().contains(part), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertEquals("", result.out());
    }

    @Test
    void aKnownLossIsAConfiguration() {
        String yaml = run("fit", "--loss", "2%", "--mean-burst", 3).expect(0).out();
        assertTrue(yaml.contains("\n  loss: gilbert,0.006802721088,0.3333333333\n"), yaml);
        Path file = folder.resolve("known.yaml");
        run("fit", "--loss", "2%", "--mean-burst", 3, "-o", file).expect(0);
        run("config", "--config", file).expect(0);
    }

    @Test
    void aPingIsAConfiguration() throws IOException {
        Path log = Files.writeString(folder.resolve("ping.log"), """
                PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
                64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=20.5 ms
                64 bytes from 10.0.0.1: icmp_seq=3 ttl=64 time=21.5 ms
                """);
        Path file = folder.resolve("a b,c.yaml");
        Ran result = run("fit", "--ping", log, "-o", file).expect(0);
        assertTrue(result.out().contains("3 sent, 2 answered"), result.out());
        String config = run("config", "--config", file).expect(0).out();
        assertTrue(config.contains("delay: "), config);
        assertTrue(Files.exists(folder.resolve("a b,c.dist")));
        InputStream standard = System.in;
        Path piped = folder.resolve("piped.yaml");
        try (InputStream in = Files.newInputStream(log)) {
            System.setIn(in);
            run("fit", "--ping", "-", "-o", piped).expect(0);
        } finally {
            System.setIn(standard);
        }
        assertEquals(
                Files.readString(file).replace("'samples,a b\\,c.delays.txt'", "samples,piped.delays.txt"),
                Files.readString(piped));
    }

    private Path capture(String name, int count, long seed) throws IOException {
        return Captures.write(folder.resolve(name), Captures.random(count, seed));
    }

    /** What simulate does to a capture is found again, and the configuration and its table can be used. */
    @Test
    void capturesAreAConfiguration() throws IOException {
        Path before = capture("before.pcap", 4000, 1);
        Path after = folder.resolve("after.pcapng.gz");
        run("simulate", before, "-B", "400M", "-D", "samples," + samples(), "-L", "3%", "--seed", 5, "-o", after)
                .expect(0);
        Path file = folder.resolve("link.yaml");
        Path page = folder.resolve("fit.html");
        Ran result = run("fit", before, after, "-o", file, "--report", page).expect(0);
        assertTrue(result.out().contains("within the"), result.out());
        String config = run("config", "--config", file).expect(0).out();
        assertTrue(config.contains("samples,") && config.contains("bandwidth: "), config);
        run("simulate", before, "--config", file, "--seed", 6, "-o", folder.resolve("again.pcap"))
                .expect(0);
        String html = Files.readString(page);
        assertTrue(html.contains("<svg") && html.endsWith("</html>\n"), html);
        assertTrue(html.contains("Loss models") && html.contains("does to these packets what was measured"), html);
        String dist = Files.readString(folder.resolve("link.dist"));
        assertEquals(
                4096,
                dist.lines()
                        .skip(1)
                        .mapToInt(line -> line.strip().split(" ", -1).length)
                        .sum());
        refused("swapped", "fit", after, before, "-o", file);
        run("fit", after, before, "--base-delay", "1ms", "-o", file).expect(0); // as somebody who knows better
    }

    /** Delays of two kinds, which no distribution has. */
    private Path samples() throws IOException {
        return Files.writeString(
                folder.resolve("two.txt"), "1ms\n1.01ms\n1.02ms\n1.03ms\n3ms\n3.01ms\n3.02ms\n3.03ms\n");
    }

    /** Both directions tell the offset of the clocks. */
    @Test
    void bothDirectionsOfTwoCaptures() throws IOException {
        Path before = capture("before.pcap", 3000, 2);
        Path after = folder.resolve("after.pcap");
        run("simulate", before, "-D", "30ms", "-o", after).expect(0);
        long offset = -5_000_000_000L;
        List<Captures.Packet> there = Captures.read(after);
        List<Captures.Packet> back = Captures.random(3000, 3);
        List<Captures.Packet> left = new ArrayList<>(Captures.read(before));
        List<Captures.Packet> right = new ArrayList<>();
        there.forEach(packet -> right.add(packet.at(packet.nanos() + offset)));
        for (Captures.Packet packet : back) {
            byte[] data = packet.data().clone();
            if (data.length >= 40) {
                data[26] = 11; // another sender
                right.add(new Captures.Packet(packet.nanos() + offset, data));
                left.add(new Captures.Packet(packet.nanos() + 30_000_000, data));
            }
        }
        left.removeIf(packet -> packet.data().length < 40);
        right.removeIf(packet -> packet.data().length < 40);
        for (List<Captures.Packet> one : List.of(left, right)) {
            one.sort(Comparator.comparingLong(Captures.Packet::nanos));
        }
        Path file = folder.resolve("link.yaml");
        Ran result = run(
                        "fit",
                        Captures.write(folder.resolve("left.pcap"), left),
                        Captures.write(folder.resolve("right.pcap"), right),
                        "--client",
                        "10.0.0.0/8",
                        "-o",
                        file)
                .expect(0);
        assertTrue(result.out().contains("offset -5.0000 s, removed"), result.out());
        String yaml = Files.readString(file);
        assertTrue(yaml.contains("a-to-b:") && yaml.contains("b-to-a:"), yaml);
        assertEquals(2, yaml.lines().filter("  delay: 30ms"::equals).count(), yaml);
        run(
                        "fit",
                        folder.resolve("left.pcap"),
                        folder.resolve("right.pcap"),
                        "--client-filter",
                        "src net 10.0.0.0/8",
                        "-o",
                        file)
                .expect(0);
        assertEquals(yaml, Files.readString(file), "the filter says the same");
    }

    /** A server that sends back what it gets, and neighbours that announce themselves by addresses of their own network. */
    @Test
    void whatGoesTheOtherWayIsNoDuplicateAndWhatIsOfNeitherIsLeftOut() throws IOException {
        List<Captures.Packet> left = new ArrayList<>();
        List<Captures.Packet> right = new ArrayList<>();
        byte[] announced = new byte[90];
        announced[12] = (byte) 0x86;
        announced[13] = (byte) 0xdd;
        announced[14] = 0x60;
        announced[19] = 36;
        announced[20] = 58;
        announced[22] = (byte) 0xfe;
        announced[23] = (byte) 0x80;
        for (Captures.Packet packet : Captures.random(2000, 5)) {
            if (packet.data().length < 60) {
                continue;
            }
            packet.data()[30] = 11; // to another network than its own
            byte[] back = packet.data().clone();
            System.arraycopy(packet.data(), 30, back, 26, 4);
            System.arraycopy(packet.data(), 26, back, 30, 4);
            left.add(packet);
            right.add(packet.at(packet.nanos() + 30_000_000));
            right.add(new Captures.Packet(packet.nanos() + 31_000_000, back));
            left.add(new Captures.Packet(packet.nanos() + 51_000_000, back));
            if (packet.nanos() % 10 == 0) {
                announced[89]++;
                left.add(new Captures.Packet(packet.nanos() + 7, announced.clone()));
                right.add(new Captures.Packet(packet.nanos() + 30_000_007, announced.clone()));
            }
        }
        for (List<Captures.Packet> one : List.of(left, right)) {
            one.sort(Comparator.comparingLong(Captures.Packet::nanos));
        }
        Path before = Captures.write(folder.resolve("left.pcap"), left);
        Path after = Captures.write(folder.resolve("right.pcap"), right);
        Path file = folder.resolve("link.yaml");
        Ran result = run("fit", before, after, "--client", "10.0.0.0/8", "--clock-offset", "0", "-o", file)
                .expect(0);
        String yaml = Files.readString(file);
        assertTrue(yaml.contains("  delay: 30ms\n") && yaml.contains("  delay: 20ms\n"), yaml);
        assertTrue(!yaml.contains("duplicate") && !yaml.contains("loss"), yaml);
        assertTrue(result.out().contains("offset 0 ns, as was given"), result.out());
        assertTrue(result.err().contains(" and are left out\n"), result.err());
        assertTrue(!result.err().contains(" alone"), result.err());
        run("fit", before, after, "--client", "10.0.0.0/8", "--clock-offset", "-5ms", "-o", file)
                .expect(0);
        yaml = Files.readString(file);
        assertTrue(yaml.contains("  delay: 35ms\n") && yaml.contains("  delay: 15ms\n"), yaml);
        refused("both directions, which --client WHO tells apart", "fit", before, after, "-o", file);
        refused("name those there as well", "fit", before, after, "--client", "10.99.0.0/16", "-o", file);
        refused("exclude each other", "fit", before, after, "--clock-offset", "0", "--base-delay", "0", "-o", file);
    }

    @Test
    void packetsThatWerePutTogetherAreTold() throws IOException {
        Path before = capture("in.pcap", 100, 1);
        List<Captures.Packet> merged = new ArrayList<>(Captures.read(before));
        Captures.Packet last = merged.getLast();
        merged.add(new Captures.Packet(last.nanos() + 5, new byte[60], 12_000, 0));
        Path after = Captures.write(folder.resolve("out.pcap"), merged);
        Ran result = run("fit", before, after, "-o", folder.resolve("l.yaml")).expect(0);
        assertTrue(
                result.err().contains("out.pcap has packets of up to 12000 bytes, the other capture none"),
                result.err());
        assertTrue(result.err().contains("1 packets are in "), result.err());
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        Path log = Files.writeString(folder.resolve("no.log"), "nothing\n");
        refused("none is there", "fit");
        refused("--loss", "fit", "--loss", "2");
        refused("--mean-burst", "fit", "--loss", "2%", "--mean-burst", "x");
        refused("less than 1", "fit", "--loss", "2%", "--mean-burst", "0.5");
        refused("goes with --loss", "fit", "--ping", log, "--mean-burst", "3", "-o", folder.resolve("l.yaml"));
        refused("missing -o", "fit", "--ping", log);
        refused("as ping prints", "fit", "--ping", log, "-o", folder.resolve("l.yaml"));
        Path none = Files.writeString(folder.resolve("none.log"), """
                PING 10.9.0.9 (10.9.0.9) 56(84) bytes of data.

                --- 10.9.0.9 ping statistics ---
                3 packets transmitted, 0 received, 100% packet loss, time 2047ms
                """);
        refused("none of the 3 packets was answered", "fit", "--ping", none, "-o", folder.resolve("l.yaml"));
        refused("not one of even, there", "fit", "--ping", log, "--split", "x", "-o", folder.resolve("l.yaml"));
        Path before = capture("in.pcap", 100, 1);
        Path other = capture("other.pcap", 1, 9);
        refused("there is one capture", "fit", before);
        refused("missing -o", "fit", before, other);
        refused("goes with two captures", "fit", "--loss", "2%", "--packets", "5");
        refused("no packet in common", "fit", before, other, "-o", folder.resolve("l.yaml"));
        refused("one packet in common", "fit", other, other, "-o", folder.resolve("l.yaml"));
        refused("no capture", "fit", before, log, "-o", folder.resolve("l.yaml"));
        refused("none.pcap", "fit", before, folder.resolve("none.pcap"), "-o", folder.resolve("l.yaml"));
        refused("is the same file as", "fit", before, other, "-o", other);
        List<Packet> set = new ArrayList<>(Captures.read(before));
        set.replaceAll(packet -> packet.at(packet.nanos() + (packet.equals(set.getFirst()) ? 0 : 4_000_000_000_000L)));
        Path later = Captures.write(folder.resolve("later.pcap"), set);
        refused("a clock was set meanwhile", "fit", before, later, "-o", folder.resolve("l.yaml"));
        refused("--packets", "fit", before, other, "--packets", "1", "-o", folder.resolve("l.yaml"));
        refused("--base-delay", "fit", before, other, "--base-delay", "x", "-o", folder.resolve("l.yaml"));
        refused("is a folder", "fit", "--loss", "2%", "-o", folder);
        refused("there are 3 captures", "fit", before, before, other, "-o", folder.resolve("l.yaml"));
        refused("there is no folder", "fit", before, log, "-o", folder.resolve("none/l.yaml"));
        refused("there is no folder", "fit", "--loss", "2%", "-o", folder.resolve("none/l.yaml"));
        refused("would be read as JSON", "fit", before, before, "-o", folder.resolve("l.json"));
        refused(
                "ends in .html",
                "fit",
                before,
                before,
                "-o",
                folder.resolve("l.yaml"),
                "--report",
                folder.resolve("l.pdf"));
        for (String file : List.of("l.yaml", "l.dist", "l.delays.txt")) {
            assertTrue(Files.notExists(folder.resolve(file)), file);
        }
    }
}
