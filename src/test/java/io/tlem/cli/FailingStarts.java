package io.tlem.cli;

import io.tlem.link.Link;
import io.tlem.link.LinkSetup;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.Ports;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A program that starts a link under load again and again, each time with another step of the start failing, and says of
 * each whether everything was given back. Ends with the first that was not.
 */
final class FailingStarts {
    private static final PortAddress GENERATOR = PortAddress.parse("generator:size=60,rate=max");
    private static final PortAddress SINK = PortAddress.parse("sink:");
    private static final PortAddress LOST = PortAddress.parse("packet:lost0");
    private static final long BUFFER_BYTES = 32 << 20;

    private final String[] more;
    private final List<PacketPort> ports = new ArrayList<>();
    private final List<MemorySegment> memories = new ArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failingCall = new AtomicInteger(Integer.MAX_VALUE);
    private boolean started;

    private FailingStarts(String... more) {
        this.more = more;
    }

    /**
     * Fails at each step of a start.
     *
     * @param arguments the folder of this process's own control group: threads fail, each once; none: all else does
     */
    public static void main(String[] arguments) throws IOException {
        int status = 1;
        try {
            long before = residentBytes();
            int runs;
            if (arguments.length > 0) {
                Path limit = Path.of(arguments[0], "pids.max");
                runs = new FailingStarts("--stages", "2").failAtEachThread(limit)
                        + new FailingStarts("--stages", "3").failAtEachThread(limit);
            } else {
                runs = new FailingStarts().failAtEachStep();
            }
            long kept = residentBytes() - before;
            require(kept < runs * BUFFER_BYTES / 2, runs + " starts have kept " + (kept >> 20) + " MiB");
            System.out.println(runs + " starts failed and gave everything back");
            status = 0;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        } finally {
            Shutdown.exit(status);
        }
    }

    private int failAtEachStep() {
        int runs;
        check(run(ports -> {
            throw new IllegalArgumentException("no such arrangement");
        }));
        check(run(this::arrange, "--histogram-log", "/no/such/folder/log"));
        runs = 2;
        failingCall.set(0);
        do {
            failingCall.incrementAndGet();
            runs++;
            check(runToFailingCall());
        } while (!started);
        failingCall.addAndGet(1000); // of a stage, in the midst of its work
        check(runToFailingCall());
        require(started, "a stage that fails ended the start");
        failingCall.set(Integer.MAX_VALUE);
        return runs;
    }

    private Throwable runToFailingCall() {
        Throwable failure = run(this::arrange);
        System.out.println("call " + failingCall + (started ? ", link running: " : ": ") + failure);
        return failure;
    }

    /** Allows one thread more each time, until there are enough. */
    private int failAtEachThread(Path limit) throws IOException {
        int inLink = 0;
        int forSignals = 0;
        int allowed = 0;
        Throwable failure;
        check(run(this::arrange)); // starts every thread of the virtual machine that is started late
        long idle = idleThreads(limit.resolveSibling("pids.current"));
        do {
            Files.writeString(limit, Long.toString(idle + allowed));
            try {
                failure = run(this::arrange);
            } finally {
                Files.writeString(limit, "max");
            }
            boolean here = isIn(Link.class, failure);
            inLink += here ? 1 : 0;
            forSignals += isIn(Shutdown.class, failure) ? 1 : 0;
            System.out.println(allowed + " threads more" + (here ? ", in the link: " : ": ") + failure);
            check(failure);
            allowed++;
        } while (failure != null);
        require(inLink >= 3, "only " + inLink + " threads of the link could not be started");
        require(forSignals > 0, "a link ran that no signal could have ended");
        return allowed;
    }

    /** The least of what is counted for a while: threads count until the kernel has let go of them. */
    private static long idleThreads(Path current) throws IOException {
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + 500_000_000;
        while (System.nanoTime() < end) {
            least = Math.min(least, Long.parseLong(Files.readString(current).strip()));
        }
        return least;
    }

    private static boolean isIn(Class<?> one, Throwable failure) {
        return failure != null
                && Arrays.stream(failure.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(one.getName()));
    }

    /** Runs the link, and returns what ended it; null when it ran to its end, be it with a failed stage. */
    private Throwable run(UnaryOperator<List<PacketPort>> arrange, String... others) {
        started = false;
        calls.set(0);
        memories.clear();
        List<String> options = new ArrayList<>(List.of(
                "-q", "--duration", "50ms", "-D", "1ms", "--buffer", Long.toString(BUFFER_BYTES), "-C", "none"));
        options.addAll(List.of(more));
        options.addAll(List.of(others));
        LinkSpec link = Configured.of(options.toArray(String[]::new))
                .with(Setting.PORTS, GENERATOR.toString(), SINK.toString());
        try (LinkRun run = new LinkRun(link, LinkSetup.of(link, 0), arrange)) {
            run.run(() -> started = true);
            return null;
        } catch (Throwable e) {
            return e;
        } finally {
            ports.forEach(PacketPort::close);
            ports.clear();
        }
    }

    private void check(Throwable failure) {
        require(!(failure instanceof NullPointerException), String.valueOf(failure));
        List<String> running = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("tlem "))
                .toList();
        require(running.isEmpty(), "still running: " + running);
        for (MemorySegment memory : memories) {
            require(!memory.scope().isAlive(), "a port's memory is still there");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a generator and a sink, and another of each, two ports with traffic in both directions. */
    private List<PacketPort> arrange(List<PacketPort> opened) {
        opened.get(0).source().ifPresent(source -> memories.add(source.memory()));
        opened.get(1).sink().ifPresent(sink -> memories.add(sink.memory()));
        ports.add(Ports.open(GENERATOR));
        ports.add(Ports.open(SINK));
        return List.of(
                faulty(PacketPort.class, new Both(opened.get(0), ports.get(1))),
                faulty(PacketPort.class, new Both(ports.get(0), opened.get(1))));
    }

    /** Every call of it counts, and the one chosen throws. */
    private <T> T faulty(Class<T> type, T inner) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    int call = calls.incrementAndGet();
                    if (call == failingCall.get() && !method.getName().equals("close")) {
                        throw failure(call, method.getName());
                    }
                    try {
                        return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static Throwable failure(int call, String name) {
        return switch (call % 3) {
            case 0 -> new PortException(LOST, name + " failed on purpose");
            case 1 -> new IllegalStateException(name + " failed on purpose");
            default -> new OutOfMemoryError(name + " failed on purpose");
        };
    }

    /** Receives from one port and transmits on another. */
    private final class Both implements PacketPort {
        private final PacketPort from;
        private final PacketPort to;

        Both(PacketPort from, PacketPort to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public PortAddress address() {
            return from.address();
        }

        @Override
        public String description() {
            return from.description();
        }

        @Override
        public Optional<PacketSource> source() {
            return from.source().map(source -> faulty(PacketSource.class, source));
        }

        @Override
        public Optional<PacketSink> sink() {
            return to.sink().map(sink -> faulty(PacketSink.class, sink));
        }

        @Override
        public void close() {
            from.close();
            to.close();
        }
    }
}
