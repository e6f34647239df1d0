package io.tlem.traffic;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Hands out the packets of a schedule a fixed time before they are due, with that time as their arrival: a link that delays them by
 * just that long holds the schedule in its buffer, and its output stage has nothing to do but send. Only sends.
 */
public final class SchedulePort implements PacketPort, PacketSource {
    /** By how much packets are handed out before they are due, ns. */
    public static final long LEAD_NANOS = 200_000;

    private static final int SLOTS = 1024;
    private static final int LINE_BYTES = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final long slotBytes;
    private final int longest;
    private final ScheduledStream[] streams;
    private final boolean unlimited; // one of the streams
    private final long endNanos;
    private long startNanos;
    private boolean started;
    private long nextDueNanos; // not before that anything is due
    private volatile boolean exhausted;

    /**
     * Makes it.
     *
     * @param specs of the streams, in the order of their numbers
     * @param durationNanos after which nothing is due any more; {@link Long#MAX_VALUE} for no end
     * @param mark of payloads, of {@link TestPayload}
     * @param seed of what is random
     */
    SchedulePort(List<StreamSpec> specs, long durationNanos, int mark, long seed) {
        longest = specs.stream().mapToInt(spec -> spec.sizes().most()).max().orElseThrow();
        int copiedBytes = specs.stream()
                .mapToInt(spec -> FrameWriter.templateBytes(spec.headers()))
                .max()
                .orElseThrow();
        slotBytes = (Math.max(longest, copiedBytes) + 2L * LINE_BYTES - 1) & -LINE_BYTES;
        memory = arena.allocate(slotBytes * SLOTS, LINE_BYTES);
        streams = new ScheduledStream[specs.size()];
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new ScheduledStream(arena, specs.get(i), i, mark, copiedBytes, seed + i);
        }
        unlimited = specs.stream().anyMatch(spec -> spec.pace().unit() == PaceSpec.Unit.NONE);
        endNanos = durationNanos;
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long now = clock.getAsLong();
        if (!started) {
            started = true;
            startNanos = now + LEAD_NANOS;
        }
        long reached = now + LEAD_NANOS - startNanos; // since the start
        int most = Math.min(batch.capacity(), SLOTS);
        int count = 0;
        long next = Pace.UNKNOWN;
        while (count < most) {
            ScheduledStream stream = streams[0];
            next = stream.due(reached);
            for (int i = 1; i < streams.length; i++) {
                long due = streams[i].due(reached);
                if (due < next) {
                    next = due;
                    stream = streams[i];
                }
            }
            if (next > reached || next >= endNanos) {
                break;
            }
            long at = count * slotBytes;
            batch.length[count] = stream.write(memory, at);
            batch.offset[count] = at;
            batch.arrivalNanos[count] = startNanos + next - LEAD_NANOS;
            count++;
        }
        if (count < most) {
            exhausted = isDone(next, reached);
        }
        nextDueNanos = next == Pace.UNKNOWN ? reached : next;
        batch.count = count;
        batch.horizonNanos = Math.min(now, startNanos + nextDueNanos - LEAD_NANOS);
        return count;
    }

    private boolean isDone(long next, long reached) {
        boolean over = (next == Pace.UNKNOWN ? reached : next) >= endNanos;
        for (ScheduledStream stream : streams) {
            if (!stream.isDone() && !over) {
                return false;
            }
        }
        return true;
    }

    /** Half the time that there is: by then there is something to do for more than one packet. */
    @Override
    public long nextArrivalNanos() {
        return started && !exhausted && !unlimited ? startNanos + nextDueNanos - LEAD_NANOS / 2 : UNKNOWN;
    }

    @Override
    public void release() {}

    @Override
    public boolean keepsArrivalTimes() {
        return true;
    }

    @Override
    public boolean senderWaits() {
        return true;
    }

    @Override
    public boolean exhausted() {
        return exhausted;
    }

    /** Packets that were put on the schedule, by stream. After the link has ended. */
    public long[] scheduled() {
        long[] all = new long[streams.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = streams[i].written();
        }
        return all;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return longest;
    }

    @Override
    public PortAddress address() {
        return new PortAddress("schedule", "", Map.of());
    }

    @Override
    public String description() {
        return "schedule of " + streams.length + (streams.length == 1 ? " stream" : " streams");
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(this);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.empty();
    }

    @Override
    public void close() {
        arena.close();
    }
}
