package io.tlem.endtoend;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/**
 * A file over TCP; runs as a program at either end.
 *
 * <pre>
 *   send ADDRESS FILE
 *   receive             prints the number of bytes and their SHA-256
 * </pre>
 */
final class Transfer {
    private static final int PORT = 7778;
    private static final String READY = "ready";

    private Transfer() {}

    /**
     * What came.
     *
     * @param bytes how much
     * @param sha256 in hexadecimal
     */
    record Received(long bytes, String sha256) {}

    /** Sends a file from one end and returns what came at the other. */
    static Received send(Namespace from, Namespace to, String address, Path file, Duration limit) {
        try (Program receiver = to.startJava(Transfer.class, "receive")) {
            receiver.awaitOutput(READY, Duration.ofSeconds(20));
            try (Program sender = from.startJava(Transfer.class, "send", address, file)) {
                sender.await(limit).succeeded();
            }
            String[] words =
                    receiver.awaitOutput("received (.*)\n", limit).group(1).split(" ", -1);
            return new Received(Long.parseLong(words[0]), words[1]);
        }
    }

    static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("send")) {
            send(args[1], Path.of(args[2]));
        } else {
            receive();
        }
    }

    private static void send(String address, Path file) throws Exception {
        try (SocketChannel socket = SocketChannel.open(new InetSocketAddress(address, PORT));
                FileChannel channel = FileChannel.open(file)) {
            for (long position = 0; position < channel.size(); ) {
                position += channel.transferTo(position, channel.size() - position, socket);
            }
            socket.shutdownOutput();
            socket.socket().getInputStream().read(); // until the other end has everything
        }
    }

    private static void receive() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long bytes = 0;
        try (ServerSocket server = new ServerSocket(PORT)) {
            System.out.println(READY);
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                byte[] chunk = new byte[65536];
                for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                    digest.update(chunk, 0, read);
                    bytes += read;
                }
            }
        }
        System.out.println("received " + bytes + " " + HexFormat.of().formatHex(digest.digest()));
    }
}
