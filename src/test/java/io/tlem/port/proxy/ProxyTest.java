package io.tlem.port.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients and targets of their own, as users have them, and between them a proxy's ports and a link. */
@Timeout(120)
class ProxyTest {
    private static final long[] WINDOWS = {4 << 20, 4 << 20};
    private static final int DELAY_MILLIS = 5;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Link link;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
        threads.shutdownNow();
    }

    private <T extends AutoCloseable> T keep(T one) {
        opened.add(one);
        return one;
    }

    /** Runs a proxy for one target; returns the port that clients come to. */
    private int proxy(String protocol, InetAddress address, int target, LinkSpec spec, long[] windows)
            throws IOException {
        int port = freePort();
        String host =
                address.getAddress().length == 4 ? address.getHostAddress() : "[" + address.getHostAddress() + "]";
        String text = protocol + ":" + host + ":" + port + "=" + host + ":" + target;
        Proxy proxy = keep(Proxy.open(List.of(ProxyRule.parse(text)), windows));
        link = keep(Link.open(spec, proxy.clients(), proxy.targets()));
        link.start();
        return port;
    }

    /** Where threads may not spin, an idle proxy waits for its clients instead of asking again and again. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void aClientEndsTheWait(String protocol) throws Exception {
        int port = freePort();
        String text = protocol + ":127.0.0.1:" + port + "=127.0.0.1:9";
        Proxy proxy = keep(Proxy.open(List.of(ProxyRule.parse(text)), WINDOWS));
        PacketSource source = proxy.clients().source().orElseThrow();
        assertFalse(source.await(999_999), "less than a selector can wait");
        long start = System.nanoTime();
        assertTrue(source.await(20_000_000));
        assertTrue(System.nanoTime() - start >= 19_000_000, "nobody came, and it returned early");
        if (protocol.equals("tcp")) {
            keep(new Socket(InetAddress.getLoopbackAddress(), port));
        } else {
            keep(new DatagramSocket()).send(new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), port));
        }
        assertTrue(source.await(60_000_000_000L));
        assertTrue(System.nanoTime() - start < 50_000_000_000L, "somebody came, and it went on waiting");
        PacketBatch batch = new PacketBatch(4);
        assertEquals(1, source.receive(batch, System::nanoTime));
    }

    private static int freePort() throws IOException {
        try (ServerSocket tcp = new ServerSocket(0)) {
            return tcp.getLocalPort();
        }
    }

    private static LinkSpec spec(Role role, String text) {
        return new LinkSpec.Builder()
                .with(Setting.of(Role.DELAY), DELAY_MILLIS + "ms")
                .with(Setting.of(role), text)
                .conclude();
    }

    private static LinkSpec delay() {
        return spec(Role.DELAY, DELAY_MILLIS + "ms");
    }

    private DirectionSnapshot counted(int direction) {
        return link.collector().soFar().total().get(direction).total();
    }

    private DatagramSocket datagramEcho(InetAddress address) throws SocketException {
        DatagramSocket echo = keep(new DatagramSocket(0, address));
        Future<?> ignored = threads.submit(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
            while (true) {
                packet.setLength(65536);
                echo.receive(packet);
                echo.send(packet);
            }
        });
        return echo;
    }

    private ServerSocket streamEcho(InetAddress address) throws IOException {
        ServerSocket echo = keep(new ServerSocket(0, 256, address));
        Future<?> ignored = threads.submit(() -> {
            while (true) {
                Socket socket = echo.accept();
                Future<?> unused = threads.submit(() -> {
                    try (socket) {
                        return socket.getInputStream().transferTo(socket.getOutputStream());
                    }
                });
            }
        });
        return echo;
    }

    private static byte[] random(int bytes, long seed) {
        byte[] made = new byte[bytes];
        new Random(seed).nextBytes(made);
        return made;
    }

    /** Sends all, ends the stream, and returns what has come until the other stream ends. */
    private byte[] exchange(InetAddress address, int port, byte[] data) throws Exception {
        try (Socket socket = new Socket(address, port)) {
            Future<?> sent = threads.submit(() -> {
                socket.getOutputStream().write(data);
                socket.shutdownOutput();
                return data;
            });
            byte[] got = socket.getInputStream().readAllBytes();
            sent.get();
            return got;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void datagramsPassBothWaysAndTakeTheDelay(String host) throws Exception {
        InetAddress address = InetAddress.getByName(host);
        int port = proxy("udp", address, datagramEcho(address).getLocalPort(), delay(), new long[2]);
        int clients = 20;
        List<Future<Long>> shortest = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            long seed = client;
            shortest.add(threads.submit(() -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.connect(address, port);
                    socket.setSoTimeout(20_000);
                    long least = Long.MAX_VALUE;
                    for (int bytes : seed == 0 ? new int[] {60_000} : new int[] {1, 17, 18, 100, 1472}) {
                        byte[] data = random(bytes, seed * 1000 + bytes);
                        long start = System.nanoTime();
                        socket.send(new DatagramPacket(data, bytes));
                        DatagramPacket back = new DatagramPacket(new byte[65536], 65536);
                        socket.receive(back);
                        least = Math.min(least, System.nanoTime() - start);
                        assertEquals(bytes, back.getLength());
                        assertArrayEquals(data, java.util.Arrays.copyOf(back.getData(), bytes));
                    }
                    return least;
                }
            }));
        }
        for (Future<Long> one : shortest) {
            assertTrue(one.get() >= 2 * DELAY_MILLIS * 1_000_000L, "never early");
        }
        assertEquals(5 * (clients - 1) + 1, counted(0).get(Counter.RECEIVED_PACKETS));
        assertEquals(0, link.ports().get(1).sink().orElseThrow().refusedPackets());
        int header = address.getAddress().length == 4 ? 42 : 62;
        int bytes = Math.max(60, header + 1) + Math.max(60, header + 17) + 3 * header + 18 + 100 + 1472;
        assertEquals(
                (clients - 1L) * bytes + header + 60_000,
                counted(0).get(Counter.RECEIVED_BYTES),
                "with the headers of a wire");
    }

    @Test
    void lossLosesAndWhatIsDamagedIsNotDelivered() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        int port = proxy("udp", address, datagramEcho(address).getLocalPort(), spec(Role.CORRUPT, "0.5"), new long[2]);
        int sent = 400;
        int came = 0;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(address, port);
            socket.setSoTimeout(1000);
            for (int i = 0; i < sent; i++) {
                byte[] data = random(100, i);
                socket.send(new DatagramPacket(data, data.length));
            }
            List<byte[]> all = new ArrayList<>();
            for (int i = 0; i < sent; i++) {
                all.add(random(100, i));
            }
            try {
                while (true) {
                    DatagramPacket back = new DatagramPacket(new byte[200], 200);
                    socket.receive(back);
                    byte[] got = java.util.Arrays.copyOf(back.getData(), back.getLength());
                    assertTrue(
                            all.stream().anyMatch(data -> java.util.Arrays.equals(data, got)), "whole, or not at all");
                    came++;
                }
            } catch (SocketTimeoutException e) {
                // No more come.
            }
        }
        long refused = link.ports().get(1).sink().orElseThrow().refusedPackets();
        assertTrue(refused > 100 && refused < 300, "refused: " + refused);
        DirectionSnapshot forth = counted(0);
        DirectionSnapshot back = counted(1);
        assertEquals(
                sent,
                forth.get(Counter.RECEIVED_PACKETS)
                        + link.ports().get(0).source().orElseThrow().missedPackets());
        assertEquals(refused, forth.dropped(DropReason.PORT).packets());
        assertEquals(came, back.transmittedPackets());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void streamsComeWholeAndInOrder(String host) throws Exception {
        InetAddress address = InetAddress.getByName(host);
        int port = proxy("tcp", address, streamEcho(address).getLocalPort(), delay(), WINDOWS);
        long start = System.nanoTime();
        assertArrayEquals(random(100, 1), exchange(address, port, random(100, 1)));
        assertTrue(System.nanoTime() - start >= 2 * DELAY_MILLIS * 1_000_000L, "never early");
        byte[] large = random(5_000_000, 2);
        assertArrayEquals(large, exchange(address, port, large));
    }

    @Test
    void manyClientsAtOnce() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        int port = proxy("tcp", address, streamEcho(address).getLocalPort(), delay(), WINDOWS);
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int client = 0; client < 200; client++) {
            byte[] data = random(20_000, client);
            answers.add(threads.submit(() -> exchange(address, port, data)));
        }
        for (int client = 0; client < 200; client++) {
            assertArrayEquals(random(20_000, client), answers.get(client).get());
        }
        Await.until(
                "all is forgotten",
                Duration.ofSeconds(10),
                () -> counted(0).get(Counter.RECEIVED_PACKETS) == counted(0).transmittedPackets());
        assertEquals(0, counted(0).droppedPackets() + counted(1).droppedPackets());
    }

    @Test
    void aStreamWaitsForASlowLinkInsteadOfLosing() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        LinkSpec slow = new LinkSpec.Builder()
                .with(Setting.of(Role.BANDWIDTH), "20M")
                .with(Setting.of(Role.QUEUE), "1M")
                .conclude();
        int port = proxy("tcp", address, streamEcho(address).getLocalPort(), slow, new long[] {100_000, 100_000});
        byte[] data = random(2_000_000, 3);
        long start = System.nanoTime();
        assertArrayEquals(data, exchange(address, port, data));
        double seconds = (System.nanoTime() - start) / 1e9;
        assertTrue(seconds >= 0.8, "2 MB at 20 Mbit/s in " + seconds + " s");
        assertEquals(0, counted(0).droppedPackets());
    }

    @Test
    void whoDoesNotReadHoldsUpNobodyElse() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        int port = proxy("tcp", address, streamEcho(address).getLocalPort(), delay(), new long[] {1 << 20, 1 << 20});
        try (Socket stalled = new Socket(address, port)) {
            Future<?> sending = threads.submit(() -> {
                OutputStream out = stalled.getOutputStream();
                byte[] data = new byte[1 << 16];
                while (true) {
                    out.write(data);
                }
            });
            Await.until("nothing passes any more", Duration.ofSeconds(60), new java.util.function.BooleanSupplier() {
                private long before;
                private int same;

                @Override
                public boolean getAsBoolean() {
                    long now = counted(1).get(Counter.TRANSMITTED_BYTES);
                    same = now == before && now > 1_000_000 ? same + 1 : 0;
                    before = now;
                    return same > 50;
                }
            });
            byte[] data = random(1_000_000, 4);
            assertArrayEquals(data, exchange(address, port, data));
            sending.cancel(true);
        }
    }

    @Test
    void whereNobodyListensTheClientIsReset() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        int nobody = freePort();
        int port = proxy("tcp", address, nobody, delay(), WINDOWS);
        try (Socket socket = new Socket(address, port)) {
            socket.setSoTimeout(20_000);
            InputStream in = socket.getInputStream();
            assertThrows(SocketException.class, in::read);
        }
        Await.until(
                "it is said",
                Duration.ofSeconds(10),
                () -> link.ports().get(1).takeWarnings(false).stream()
                        .anyMatch(warning -> warning.contains(nobody + " cannot be reached")));
    }

    @Test
    void aResetOfTheTargetReachesTheClient() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        ServerSocket server = keep(new ServerSocket(0, 10, address));
        int port = proxy("tcp", address, server.getLocalPort(), delay(), WINDOWS);
        try (Socket socket = new Socket(address, port)) {
            socket.setSoTimeout(20_000);
            try (Socket there = server.accept()) {
                there.setSoLinger(true, 0);
            }
            InputStream in = socket.getInputStream();
            assertThrows(SocketException.class, in::read);
        }
    }

    /** The target's stream has ended; a little later it is gone, and whoever still sends to it has to learn that. */
    @Test
    void aTargetThatIsGoneAfterItsStreamEndedResetsTheClient() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        ServerSocket server = keep(new ServerSocket(0, 10, address));
        int port = proxy("tcp", address, server.getLocalPort(), delay(), WINDOWS);
        try (Socket socket = new Socket(address, port)) {
            socket.setSoTimeout(20_000);
            try (Socket there = server.accept()) {
                there.shutdownOutput();
                assertEquals(-1, socket.getInputStream().read());
            }
            OutputStream out = socket.getOutputStream();
            Await.until("the client is told", Duration.ofSeconds(20), () -> {
                try {
                    out.write(1);
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
        }
    }

    @Test
    void whatWasUnderWayToATargetThatIsGoneTakesNoWindow() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        ServerSocket server = keep(new ServerSocket(0, 10, address));
        LinkSpec slow = spec(Role.DELAY, "50ms");
        int port = proxy("tcp", address, server.getLocalPort(), slow, new long[] {100_000, 100_000});
        for (int i = 0; i < 5; i++) {
            try (Socket socket = new Socket(address, port)) {
                try (Socket there = server.accept()) {
                    there.setSoLinger(true, 0);
                }
                OutputStream out = socket.getOutputStream();
                Await.until("the client is told", Duration.ofSeconds(20), () -> {
                    try {
                        out.write(new byte[10_000]);
                        return false;
                    } catch (IOException e) {
                        return true;
                    }
                });
            }
        }
        try (Socket socket = new Socket(address, port);
                Socket there = server.accept()) {
            there.setSoTimeout(20_000);
            byte[] data = random(200_000, 5);
            Future<?> sent = threads.submit(() -> {
                socket.getOutputStream().write(data);
                return data;
            });
            assertArrayEquals(data, there.getInputStream().readNBytes(data.length));
            sent.get();
        }
    }

    @Test
    void anAddressThatIsTakenIsSaid() throws Exception {
        InetAddress address = InetAddress.getLoopbackAddress();
        try (ServerSocket taken = new ServerSocket(0, 1, address)) {
            ProxyRule rule = new ProxyRule(
                    ProxyRule.Protocol.TCP,
                    List.of(new InetSocketAddress(address, taken.getLocalPort())),
                    new InetSocketAddress(address, 9),
                    "tcp:" + taken.getLocalPort() + "=127.0.0.1:9");
            PortException refused = assertThrows(PortException.class, () -> Proxy.open(List.of(rule), WINDOWS));
            assertTrue(refused.getMessage().contains("cannot listen on 127.0.0.1:"), refused.getMessage());
        }
    }
}
