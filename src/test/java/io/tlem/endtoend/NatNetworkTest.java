package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The example of a processor between two namespaces, set up as its page says, and nothing besides. */
@Tag("privileged")
class NatNetworkTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Answers each connection with the address that it came from, or asks for that twice, when it is told to. */
    static final class Peer {
        private Peer() {}

        public static void main(String[] words) throws IOException {
            if (words[0].equals("serve")) {
                try (ServerSocket server = new ServerSocket(7)) {
                    System.out.println("listening");
                    while (true) {
                        try (Socket socket = server.accept()) {
                            String from = socket.getInetAddress().getHostAddress() + "\n";
                            socket.getOutputStream().write(from.getBytes(StandardCharsets.UTF_8));
                        }
                    }
                }
            }
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(words[1], 7), 10_000);
                socket.setSoTimeout(10_000);
                System.out.println(
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                                .readLine());
            }
        }
    }

    private static String ask(Namespace station) {
        try (Program asks = station.startJava(Peer.class, "ask", "203.0.113.2")) {
            return asks.await(LIMIT).succeeded().strip();
        }
    }

    @Test
    void stationsReachAServerThatKnowsTheAddressOutsideAlone() {
        EmulatedNetwork.require();
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            Namespace station = network.left();
            Namespace server = network.right();
            for (Namespace end : List.of(station, server)) {
                end.ip("address", "flush", "dev", EmulatedNetwork.DEVICE);
            }
            station.ip("address", "add", "10.0.0.7/24", "dev", EmulatedNetwork.DEVICE);
            station.ip("route", "add", "default", "dev", EmulatedNetwork.DEVICE);
            server.ip("address", "add", "203.0.113.2/24", "dev", EmulatedNetwork.DEVICE);
            try (Program nat = Program.start(network.middle()
                            .command(Program.java(
                                    "example.Nat",
                                    List.of("-Xmx256m"),
                                    List.of("packet:left", "packet:right", "203.0.113.1"))));
                    Program serves = server.startJava(Peer.class, "serve")) {
                Await.until(
                        "both ends: " + nat + serves,
                        LIMIT,
                        () -> !nat.running()
                                || (network.middle().promiscuity("right") > 0
                                        && serves.out().contains("listening")));
                assertEquals("203.0.113.1", ask(station), nat.toString());
                String known = server.ip("neighbour", "show", "dev", EmulatedNetwork.DEVICE);
                assertTrue(known.contains("203.0.113.1 ") && !known.contains("10.0.0.7"), known);
                // The server has to ask for the address outside by itself now.
                server.ip("neighbour", "flush", "dev", EmulatedNetwork.DEVICE);
                assertEquals("203.0.113.1", ask(station), nat.toString());
            }
        }
    }
}
