package io.tlem.bench;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a packet costs that passes a pipe of the software netmap on one core: slots reserved, a transmit sync, a receive
 * sync, slots handed out and given back. Time is per packet; 50 ns are 20 million packets a second.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PipeBenchmark {
    private static final int PACKETS = 1024;
    private static final int LINE_BYTES = 64;

    /** Packets for one sync. */
    @Param({"64", "256"})
    private int batch;

    /** Length of each packet in bytes. */
    @Param({"60", "1514"})
    private int length;

    private PacketPort left;
    private PacketPort right;
    private PacketSink sink;
    private PacketSource source;
    private PacketBatch out;
    private PacketBatch in;
    private Arena arena;
    private MemorySegment packet;

    /** Opens both ends. */
    @Setup
    public void open() {
        long process = ProcessHandle.current().pid();
        left = new PipePortProvider().open(PortAddress.parse("pipe:bench" + process + "{1"));
        right = new PipePortProvider().open(PortAddress.parse("pipe:bench" + process + "}1"));
        sink = left.sink().orElseThrow();
        source = right.source().orElseThrow();
        out = new PacketBatch(batch);
        in = new PacketBatch(batch);
        arena = Arena.ofConfined();
        packet = arena.allocate(2048, LINE_BYTES);
    }

    /** Closes both ends. */
    @TearDown
    public void close() {
        left.close();
        right.close();
        arena.close();
    }

    /** The pipe alone: packets are neither written nor read. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int pass() {
        int received = 0;
        while (received < PACKETS) {
            int free = sink.reserve(out, batch);
            for (int i = 0; i < free; i++) {
                out.length[i] = length;
            }
            sink.transmit(out, free, 0);
            received += source.receive(in, System::nanoTime);
            source.release();
        }
        return received;
    }

    /** Each packet is copied into its slot and out of it. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int passAndCopy() {
        MemorySegment memory = sink.memory();
        MemorySegment arrived = source.memory();
        int bytes = Math.max(length, LINE_BYTES);
        int received = 0;
        while (received < PACKETS) {
            int free = sink.reserve(out, batch);
            for (int i = 0; i < free; i++) {
                MemorySegment.copy(packet, 0, memory, out.offset[i], bytes);
                out.length[i] = length;
            }
            sink.transmit(out, free, 0);
            int count = source.receive(in, System::nanoTime);
            for (int i = 0; i < count; i++) {
                MemorySegment.copy(arrived, in.offset[i], packet, 0, bytes);
            }
            source.release();
            received += count;
        }
        return received;
    }
}
