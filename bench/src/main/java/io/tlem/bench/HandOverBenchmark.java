package io.tlem.bench;

import io.tlem.buffer.Cursor;
import io.tlem.buffer.SharedBuffer;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * A position handed from one core to another and back: two threads, each publishes what the other waits for. Time is
 * for the way there and back. Needs two CPUs.
 */
@State(Scope.Group)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HandOverBenchmark {
    private Arena arena;
    private Cursor there;
    private Cursor back;

    /** Two cursors of a shared buffer. */
    @Setup
    public void open() {
        arena = Arena.ofShared();
        SharedBuffer buffer = SharedBuffer.allocate(arena, 1 << 20, SharedBuffer.Pages.ORDINARY);
        there = buffer.stored();
        back = buffer.released();
    }

    /** Unmaps them. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** Publishes the next position and waits until it is answered. */
    @Benchmark
    @Group("handOver")
    public void ask(Control control) {
        long next = back.readAcquire() + 1;
        there.publishRelease(next);
        while (back.readAcquire() != next && !control.stopMeasurement) {
            Thread.onSpinWait();
        }
    }

    /** Answers the position that is published next. */
    @Benchmark
    @Group("handOver")
    public void answer(Control control) {
        long last = back.readAcquire();
        while (there.readAcquire() == last && !control.stopMeasurement) {
            Thread.onSpinWait();
        }
        back.publishRelease(there.readAcquire());
    }
}
