package io.tlem.bench;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
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

/**
 * What each model adds to deciding a packet's fate: the annotator with this model only, to be compared with {@code none}. Others
 * than those listed with {@code -p model=ROLE:SPECIFICATION}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ModelsBenchmark {
    private static final int LENGTH_BYTES = 1500;
    private static final long GAP_NANOS = 12_400;

    /** Role and specification. */
    @Param({
        "none",
        "bandwidth:1G",
        "bandwidth:ether,1G",
        "queue:50k",
        "queue:packets,100",
        "loss:0.01",
        "delay:10ms",
        "delay:uniform,5ms,15ms",
        "delay:exp,5ms,10ms",
        "delay:normal,20ms,3ms",
        "delay:pareto,5ms,3",
        "delay:paretonormal,20ms,3ms",
        "delay:lognormal,20ms,0.3",
        "delay:weibull,20ms,2",
        "delay:gamma,20ms,4",
        "delay:netem,20ms,5ms",
        "delay:netem,20ms,5ms,25%",
        "delay:inter-packet,1ms,3ms,10ms",
        "reorder:constant,0.01,5ms",
        "reorder:gap,5,25%",
        "reorder:jitter",
        "duplicate:1%",
        "corrupt:1%",
        "corrupt:bits,1%,checksum=fix",
        "mark:1%",
        "truncate:length,1%,100",
        "outage:periodic,10s,500ms",
        "outage:random,10s,500ms"
    })
    private String model;

    private final PacketContext packet = new PacketContext();
    private Arena arena;
    private MemorySegment memory;
    private Annotator annotator;
    private long nowNanos;

    /** Makes the model. */
    @Setup
    public void setUp() {
        arena = Arena.ofShared();
        memory = arena.allocate(2048, 64);
        Map<Role, String> specs = new EnumMap<>(Role.class);
        int colon = model.indexOf(':');
        if (colon > 0) {
            specs.put(role(model.substring(0, colon)), model.substring(colon + 1));
        }
        annotator = new Annotator(LinkModels.of(specs, new RandomStreams(1, 0)));
    }

    private static Role role(String label) {
        return Arrays.stream(Role.values())
                .filter(role -> role.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    /** Frees the packet's memory. */
    @TearDown
    public void tearDown() {
        arena.close();
    }

    /** One packet. */
    @Benchmark
    public Fate decide() {
        nowNanos += GAP_NANOS;
        packet.reset(memory, 0, LENGTH_BYTES, nowNanos);
        return annotator.decide(packet);
    }
}
