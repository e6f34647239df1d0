package io.tlem.endtoend;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered UDP datagrams of known content; runs as a program at either end.
 *
 * <pre>
 *   send ADDRESS COUNT SIZE RATE         RATE in bit/s of payload
 *   segmented ADDRESS COUNT SIZE RATE    the same, handed to the kernel in super-packets of up to 40
 *   receive IDLE_MILLIS                  until nothing has come for that long after the first
 * </pre>
 */
final class Datagrams {
    private static final int PORT = 7777;
    private static final int SUPER_PACKET = 40;
    private static final int BUFFER_BYTES = 4 << 20;
    private static final String READY = "ready";
    private static final long FIRST_MILLIS = 20_000;

    private Datagrams() {}

    /**
     * What came.
     *
     * @param packets datagrams
     * @param distinct different numbers among them
     * @param corrupt datagrams with other content than was sent
     * @param bitsPerSecond of payload, between the first and the last
     */
    record Received(long packets, long distinct, long corrupt, double bitsPerSecond) {}

    /** Starts a receiver and returns when it listens. */
    static Program startReceiver(Namespace namespace) {
        Program receiver = namespace.startJava(Datagrams.class, "receive", 400);
        receiver.awaitOutput(READY, Duration.ofSeconds(20));
        return receiver;
    }

    /** The result of a receiver, once nothing comes any more. */
    static Received await(Program receiver) {
        String[] words = receiver.awaitOutput("received (.*)\n", Duration.ofSeconds(40))
                .group(1)
                .split(" ", -1);
        return new Received(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Double.parseDouble(words[3]));
    }

    static Program startSender(
            Namespace namespace, String mode, String address, long count, int size, long bitsPerSecond) {
        return namespace.startJava(Datagrams.class, mode, address, count, size, bitsPerSecond);
    }

    /**
     * Sends the datagrams from one end and returns what came at the other. A ping goes first: while the neighbour's
     * hardware address is being resolved, the kernel would throw away what there is no room for.
     */
    static Received send(
            Namespace from, Namespace to, String mode, String address, long count, int size, long bitsPerSecond) {
        from.run(Duration.ofSeconds(20), "ping", "-n", "-c", "1", "-i", "0.2", "-w", "10", address)
                .succeeded();
        try (Program receiver = startReceiver(to);
                Program sender = startSender(from, mode, address, count, size, bitsPerSecond)) {
            sender.await(Duration.ofSeconds(60)).succeeded();
            return await(receiver);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("receive")) {
            receive(Integer.parseInt(args[1]));
        } else {
            InetAddress address = InetAddress.getByName(args[1]);
            long count = Long.parseLong(args[2]);
            int size = Integer.parseInt(args[3]);
            long rate = Long.parseLong(args[4]);
            if (args[0].equals("segmented")) {
                sendSegmented(address, count, size, rate);
            } else {
                send(address, count, size, rate);
            }
        }
    }

    private static void send(InetAddress address, long count, int size, long bitsPerSecond) throws Exception {
        byte[] content = new byte[size];
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(address, PORT);
            DatagramPacket packet = new DatagramPacket(content, size);
            long start = System.nanoTime();
            for (long number = 0; number < count; number++) {
                waitUntil(start + number * size * 8 * 1_000_000_000L / bitsPerSecond);
                fill(ByteBuffer.wrap(content), number);
                socket.send(packet);
            }
        }
    }

    private static void sendSegmented(InetAddress address, long count, int size, long bitsPerSecond) {
        ByteBuffer content = ByteBuffer.allocate(SUPER_PACKET * size);
        try (SegmentingSocket socket = new SegmentingSocket(address, PORT, size)) {
            long start = System.nanoTime();
            for (long number = 0; number < count; ) {
                waitUntil(start + number * size * 8 * 1_000_000_000L / bitsPerSecond);
                content.clear();
                for (; number < count && content.hasRemaining(); number++) {
                    fill(content.slice(content.position(), size), number);
                    content.position(content.position() + size);
                }
                socket.send(content.array(), content.position());
            }
        }
    }

    private static void waitUntil(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void fill(ByteBuffer content, long number) {
        content.putLong(number);
        SplittableRandom random = new SplittableRandom(number);
        while (content.remaining() >= Long.BYTES) {
            content.putLong(random.nextLong());
        }
        while (content.hasRemaining()) {
            content.put((byte) number);
        }
    }

    private static void receive(int idleMillis) throws Exception {
        byte[] content = new byte[65536];
        BitSet numbers = new BitSet();
        long packets = 0;
        long bytes = 0;
        long corrupt = 0;
        long first = 0;
        long last = 0;
        try (DatagramSocket socket = new DatagramSocket(PORT)) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
            socket.setSoTimeout((int) FIRST_MILLIS);
            System.out.println(READY);
            DatagramPacket packet = new DatagramPacket(content, content.length);
            while (true) {
                packet.setLength(content.length);
                try {
                    socket.receive(packet);
                } catch (SocketTimeoutException e) {
                    break;
                }
                last = System.nanoTime();
                if (packets == 0) {
                    first = last;
                    socket.setSoTimeout(idleMillis);
                }
                packets++;
                bytes += packet.getLength();
                long number = ByteBuffer.wrap(content).getLong();
                ByteBuffer expected = ByteBuffer.allocate(packet.getLength());
                fill(expected, number);
                if (expected.flip().equals(ByteBuffer.wrap(content, 0, packet.getLength()))) {
                    numbers.set((int) number);
                } else {
                    corrupt++;
                }
            }
        }
        double seconds = Math.max(1, last - first) / 1e9;
        List<Object> result = List.of(packets, numbers.cardinality(), corrupt, bytes * 8 / seconds);
        System.out.println("received "
                + String.join(" ", result.stream().map(Object::toString).toList()));
    }
}
