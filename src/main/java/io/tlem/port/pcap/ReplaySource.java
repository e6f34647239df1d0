package io.tlem.port.pcap;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.text.InputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Replays a capture: each packet arrives when it is due, counted from the first packet, so that nothing that takes time makes
 * later ones later, nor does the way from the capture's end back to its beginning.
 */
final class ReplaySource implements PacketSource {
    private static final int LOADED = 512;
    private static final long SECOND = 1_000_000_000L;

    private final PortAddress address;
    private final PcapOptions options;
    private final CaptureReader reader;
    private final Frames frames;
    private final MemorySegment memory;
    private boolean started;
    private long startNanos;
    private volatile String damage = ""; // of the capture
    private long next; // of the reader's packets
    private long dueNanos; // of the next packet, where units are counted
    private long dueRemainder; // of it, in units of 1/rate ns

    // Of the capture, ns since 1970; complete once it was read to its end.
    private long firstNanos;
    private long lastNanos;
    private long packets;

    private long passNanos; // how much later than the first time it is replayed, in the capture's time
    private long pass = 1;
    private volatile boolean exhausted;

    ReplaySource(PortAddress address, PcapOptions options, CaptureReader reader) {
        this.address = address;
        this.options = options;
        this.reader = reader;
        this.frames = new Frames(reader, 0);
        this.memory = reader.memory();
        load();
    }

    /** Loads more packets, of the next pass if need be; when there are none, the source is exhausted. */
    private void load() {
        try {
            while (reader.load(LOADED) == Long.MAX_VALUE) {
                reader.damage()
                        .ifPresent(its -> damage = reader.label() + ": is damaged: at byte " + its.offset() + " it "
                                + its.reason() + "; what comes before is replayed");
                if (packets == 0 || pass == options.passes()) {
                    exhausted = true;
                    return;
                }
                pass++;
                // Behind the last packet there is a gap as long as the others on average.
                passNanos +=
                        lastNanos - firstNanos + (packets == 1 ? SECOND : (lastNanos - firstNanos) / (packets - 1));
                packets = 0;
                reader.rewind();
            }
        } catch (IOException e) {
            throw new PortException(address, InputFile.reason(e), e);
        }
        next = reader.first();
        firstNanos = packets == 0 ? reader.nanos(next) : firstNanos;
        lastNanos = reader.nanos(reader.end() - 1);
        packets += reader.end() - next;
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long now = clock.getAsLong(); // the packets arrive because it is asked
        if (!started) {
            started = true;
            startNanos = now;
            dueNanos = now;
        }
        frames.begin();
        boolean paced = options.pacing() != PcapOptions.Pacing.NONE;
        int count = 0;
        batch.horizonNanos = now;
        while (!exhausted && count < batch.capacity()) {
            if (next == reader.end()) { // what comes behind these is not loaded yet
                batch.horizonNanos = batch.arrivalNanos[count - 1];
                break;
            }
            long due = due();
            if (due > now || !frames.put(next, batch, count)) {
                batch.horizonNanos = Math.min(due, now);
                break;
            }
            batch.arrivalNanos[count] = paced ? due : now;
            advance(batch.length[count]);
            count++;
            next++;
            if (count == batch.capacity() && !exhausted) { // there may be more that is due
                batch.horizonNanos = batch.arrivalNanos[count - 1];
            }
        }
        batch.count = count;
        return count;
    }

    @Override
    public void release() {
        if (next == reader.end() && !exhausted) {
            load();
        }
    }

    @Override
    public long nextArrivalNanos() {
        return started && !exhausted ? due() : UNKNOWN;
    }

    @Override
    public boolean keepsArrivalTimes() {
        return options.pacing() != PcapOptions.Pacing.NONE;
    }

    @Override
    public boolean senderWaits() {
        return true;
    }

    @Override
    public boolean exhausted() {
        return exhausted;
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
        return LinkType.MAX_FRAME_BYTES;
    }

    @Override
    public int usualPacketBytes() {
        return Frames.USUAL_BYTES;
    }

    private long due() {
        return switch (options.pacing()) {
            case CAPTURED -> startNanos + Math.round((passNanos + reader.nanos(next) - firstNanos) / options.speed());
            case PACKETS, BITS -> dueNanos;
            case NONE -> startNanos;
        };
    }

    private void advance(int length) {
        switch (options.pacing()) {
            case PACKETS, BITS -> advanceBy(options.unitsOf(length));
            case CAPTURED, NONE -> {}
        }
    }

    private void advanceBy(long units) {
        long gap = units * SECOND + dueRemainder;
        dueNanos += gap / options.unitsPerSecond();
        dueRemainder = gap % options.unitsPerSecond();
    }

    /** What is wrong with the capture, empty for nothing. Any thread. */
    String damage() {
        return damage;
    }
}
