package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import java.io.IOException;
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
        refused("would be replaced", "fit", before, other, "-o", other);
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
