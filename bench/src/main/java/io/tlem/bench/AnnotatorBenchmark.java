package io.tlem.bench;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What deciding one packet's fate costs: at 64-byte packets and 10 Gbit/s there are 67 ns for everything. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AnnotatorBenchmark {
    private static final int LENGTH_BYTES = 1500;

    /** A little more than a packet takes on the link, so that the queue drops nothing. */
    private static final long GAP_NANOS = 12_400;

    /** Loss of a packet. */
    @Param({"", "0.01"})
    private String loss;

    /** Propagation delay. */
    @Param({"20ms", "uniform,20ms,21ms"})
    private String delay;

    private final PacketContext packet = new PacketContext();
    private Arena arena;
    private MemorySegment memory;
    private Annotator annotator;
    private long nowNanos;

    /** Builds a link of 1 Gbit/s. */
    @Setup
    public void setUp() {
        arena = Arena.ofShared();
        memory = arena.allocate(2048, 64);
        RandomStreams streams = new RandomStreams(1, 0);
        annotator = new Annotator(LinkModels.of(
                Map.of(Role.LOSS, loss, Role.QUEUE, "50000", Role.BANDWIDTH, "ether,1G", Role.DELAY, delay), streams));
    }

    /** Frees the packet's memory. */
    @TearDown
    public void tearDown() {
        arena.close();
    }

    /** One packet through all four models. */
    @Benchmark
    public Fate decide() {
        nowNanos += GAP_NANOS;
        packet.reset(memory, 0, LENGTH_BYTES, nowNanos);
        return annotator.decide(packet);
    }
}
