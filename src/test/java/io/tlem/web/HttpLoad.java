package io.tlem.web;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program that asks a link all the time: 200 clients, 50 that listen to its events, and a slow-loris client, whose connections
 * send a letter now and then. It takes {@code on} and {@code off} on its standard input, and answers each by a line.
 */
final class HttpLoad {
    private static final int CLIENTS = 200;
    private static final int LISTENERS = 50;
    private static final int SLOW = 20;
    private static final long CLIENT_PAUSE_MILLIS = 800; // 250 requests a second of all, of 300 that are answered
    private static final long SLOW_PAUSE_MILLIS = 300;
    private static final long SETTLE_NANOS = 2_000_000_000L;
    private static final List<String> PATHS =
            List.of("/metrics", "/api/v1/link", "/api/v1/statistics", "/api/v1/journal", "/api/v1/models", "/");

    private final Client client;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong events = new AtomicLong();
    private volatile boolean on;

    private HttpLoad(Client client) {
        this.client = client;
    }

    /** Something that is done again and again over a connection. */
    private interface Deed {
        void over(Socket socket) throws IOException, InterruptedException;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        HttpLoad load = new HttpLoad(new Client(arguments[0]));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            if (command.equals("on")) {
                load.begin();
                load.settle();
            } else {
                load.end();
            }
            System.out.println(load.answers + " answers, " + load.refusals + " refusals, " + load.events + " events");
        }
        load.end();
    }

    private void begin() {
        on = true;
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            start(socket -> ask(socket, number));
        }
        for (int i = 0; i < LISTENERS; i++) {
            start(this::listen);
        }
        for (int i = 0; i < SLOW; i++) {
            start(this::dawdle);
        }
    }

    /** Returns when as many have been answered as ask and listen, or after a while: what connecting costs is no part of the load. */
    private void settle() throws InterruptedException {
        long before = answers.get() + refusals.get() + events.get();
        long start = System.nanoTime();
        while (answers.get() + refusals.get() + events.get() - before < CLIENTS + LISTENERS
                && System.nanoTime() - start < SETTLE_NANOS) {
            Thread.sleep(10);
        }
    }

    private void start(Deed deed) {
        threads.add(Thread.ofVirtual().start(() -> {
            while (on) {
                try (Socket socket = client.connect()) {
                    sockets.add(socket);
                    deed.over(socket);
                    sockets.remove(socket);
                } catch (IOException | NumberFormatException | StringIndexOutOfBoundsException e) {
                    pause(20); // it was hung up on, perhaps by the end of the load
                } catch (InterruptedException e) {
                    return;
                }
            }
        }));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(Socket socket, int number) throws IOException, InterruptedException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        Thread.sleep(number * CLIENT_PAUSE_MILLIS / CLIENTS);
        for (int i = number; on; i++) {
            socket.getOutputStream()
                    .write(("GET " + PATHS.get(i % PATHS.size()) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            (Client.answer(in, true).status() == Reply.OK ? answers : refusals).incrementAndGet();
            Thread.sleep(CLIENT_PAUSE_MILLIS);
        }
    }

    private void listen(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        InputStream in = new BufferedInputStream(socket.getInputStream());
        while (on) {
            if (Client.line(in).startsWith("event: ")) {
                events.incrementAndGet();
            }
        }
    }

    private void dawdle(Socket socket) throws IOException, InterruptedException {
        String never = "GET /api/v1/link HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(10_000);
        for (int i = 0; on && i < never.length(); i++) {
            socket.getOutputStream().write(never.charAt(i));
            Thread.sleep(SLOW_PAUSE_MILLIS);
        }
    }

    private void end() throws InterruptedException {
        on = false;
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // It was closed already.
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        sockets.clear();
    }
}
