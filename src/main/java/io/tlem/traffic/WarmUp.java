package io.tlem.traffic;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Sends packets of the streams from a schedule to what measures them, so that the virtual machine has compiled both before the
 * first packet: interpreted, they would make it several milliseconds late.
 */
public final class WarmUp {
    private static final int BATCH = 64;
    private static final int MOST_BATCHES = 100_000;

    private WarmUp() {}

    /**
     * Does so.
     *
     * @param streams as they will be generated
     * @param nanos how long
     */
    public static void run(List<StreamSpec> streams, long nanos) {
        List<FrameLayout> layouts = streams.stream()
                .map(stream -> new FrameLayout(stream.headers()))
                .toList();
        long[] now = {0};
        try (SchedulePort schedule = new SchedulePort(streams, Long.MAX_VALUE, TestPayload.MONOTONIC, 0);
                MeasuringPort measuring = new MeasuringPort(Sizes.MOST_BYTES, () -> now[0])) {
            PacketSink sink = new StampedPort(measuring, layouts, TestPayload.MONOTONIC, () -> now[0])
                    .sink()
                    .orElseThrow();
            PacketBatch in = new PacketBatch(BATCH);
            PacketBatch out = new PacketBatch(BATCH);
            long end = System.nanoTime() + nanos;
            for (int i = 0; i < MOST_BATCHES && System.nanoTime() < end && !schedule.exhausted(); i++) {
                now[0] += Math.max(SchedulePort.LEAD_NANOS, schedule.nextArrivalNanos() - now[0]) % Long.MAX_VALUE;
                pass(schedule, in, sink, out, now[0]);
            }
        }
    }

    private static void pass(SchedulePort schedule, PacketBatch in, PacketSink sink, PacketBatch out, long now) {
        int count = schedule.receive(in, () -> now);
        int free = sink.reserve(out, Math.max(1, count));
        for (int i = 0; i < Math.min(count, free); i++) {
            MemorySegment.copy(schedule.memory(), in.offset[i], sink.memory(), out.offset[i], in.length[i]);
            out.length[i] = in.length[i];
            out.arrivalNanos[i] = now;
            out.releaseNanos[i] = in.arrivalNanos[i];
        }
        schedule.release();
        if (count > 0) {
            sink.transmit(out, Math.min(count, free), now);
        }
    }
}
