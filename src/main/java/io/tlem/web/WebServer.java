package io.tlem.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.ledger.LedgerPage;
import io.tlem.spec.ConfigException;
import io.tlem.spec.HttpAddress;
import io.tlem.text.Failures;
import io.tlem.text.InputFile;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Answers HTTP about a link: Java's own server, each request in a virtual thread, all of which have one CPU at most. It hears
 * nobody before it is started, by a thread whose rights its own threads have.
 */
public final class WebServer implements AutoCloseable {
    /** The variable with a token. */
    public static final String TOKEN_VARIABLE = "TLEM_HTTP_TOKEN";

    private static final String TYPE = "Content-Type";
    private static final String EVENTS = "text/event-stream";
    private static final String ROWS = "application/x-ndjson";
    private static final String LOCAL = "127.0.0.1";
    private static final int LEAST_TOKEN = 16;
    private static final int MOST_TOKEN = 1024;
    private static final int BACKLOG = 64;
    private static final int MOST_AT_ONCE = 64;
    private static final int MOST_STREAMS = 64;
    private static final int MOST_QUERIES = 4;
    private static final int MOST_A_SECOND = 300;
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    static {
        // Limits of Java's server, which can be set for the whole process only; what is set already stays.
        Map<String, String> limits = Map.of(
                "sun.net.httpserver.maxReqTime", "5", // s until a request is whole
                "sun.net.httpserver.idleInterval", "30", // s between two requests of a connection
                "jdk.httpserver.maxConnections", "512",
                "sun.net.httpserver.maxIdleConnections", "256",
                // Whatever is beyond these two is hung up on without a word, so they leave room for an answer
                // (Request).
                "sun.net.httpserver.maxReqHeaders", "4096",
                "sun.net.httpserver.maxReqHeaderSize", "163840", // bytes
                // Read of what nobody wants, so that who sends it hears that.
                "sun.net.httpserver.drainAmount", "1048576", // bytes
                "sun.net.httpserver.nodelay", "true",
                // Of all virtual threads: whatever comes in leaves the other CPUs to the link.
                "jdk.virtualThreadScheduler.parallelism", "1",
                "jdk.virtualThreadScheduler.maxPoolSize", "4");
        limits.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }

    private final HttpServer server;
    private final HttpAddress address;
    private final Guard guard;
    private final RequestRate rate = new RequestRate(MOST_A_SECOND, System.nanoTime());
    private final Semaphore atOnce = new Semaphore(MOST_AT_ONCE);
    private final Semaphore streams = new Semaphore(MOST_STREAMS);
    private final Semaphore queries = new Semaphore(MOST_QUERIES);
    private final Patience patience = new Patience(PATIENCE_NANOS);
    private Optional<Started> started = Optional.empty();

    /** What there is once it answers. */
    private record Started(ExecutorService threads, Worker worker, Api api, EventStreams events) {}

    private WebServer(HttpServer server, HttpAddress address, Guard guard) {
        this.server = server;
        this.address = address;
        this.guard = guard;
    }

    /**
     * Takes the port.
     *
     * @param tokenFile whose token requests have to bring
     * @param environmentToken that they have to bring without such a file; may be null
     * @throws IllegalArgumentException with one line, when there is no such address, or no token where one is needed
     * @throws IOException with one line, when the port cannot be had or the file cannot be read
     */
    public static WebServer open(HttpAddress address, Optional<Path> tokenFile, String environmentToken)
            throws IOException {
        InetAddress host = host(address);
        Optional<String> token = tokenFile.isPresent()
                ? Optional.of(acceptable(readToken(tokenFile.get()), "--http-token-file " + tokenFile.get()))
                : Optional.ofNullable(environmentToken).map(text -> acceptable(text.strip(), TOKEN_VARIABLE));
        if (!host.isLoopbackAddress() && token.isEmpty()) {
            throw new IllegalArgumentException("--http " + address + ": others than this machine need a token:"
                    + " --http-token-file FILE, or " + TOKEN_VARIABLE + " in the environment");
        }
        InetSocketAddress socket = new InetSocketAddress(host, address.port());
        try {
            Guard guard = new Guard(host.isLoopbackAddress(), address.host().toLowerCase(Locale.ROOT), token);
            return new WebServer(HttpServer.create(socket, BACKLOG), address, guard);
        } catch (BindException e) {
            throw new IOException(
                    "--http " + address + ": cannot listen on " + shown(socket) + ": " + e.getMessage(), e);
        }
    }

    private static InetAddress host(HttpAddress address) {
        try {
            return address.host().isEmpty() ? InetAddress.ofLiteral(LOCAL) : InetAddress.getByName(address.host());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "--http " + address + ": no address is known for " + Shown.quoted(address.host()), e);
        }
    }

    private static String readToken(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MOST_TOKEN + 1), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException("--http-token-file " + file + ": " + InputFile.reason(e), e);
        }
    }

    private static String acceptable(String token, String where) {
        if (token.length() < LEAST_TOKEN || token.length() > MOST_TOKEN || !token.matches("[!-~]+")) {
            throw new IllegalArgumentException(where + ": a token has " + LEAST_TOKEN + " to " + MOST_TOKEN
                    + " letters, digits and signs of ASCII, without spaces");
        }
        return token;
    }

    private static String shown(InetSocketAddress socket) {
        String host = socket.getAddress().getHostAddress();
        return (socket.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + socket.getPort();
    }

    /** Where it is found, as it was asked for. */
    public String url() {
        String host = address.host().isEmpty() ? LOCAL : address.host();
        return "http://" + new HttpAddress(host, server.getAddress().getPort()) + "/";
    }

    /**
     * Begins to answer. Once.
     *
     * @param version of the emulator
     */
    public void start(LinkView view, String version) {
        Worker worker = new Worker(view.live().link().collector());
        Api api = new Api(view, worker, new Metrics(view.name(), version));
        EventStreams events = new EventStreams(view, patience);
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("tlem http ", 0).factory());
        started = Optional.of(new Started(threads, worker, api, events));
        server.setExecutor(threads);
        server.createContext("/", exchange -> handle(exchange, api, events));
        server.start();
    }

    private void handle(HttpExchange exchange, Api api, EventStreams events) throws IOException {
        try (exchange) {
            if (onlyIpv4() && exchange.getLocalAddress().getAddress() instanceof Inet6Address) {
                return; // Java's server hears both where it is to hear all
            }
            patience.begin();
            Headers headers = exchange.getResponseHeaders();
            headers.set("Cache-Control", "no-store");
            headers.set("X-Content-Type-Options", "nosniff");
            headers.set("Referrer-Policy", "no-referrer");
            headers.set("Cross-Origin-Resource-Policy", "same-origin");
            headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
            String path = exchange.getRequestURI().getPath();
            if (path != null && path.equals(Api.PREFIX + "events")) {
                stream(exchange, api, events);
            } else if (path != null && path.equals(Api.PREFIX + "ledger")) {
                query(exchange, api);
            } else {
                send(exchange, reply(exchange, api));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it took too long, or the link has ended
        } catch (VirtualMachineError e) {
            throw new IOException(Failures.describe(e), e); // which ends the connection, and prints nothing
        } finally {
            patience.end();
        }
    }

    private boolean onlyIpv4() {
        return address.host().equals("0.0.0.0");
    }

    private Optional<Reply> refusal(HttpExchange exchange) {
        if (!rate.passes(System.nanoTime())) {
            return Optional.of(Reply.problem(Reply.TOO_MANY, MOST_A_SECOND + " requests a second are answered")
                    .with("Retry-After", "1"));
        }
        Optional<Reply> tooLong = Request.tooLong(exchange);
        if (tooLong.isPresent()) {
            return tooLong;
        }
        String path = exchange.getRequestURI().getPath();
        boolean open = path != null && (path.equals("/healthz") || Pages.has(path));
        return guard.refusal(exchange.getRequestHeaders(), open);
    }

    private Reply reply(HttpExchange exchange, Api api) throws IOException, InterruptedException {
        Optional<Reply> refusal = refusal(exchange);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        boolean counted = false;
        try {
            Request request = Request.of(exchange); // which may take its time
            counted = atOnce.tryAcquire();
            return counted
                    ? api.reply(request)
                    : Reply.problem(Reply.UNAVAILABLE, MOST_AT_ONCE + " other requests are being answered");
        } catch (RuntimeException | VirtualMachineError e) { // of which one request must not print a page
            return problem(e);
        } finally {
            if (counted) {
                atOnce.release();
            }
        }
    }

    private static Reply problem(Throwable failure) {
        return switch (failure) {
            case Reply.Refusal refusal -> refusal.reply();
            case LiveLink.LostUpdateException lost -> Reply.problem(Reply.LOST_UPDATE, lost.getMessage());
            case ConfigException mistake ->
                Reply.problem(Reply.BAD_REQUEST, mistake.messageWithin(Request.NAME), mistake.pointer());
            case IllegalArgumentException mistake -> Reply.problem(Reply.BAD_REQUEST, mistake.getMessage());
            case IllegalStateException impossible -> Reply.problem(Reply.CONFLICT, impossible.getMessage());
            case OutOfMemoryError full -> Reply.problem(Reply.UNAVAILABLE, "the request " + Failures.memory());
            default -> Reply.problem(Reply.FAULT, Failures.describe(failure));
        };
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        reply.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        if (exchange.getRequestMethod().equals("HEAD")) {
            if (reply.body().length > 0) { // else it is not known
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(reply.body().length));
            }
            exchange.sendResponseHeaders(reply.status(), -1);
        } else {
            exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
            exchange.getResponseBody().write(reply.body());
            exchange.getResponseBody().flush(); // before what is left of the request is waited for
        }
    }

    /** The answer to one who does not want what is written piece by piece, but what HEAD says of it. */
    private static Optional<Reply> withoutRows(HttpExchange exchange, String type) {
        return switch (exchange.getRequestMethod()) {
            case "GET" -> Optional.empty();
            case "HEAD" -> Optional.of(Reply.of(type, new byte[0]));
            default ->
                Optional.of(Reply.problem(Reply.NO_SUCH_METHOD, "possible: GET").with("Allow", "GET"));
        };
    }

    /**
     * Rows of the ledger, written as they are read: a client that is slow to take them holds up only itself, and one that asks for many
     * lets others in between.
     */
    @SuppressWarnings("ThreadPriorityCheck") // virtual threads leave their CPU to each other by this alone
    private void query(HttpExchange exchange, Api api) throws IOException, InterruptedException {
        Optional<Reply> refusal = refusal(exchange).or(() -> withoutRows(exchange, ROWS));
        boolean counted = refusal.isEmpty() && queries.tryAcquire();
        if (!counted) {
            send(
                    exchange,
                    refusal.orElseGet(() ->
                            Reply.problem(Reply.UNAVAILABLE, MOST_QUERIES + " others ask for rows of the ledger")));
            return;
        }
        try (LedgerPage page = api.ledger(exchange.getRequestURI().getRawQuery())) {
            exchange.getResponseHeaders().set(TYPE, ROWS);
            exchange.sendResponseHeaders(Reply.OK, 0);
            page.write(exchange.getResponseBody(), () -> {
                patience.begin();
                Thread.yield();
            });
        } catch (IllegalArgumentException | Reply.Refusal e) {
            send(exchange, problem(e));
        } finally {
            queries.release();
        }
    }

    private void stream(HttpExchange exchange, Api api, EventStreams events) throws IOException, InterruptedException {
        Optional<Reply> refusal = refusal(exchange).or(() -> withoutRows(exchange, EVENTS));
        boolean counted = refusal.isEmpty() && streams.tryAcquire();
        if (!counted) {
            send(
                    exchange,
                    refusal.orElseGet(() -> Reply.problem(
                            Reply.UNAVAILABLE, MOST_STREAMS + " others listen to the link's events already")));
            return;
        }
        try {
            Map<String, Object> shown = api.shown();
            exchange.getResponseHeaders().set(TYPE, EVENTS);
            exchange.sendResponseHeaders(Reply.OK, 0);
            patience.end();
            events.write(exchange.getResponseBody(), shown);
        } finally {
            streams.release();
        }
    }

    /** Gives the port back and ends the connections. */
    @Override
    public void close() {
        started.ifPresent(running -> running.events().close());
        server.stop(0);
        started.ifPresent(running -> {
            running.threads().shutdownNow();
            running.worker().close();
        });
    }
}
