package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes before the link is ready is not part of it: the first packet through it takes the link's time. */
@Tag("privileged")
@Timeout(60)
class FirstRepliesTest {
    private static final Pattern TIME = Pattern.compile("icmp_seq=([0-9]+) .*time=([0-9.]+) ms");

    @BeforeAll
    static void checkMachine() {
        EmulatedNetwork.require("ping");
    }

    @Test
    void theFirstRepliesTakeTheLinksDelay() throws Exception {
        Attempts.repeat(() -> {
            try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
                addNeighbour(network.left(), EmulatedNetwork.RIGHT4, network.right());
                addNeighbour(network.right(), EmulatedNetwork.LEFT4, network.left());
                try (Program ping = network.left().start("ping", "-n", "-i", "0.05", EmulatedNetwork.RIGHT4)) {
                    network.join("--delay", "300ms");
                    Await.until(
                            "replies: " + ping,
                            Duration.ofSeconds(20),
                            () -> replies(ping).size() >= 20);
                    List<double[]> replies = replies(ping);
                    assertTrue(replies.get(0)[0] > 1, "pings before the link was ready are lost");
                    for (double[] reply : replies.subList(0, 20)) {
                        assertEquals(600, reply[1], 150, () -> "of ping " + reply[0] + ": " + ping.out());
                        assertTrue(reply[1] >= 599.9, () -> "earlier than the delay: " + ping.out());
                    }
                    assertTrue(network.stop().leftToRight().missed() > 0, "what was lost is counted");
                }
            }
        });
    }

    /** Number and time of each reply so far. */
    private static List<double[]> replies(Program ping) {
        return TIME.matcher(ping.out())
                .results()
                .map(match -> new double[] {Double.parseDouble(match.group(1)), Double.parseDouble(match.group(2))})
                .toList();
    }

    /** Without this the first ping waits for an answer to ARP, whose packets have to pass the link as well. */
    private static void addNeighbour(Namespace namespace, String address, Namespace owner) {
        String link = owner.ip("link", "show", EmulatedNetwork.DEVICE);
        String mac = link.replaceAll("(?s).*link/ether ([0-9a-f:]+).*", "$1");
        namespace.ip("neighbour", "replace", address, "lladdr", mac, "dev", EmulatedNetwork.DEVICE);
    }
}
