package io.tlem.bench;

import io.tlem.buffer.PacketRecord;
import io.tlem.os.SystemMemory;
import io.tlem.spec.Setting;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A link to be measured.
 *
 * @param endpoints {@code memory} or {@code pipe}
 */
record LinkCase(String endpoints, PacketSizes sizes, long delayNanos, int stages, int directions, int batch) {
    /** Packets that a thread of the floor moves at a time. */
    static final int FLOOR_BATCH = 64;

    private static final int DEFAULT_BATCH = Setting.BATCH.standard().orElseThrow();

    private static final long LEAST_BUFFER_BYTES = 1 << 20;

    /** One whose stages move as many packets at a time as the emulator's do by default. */
    LinkCase(String endpoints, PacketSizes sizes, long delayNanos, int stages, int directions) {
        this(endpoints, sizes, delayNanos, stages, directions, DEFAULT_BATCH);
    }

    /** The same, moving as many packets at a time. */
    LinkCase withBatch(int packets) {
        return new LinkCase(endpoints, sizes, delayNanos, stages, directions, packets);
    }

    int threads() {
        return stages * directions;
    }

    Map<String, String> describe() {
        Map<String, String> of = new LinkedHashMap<>();
        of.put("endpoints", endpoints);
        of.put("size", sizes.name());
        of.put("delay_ms", Double.toString(delayNanos / 1e6).replaceAll("\\.0$", ""));
        of.put("stages", Integer.toString(stages));
        of.put("directions", Integer.toString(directions));
        if (batch != DEFAULT_BATCH) {
            of.put("batch", Integer.toString(batch));
        }
        return of;
    }

    /**
     * Bytes of each direction's buffer: room for what arrives during the delay, and some batches.
     *
     * @param packetsPerSecond the most that may come in one direction
     */
    long bufferBytes(double packetsPerSecond) {
        double line = packetsPerSecond * delayNanos / 1e9 * sizes.meanStride();
        long batches = 16L * batch * PacketRecord.strideOf(sizes.longest());
        long wanted = (long) line + Math.max(LEAST_BUFFER_BYTES, batches);
        return Math.min(wanted, mostBufferBytes());
    }

    /** Bytes that each direction's buffer may have. */
    long mostBufferBytes() {
        return SystemMemory.availableBytes() / 4 / directions;
    }

    /** Packets that fit into a buffer whatever their order, when the batches in the stages' hands are left out. */
    long packetsIn(long bufferBytes) {
        double usable = bufferBytes - 2.0 * PacketRecord.strideOf(sizes.longest());
        return (long) (usable / sizes.meanStride() * 0.99)
                - 2L * batch
                - 2L * sizes.pattern().size();
    }
}
