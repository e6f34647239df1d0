package io.tlem.bench;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.PacketHold;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * What each model adds to deciding a packet's fate: the annotator with this model only, to be compared with {@code none}, and
 * queues in front of a link of 1 Gbit/s, with {@code bandwidth:1G}. Others than those listed with {@code -p model=ROLE:SPECIFICATION}.
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
        "bandwidth:netem,1G,-14,48,5",
        "bandwidth:avg,1G",
        "bandwidth:tbf,1G,15k",
        "bandwidth:tdm,1G,10ms,2ms,10us",
        "bandwidth:slots,800us,1ms,10",
        "bandwidth:slot-table,1ms,200us,normal.dist,10",
        "bandwidth:steps,rates.txt,wrap",
        "bandwidth:markov,1G,1s,500M,200ms",
        "bandwidth:mahimahi,lte.trace",
        "bandwidth:profile,0,wifi.profile",
        "queue:50k",
        "queue:packets,100",
        "queue:head-bytes,50k",
        "queue:head-packets,100",
        "queue:red,100k,20k,60k,10%",
        "queue:gred,100k,20k,40k,10%",
        "queue:codel",
        "queue:pie",
        "loss:0.01",
        "loss:ber,1e-6",
        "loss:burst,0.1%,2,10",
        "loss:random,1%,25%",
        "loss:state,1%,20%,10%,50%,0.1%",
        "loss:gemodel,1%,10%,70%,0.1%",
        "loss:dummynet,0.1%,1%,70%,10%",
        "loss:gilbert,1%,25%",
        "loss:every,100",
        "loss:packets,3,7,10-20",
        "loss:trace,loss-rates.txt,wrap",
        "loss:bits,losses.txt",
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
        "delay:normal,20ms,3ms,correlation=0.5",
        "delay:samples,samples.txt",
        "delay:trace,delays.txt,wrap",
        "delay:inter-packet,1ms,3ms,10ms",
        "order:keep",
        "order:spaced",
        "order:delay-first",
        "order:drop",
        "reorder:constant,0.01,5ms",
        "reorder:gap,5,25%",
        "reorder:route,1",
        "reorder:jitter",
        "duplicate:1%",
        "corrupt:1%",
        "corrupt:bits,1%,checksum=fix",
        "corrupt:pattern,1%,42,ff00",
        "mark:1%",
        "truncate:length,1%,100",
        "outage:down",
        "outage:periodic,10s,500ms",
        "outage:random,10s,500ms"
    })
    private String model;

    /** The files that specifications above name. */
    private static final Map<String, String> FILES = Map.of(
            "normal.dist", "-8192 0 4096 8192\n",
            "rates.txt", "0 1G\n1s 500M\n2s 1G\n",
            "lte.trace", "1\n".repeat(200),
            "wifi.profile", "bw 1G\ndelay prob\n0 0\n0.001 0.9\n0.005 1\n",
            "loss-rates.txt", "0 0.001\n1s 5%\n2s 0\n",
            "losses.txt", "0001000000\n",
            "samples.txt", "10ms\n20ms\n30ms\n",
            "delays.txt", "0 10ms\n1s 20ms\n2s 5ms\n");

    private final PacketContext packet = new PacketContext();
    private final PacketContext head = new PacketContext();
    private PacketHold hold; // null unless the queue decides about waiting packets
    private Arena arena;
    private MemorySegment memory;
    private Annotator annotator;
    private long nowNanos;

    /** Chooses the model by hand. */
    void use(String chosen) {
        model = chosen;
    }

    /** Makes the model. */
    @Setup
    public void setUp() throws IOException {
        arena = Arena.ofShared();
        memory = arena.allocate(2048, 64);
        Map<Role, String> specs = new EnumMap<>(Role.class);
        int colon = model.indexOf(':');
        if (colon > 0) {
            String spec = model.substring(colon + 1);
            for (Map.Entry<String, String> file : FILES.entrySet()) {
                if (spec.contains("," + file.getKey())) {
                    Path path = Files.writeString(Files.createTempFile("tlem", file.getKey()), file.getValue());
                    path.toFile().deleteOnExit();
                    spec = spec.replace("," + file.getKey(), "," + path);
                }
            }
            specs.put(role(model.substring(0, colon)), spec);
            if (model.startsWith("queue:")) {
                specs.put(Role.BANDWIDTH, "1G");
            }
        }
        LinkModels models = LinkModels.of(specs, new RandomStreams(1, 0));
        annotator = new Annotator(models);
        hold = models.holds()
                ? new PacketHold(annotator, arena.allocate((long) PacketHold.bytesFor(models.queue(), 2048), 64))
                : null;
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
        if (hold == null) {
            return annotator.decide(packet);
        }
        while (hold.next(nowNanos, head)) {}
        return hold.arrive(packet, 0);
    }
}
