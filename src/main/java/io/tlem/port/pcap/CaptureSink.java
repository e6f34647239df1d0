package io.tlem.port.pcap;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;

/** Records the packets of one direction that leave a link, with the times at which they are due. */
public class CaptureSink implements PacketSink {
    /** Longest frame in an ordinary slot. */
    static final int SLOT_BYTES = 2048;

    /** Room for longer ones at a time. */
    static final int LONG_BYTES = 1 << 19;

    private static final int SLOTS = 512;

    private final CaptureRecorder recorder;
    private final IntFunction<CaptureInterface> interfaces;
    private final Labels labels;
    private final long startNanos;
    private final MemorySegment memory;
    private int longBytes; // in use
    private int described; // interfaces
    private int lastNumber = -1; // of the interface of the last packet
    private CaptureInterface last;

    CaptureSink(
            CaptureRecorder recorder,
            IntFunction<CaptureInterface> interfaces,
            Labels labels,
            long startNanos,
            Arena arena) {
        this.recorder = recorder;
        this.interfaces = interfaces;
        this.labels = labels;
        this.startNanos = startNanos;
        this.memory = arena.allocate((long) SLOTS * SLOT_BYTES + LONG_BYTES, 64);
    }

    /**
     * Records into a capture of its own.
     *
     * @param interfaces by their numbers, those that packets have come from
     * @param labels of the packets
     * @param startNanos what is 0 on the link's clock, ns since 1970
     * @param arena owns the memory
     */
    public static CaptureSink into(
            CaptureWriter writer,
            IntFunction<CaptureInterface> interfaces,
            Labels labels,
            long startNanos,
            Arena arena) {
        return new CaptureSink(new CaptureRecorder.Direct(writer), interfaces, labels, startNanos, arena);
    }

    /** As the other, into one that has the packets of the other direction too. */
    public static CaptureSink into(
            CaptureMerge merge,
            int direction,
            IntFunction<CaptureInterface> interfaces,
            Labels labels,
            long startNanos,
            Arena arena) {
        return new CaptureSink(merge.way(direction), interfaces, labels, startNanos, arena);
    }

    /** Forgets the packets. */
    public static CaptureSink intoNothing(IntFunction<CaptureInterface> interfaces, Labels labels, Arena arena) {
        return new CaptureSink(new CaptureRecorder.Nothing(), interfaces, labels, 0, arena);
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
    public int slotBytes() {
        return SLOT_BYTES;
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        int count = Math.min(Math.min(limit, SLOTS), recorder.room());
        for (int i = 0; i < count; i++) {
            batch.offset[i] = (long) i * SLOT_BYTES;
        }
        batch.count = count;
        longBytes = 0;
        return count;
    }

    @Override
    public boolean enlarge(PacketBatch batch, int index, int length) {
        if (longBytes + length > LONG_BYTES) {
            return false;
        }
        batch.offset[index] = (long) SLOTS * SLOT_BYTES + longBytes;
        longBytes += length + 63 & -64;
        return true;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        for (int i = 0; i < count; i++) {
            long number = batch.number[i];
            int label = labels.find(number);
            if (label < 0) {
                addPlain(batch, i);
            } else {
                add(batch, i, label);
                labels.gone(number);
            }
        }
    }

    /** An interface of a packet, described like all before it, so that each keeps its number. */
    private CaptureInterface from(int number) {
        if (number == lastNumber) {
            return last;
        }
        for (; described <= number; described++) {
            recorder.describe(interfaces.apply(described));
        }
        last = interfaces.apply(number);
        lastNumber = number;
        return last;
    }

    private void addPlain(PacketBatch batch, int index) {
        CaptureInterface from = from(0);
        LinkType type = from.type().orElse(LinkType.ETHERNET);
        int bytes = type.packetBytes(batch.length[index]);
        recorder.add(
                from,
                type,
                memory,
                batch.offset[index],
                0,
                bytes,
                bytes,
                startNanos + batch.releaseNanos[index],
                batch.number[index],
                null);
    }

    private void add(PacketBatch batch, int index, int label) {
        CaptureInterface from = from(labels.from(label));
        LinkType type = from.type().orElseThrow();
        int captured = labels.captured(label);
        long original = labels.original(label);
        int cameWith = type.frameBytes(Math.max(captured, (int) Math.min(original, LinkType.MAX_PACKET_BYTES)));
        if (batch.length[index] < cameWith) { // a model has made it shorter
            original = type.packetBytes(batch.length[index]);
            captured = (int) Math.min(captured, original);
        }
        recorder.add(
                from,
                type,
                memory,
                batch.offset[index],
                labels.aside(label),
                captured,
                original,
                startNanos + batch.releaseNanos[index],
                labels.order(label),
                labels.options(label));
    }
}
