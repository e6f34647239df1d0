package io.tlem.port.packet;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Two namespaces, and two ports with threads between them that pass on every packet and look at it. */
final class TcpLab implements AutoCloseable {
    // For benchmarks, and so the least likely to be this machine's own, which would then answer from the middle.
    static final String RIGHT4 = "198.18.77.2";
    static final String RIGHT6 = "2001:db8::2";

    private static final int BATCH = 256;

    private final String name = "tl" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36);
    private final List<PacketPort> ports = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<String> problem = new AtomicReference<>();
    private final AtomicLong packets = new AtomicLong();
    private Process server;
    private volatile boolean stop;

    TcpLab() {
        try {
            end("l", "198.18.77.1/24", "2001:db8::1/64");
            end("r", RIGHT4 + "/24", RIGHT6 + "/64");
            forward(ports.get(0), ports.get(1));
            forward(ports.get(1), ports.get(0));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void end(String side, String address4, String address6) {
        String namespace = name + side;
        String middle = name + "m" + side;
        VethPair.ip("netns", "add", namespace);
        VethPair.ip("link", "add", middle, "type", "veth", "peer", "name", "e0", "netns", namespace);
        VethPair.silence(middle);
        VethPair.ip("-n", namespace, "addr", "add", address4, "dev", "e0");
        VethPair.ip("-n", namespace, "addr", "add", address6, "dev", "e0", "nodad");
        VethPair.ip("-n", namespace, "link", "set", "e0", "up");
        VethPair.up(middle);
        ports.add(new PacketPortProvider().open(PortAddress.parse("packet:" + middle)));
    }

    private void forward(PacketPort from, PacketPort to) {
        threads.add(Thread.ofPlatform().daemon().start(() -> {
            try {
                forward(from.source().orElseThrow(), to.sink().orElseThrow());
            } catch (RuntimeException | Error e) {
                problem.compareAndSet(null, e.toString());
            }
        }));
    }

    private void forward(PacketSource source, PacketSink sink) {
        PacketBatch in = new PacketBatch(BATCH);
        PacketBatch out = new PacketBatch(BATCH);
        while (!stop) {
            int count = source.receive(in, System::nanoTime);
            if (count == 0) {
                sink.flush();
                continue;
            }
            for (int done = 0; done < count && !stop; ) {
                int room = sink.reserve(out, count - done);
                for (int i = 0; i < room; i++) {
                    int length = in.length[done + i];
                    long offset = in.offset[done + i];
                    look(source.memory().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
                    MemorySegment.copy(source.memory(), offset, sink.memory(), out.offset[i], length);
                    out.length[i] = length;
                }
                if (room > 0) {
                    sink.transmit(out, room, System.nanoTime());
                }
                done += room;
            }
            source.release();
        }
    }

    private void look(byte[] frame) {
        packets.incrementAndGet();
        String found = FrameChecks.problem(frame, 1514);
        if (found != null) {
            problem.compareAndSet(null, found);
        }
    }

    void transfer(String address) throws Exception {
        server = new ProcessBuilder("ip", "netns", "exec", name + "r", "iperf3", "-s", "-1")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread.sleep(500);
        try {
            VethPair.run(List.of(
                    "ip",
                    "netns",
                    "exec",
                    name + "l",
                    "iperf3",
                    "-c",
                    address,
                    "-n",
                    "60M",
                    "--connect-timeout",
                    "5000"));
        } catch (AssertionError e) {
            throw new AssertionError(problem() + ", " + packets() + " packets", e);
        }
        server.waitFor();
    }

    /** What may not have been made. */
    private static void quietly(Object... arguments) {
        try {
            VethPair.ip(arguments);
        } catch (AssertionError e) {
            System.err.println(e.getMessage());
        }
    }

    String problem() {
        return problem.get();
    }

    long packets() {
        return packets.get();
    }

    @Override
    public void close() {
        stop = true;
        threads.forEach(thread -> {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        ports.forEach(PacketPort::close);
        if (server != null) {
            server.destroy();
        }
        for (String side : List.of("l", "r")) {
            quietly("link", "del", name + "m" + side);
            quietly("netns", "del", name + side);
        }
    }
}
