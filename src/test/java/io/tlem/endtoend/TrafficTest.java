package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.cli.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A generator, a link and a receiver, each a process, with two pipes between them. */
@Timeout(90)
class TrafficTest {
    private static final int PACKETS = 20_000;
    private static final double LOSS = 0.05;

    @TempDir
    Path folder;

    private static Program tlem(String line) {
        return Program.start(Program.java(Main.class.getName(), List.of("-Xmx128m"), List.of(line.split(" "))));
    }

    private static Json last(String out, String type) {
        return Json.parse(out.lines()
                .filter(line -> line.contains("\"type\":\"" + type + "\""))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError(out)));
    }

    @Test
    void whatTheLinkDoesIsWhatTheReceiverMeasures() throws Exception {
        Path report = folder.resolve("report.json");
        Path junit = folder.resolve("junit.xml");
        try (Program receiver = tlem(
                        "receive pipe:traffic_out}1 --idle 2s --json --report " + report + " --junit " + junit
                                + " --assert received.loss<=8% --assert received.0.delay.min>=20ms --assert received.rate<1k");
                Program link =
                        tlem("run -i pipe:traffic_in}1 -i pipe:traffic_out{1 --name traffic -D 20ms -L 5% --json")) {
            receiver.awaitOutput("\"type\":\"interval\"", Duration.ofSeconds(30));
            link.awaitOutput("\"type\":\"interval\"", Duration.ofSeconds(30));
            Program.Result sender;
            try (Program generator = tlem("generate pipe:traffic_in{1 --pps 10k --size 128 --count " + PACKETS
                    + " --json --assert sent.packets=" + PACKETS + " --assert sent.lateness.min>=0")) {
                sender = generator.await(Duration.ofSeconds(40));
            }
            Program.Result result = receiver.await(Duration.ofSeconds(40));
            assertEquals(0, sender.status(), sender.err());
            assertEquals(3, result.status(), result.err());
            assertTrue(result.err().contains("received.rate<1k does not hold"), result.err());
            Json sent = last(sender.out(), "sent");
            assertEquals(PACKETS, sent.get("packets").number());
            assertEquals(10_000, sent.get("packets_per_second").decimal(), 500);
            Json received = last(result.out(), "received");
            long missing = received.get("missing_packets").number();
            Binomial lost = new Binomial(PACKETS, LOSS);
            assertTrue(lost.plausible(missing), missing + " is not within " + lost.interval());
            // The first and the last may be lost: nobody knows.
            long known = received.get("packets").number() + missing;
            assertTrue(known <= PACKETS && known >= PACKETS - 5, known + " packets");
            Json delay = received.get("delay_ns");
            assertTrue(delay.get("min").number() >= 20_000_000, delay::toString);
            // How long the others wait for a CPU among three programs that have just begun is the machine's affair.
            assertTrue(delay.get("min").number() < 21_000_000, delay::toString);
            assertEquals(0, received.get("out_of_order_packets").number());
            assertEquals(0, received.get("duplicate_packets").number());
            assertEquals(0, received.get("before_sent_packets").number());
            assertEquals(
                    received.get("packets").number(),
                    Json.parse(Files.readString(report))
                            .get("traffic")
                            .get("received.packets")
                            .number());
            assertTrue(Files.readString(junit).contains("tests=\"3\" failures=\"1\""), Files.readString(junit));
        }
    }
}
