package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Browser;
import io.tlem.testing.Privileged;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is changed on the page of a link is changed on the wire. */
@Tag("privileged")
@Timeout(120)
class PageTest {
    private static final int WIDTH = 1200;
    private static final int PORT = 8080;
    private static final String TOKEN = "between-two-namespaces";
    private static final String A_TO_B = "#ways button:nth-child(2)";
    private static final String DELAY = "[id^=delay-]:not(select):not(p)";
    private static final String ANSWERED =
            "return document.getElementById('answer').textContent.startsWith(arguments[0])";

    @TempDir
    Path folder;

    @Test
    void aChangeOnThePageIsInForceOnTheWire() throws Exception {
        EmulatedNetwork.require("ping");
        Privileged.tool("chromium", "chromedriver");
        Path token = Files.writeString(folder.resolve("token"), TOKEN);
        Attempts.repeat(() -> {
            try (EmulatedNetwork network = EmulatedNetwork.unjoined();
                    Browser browser = new Browser(Files.createTempDirectory(folder, "profile"), WIDTH)) {
                String address = reachable(network.middle());
                network.join(
                        "--warm-up",
                        "0",
                        "--delay",
                        "5ms",
                        "--http",
                        address + ":" + PORT,
                        "--http-token-file",
                        token.toString());
                assertTakes(network, 10);

                browser.go("http://" + address + ":" + PORT + "/");
                browser.await("it asks for the token", "return !document.getElementById('token-form').hidden");
                browser.write("#token", TOKEN + "\n");
                browser.await("the page is live", "return document.getElementById('state').textContent === 'live'");
                browser.click(A_TO_B);
                assertEquals(
                        "5ms",
                        browser.run(
                                        "const field = document.querySelector(arguments[0]);"
                                                + "field.closest('details').open = true; return field.value",
                                        DELAY)
                                .textValue());
                browser.write(DELAY, "40ms\n");
                browser.await("in force", ANSWERED, "Version 1: a->b from packet");
                assertTakes(network, 45);

                browser.click("#undo");
                browser.await("undone", ANSWERED, "Version 2: a->b from packet");
                assertTakes(network, 10);
                network.stop();
            }
        });
    }

    /** An address of the emulator's namespace that a browser outside it reaches. */
    private static String reachable(Namespace middle) {
        long pid = ProcessHandle.current().pid();
        // Of the network that is kept for tests of devices; another one for each process.
        String network = "198.18." + (pid >> 6 & 0xff) + ".";
        int host = (int) (pid & 0x3f) << 2;
        String device = "tlem-" + pid;
        Program.output("ip", "link", "add", device, "type", "veth", "peer", "name", "web", "netns", middle.name());
        Program.output("ip", "address", "add", network + (host + 1) + "/30", "dev", device);
        Program.output("ip", "link", "set", device, "up");
        middle.ip("address", "add", network + (host + 2) + "/30", "dev", "web");
        middle.ip("link", "set", "web", "up");
        return network + (host + 2);
    }

    private static void assertTakes(EmulatedNetwork network, double millis) {
        double[] times = Ping.sortedMillis(network.left(), EmulatedNetwork.RIGHT4, 10, 25);
        System.out.println("ping at " + millis + " ms there and back: " + Ping.describe(times));
        assertEquals(millis, Ping.median(times), 0.5, Ping.describe(times));
        assertTrue(times[0] >= millis - 0.1, () -> "earlier than the delay: " + Ping.describe(times));
    }
}
