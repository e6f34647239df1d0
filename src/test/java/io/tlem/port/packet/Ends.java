package io.tlem.port.packet;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Sends and receives byte arrays as a stage would send and receive packets. */
final class Ends {
    private static final long SECOND = 1_000_000_000L;

    private Ends() {}

    /** Hands frames over, as many at a time as there is room for. */
    static void send(PacketSink sink, List<byte[]> frames) {
        PacketBatch batch = new PacketBatch(64);
        long end = System.nanoTime() + 10 * SECOND;
        int done = 0;
        while (done < frames.size()) {
            int count = sink.reserve(batch, Math.min(64, frames.size() - done));
            for (int i = 0; i < count; i++) {
                byte[] frame = frames.get(done + i);
                MemorySegment.copy(
                        frame,
                        0,
                        sink.memory(),
                        ValueLayout.JAVA_BYTE,
                        batch.offset[i],
                        Math.min(frame.length, sink.slotBytes()));
                batch.length[i] = frame.length;
            }
            if (count > 0) {
                sink.transmit(batch, count, System.nanoTime());
            } else {
                sink.flush();
                if (System.nanoTime() > end) {
                    throw new AssertionError("the sink is stuck after " + done + " of " + frames.size());
                }
            }
            done += count;
        }
    }

    /** Pushes out what could not be handed to the device yet. */
    static void flush(PacketSink sink, long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            sink.flush();
        }
    }

    /** What arrives until there are so many frames, or for a second. */
    static List<byte[]> receive(PacketSource source, int count, int batchSize) {
        List<byte[]> frames = new ArrayList<>();
        PacketBatch batch = new PacketBatch(batchSize);
        long lastArrival = Long.MIN_VALUE;
        long end = System.nanoTime() + SECOND;
        while (frames.size() < count && System.nanoTime() < end) {
            int received = source.receive(batch, System::nanoTime);
            long now = System.nanoTime();
            if (received != batch.count) {
                throw new AssertionError(received + " received, " + batch.count + " in the batch");
            }
            for (int i = 0; i < received; i++) {
                long arrival = batch.arrivalNanos[i];
                if (arrival > now || arrival < lastArrival) {
                    throw new AssertionError("arrival " + arrival + " after " + now + " or before " + lastArrival);
                }
                lastArrival = arrival;
                MemorySegment packet = source.memory().asSlice(batch.offset[i], Math.max(64, batch.length[i]));
                if (batch.length[i] > source.maxPacketBytes()) {
                    throw new AssertionError(batch.length[i] + " bytes, at most " + source.maxPacketBytes());
                }
                frames.add(packet.asSlice(0, batch.length[i]).toArray(ValueLayout.JAVA_BYTE));
            }
            if (received > 0) {
                source.release();
                end = System.nanoTime() + SECOND;
            }
        }
        return frames;
    }

    /** Whether nothing arrives for a while. */
    static boolean isSilent(PacketSource source) {
        PacketBatch batch = new PacketBatch(4);
        long end = System.nanoTime() + SECOND / 10;
        while (System.nanoTime() < end) {
            if (source.receive(batch, System::nanoTime) > 0) {
                source.release();
                return false;
            }
        }
        return true;
    }
}
