package io.tlem.port.packet;

import io.tlem.os.SystemMemory;
import io.tlem.os.VirtioHeader;
import io.tlem.port.NumberRing;
import io.tlem.port.PacketBatch;
import io.tlem.port.ZeroCopy;
import java.lang.foreign.MemorySegment;

/**
 * Super-packets that are not cut: where nobody looks at the packets that would be cut from one, each of them has its record all
 * the same, which says only which it is. Those that are due together leave as one super-packet again, those that go alone are cut
 * out then.
 *
 * <pre>
 *   place:   | virtio header, headers, payload of packets 0, 1, 2 ... |
 *   number:  1 + 64 * place + packet
 * </pre>
 *
 * <p>A place is its super-packet's until all that have been kept of it are sent or freed. The one that was given back last is used
 * next, as it is still in a cache. Where all are in use super-packets are cut when they come.
 *
 * <p>Used by the source's thread and the sink's; each method says by which.
 */
final class UncutSegments implements ZeroCopy {
    /** Instead of a place. */
    static final int NONE = -1;

    /** Some cards, and the kernel's own UDP, take no more at once. */
    private static final int MOST_SEGMENTS = 64;

    /** Fewer are cut: a place is for a long super-packet. */
    private static final int LEAST_SEGMENTS = 4;

    private static final int MOST_PLACES = 1024;
    private static final int LINE_BYTES = 64;
    private static final int PLACE_BYTES = (LINE_BYTES + FrameFinisher.MAX_SUPER_BYTES + LINE_BYTES - 1) & -LINE_BYTES;

    /** Part of the memory that is available which the places may take. */
    private static final int SHARE = 32;

    private final MemorySegment memory;
    private final long start;
    private final Segmenter[] wholes; // by place
    private final NumberRing back; // from the sink's thread to the source's: 128 * place + packets

    // Of the source's thread.
    private final int[] users; // of each place: packets that are kept, and the source while it hands them out
    private final int[] spare;
    private final int[] handedOut; // all of them, in this batch
    private int spareCount;
    private int handedOutCount;

    /** Most bytes that the places take, a multiple of the page. */
    static long mostBytes() {
        long page = SystemMemory.pageSize();
        return Math.ceilDiv((long) PLACE_BYTES * MOST_PLACES, page) * page;
    }

    /**
     * @param memory of the source
     * @param start of {@link #mostBytes} that are set aside in it, on a page
     * @param maxPacketBytes longest packet that is cut
     */
    UncutSegments(MemorySegment memory, long start, int maxPacketBytes) {
        this.memory = memory;
        this.start = start;
        int places = Math.clamp(SystemMemory.availableBytes() / SHARE / PLACE_BYTES, 1, MOST_PLACES);
        long page = SystemMemory.pageSize();
        SystemMemory.provide(memory.asSlice(start, Math.ceilDiv((long) PLACE_BYTES * places, page) * page));
        wholes = new Segmenter[places];
        users = new int[places];
        spare = new int[places];
        handedOut = new int[places];
        for (int place = 0; place < places; place++) {
            wholes[place] = new Segmenter(maxPacketBytes);
            spare[place] = places - 1 - place;
        }
        spareCount = places;
        back = new NumberRing(places * MOST_SEGMENTS);
    }

    /** The packets handed out before have been taken. By the source's thread. */
    void begin() {
        while (handedOutCount > 0) {
            drop(handedOut[--handedOutCount], 1);
        }
        for (int number = back.take(); number != NumberRing.NONE; number = back.take()) {
            drop(number / (2 * MOST_SEGMENTS), number % (2 * MOST_SEGMENTS));
        }
    }

    private void drop(int place, int count) {
        users[place] -= count;
        if (users[place] == 0) {
            spare[spareCount++] = place;
        }
    }

    /** A place into which a super-packet may be received, or {@link #NONE}. It stays spare until {@link #take}. By the source's thread. */
    int spare() {
        return spareCount == 0 ? NONE : spare[spareCount - 1];
    }

    /** Where in a place the frame is to be, with its {@link VirtioHeader} in front. Any thread. */
    long frameAt(int place) {
        return start + (long) place * PLACE_BYTES + LINE_BYTES;
    }

    /** What may be received into a place, the {@link VirtioHeader} first. Any thread. */
    MemorySegment memoryOf(int place) {
        return memory.asSlice(
                frameAt(place) - VirtioHeader.BYTES, VirtioHeader.BYTES + (long) FrameFinisher.MAX_SUPER_BYTES);
    }

    /**
     * Takes the {@link #spare} place for the super-packet that is there. By the source's thread.
     *
     * @return what cuts it, or null where it has to be cut now
     */
    Segmenter take(int place, long frame, int length, Segmenter.Kind kind, int segmentBytes, int checksumStart) {
        Segmenter whole = wholes[place];
        if (checksumStart < 0
                || !whole.begin(memory, frame, length, kind, segmentBytes, checksumStart)
                || whole.count() < LEAST_SEGMENTS
                || whole.count() > MOST_SEGMENTS
                || !whole.canStayWhole()) {
            return null;
        }
        spareCount--;
        users[place] = 1;
        return whole;
    }

    /** No packet of it will be handed out any more. By the source's thread. */
    void handedOut(int place) {
        handedOut[handedOutCount++] = place;
    }

    /** What a packet's place is in the batch, and its tag once it is kept. */
    static int number(int place, int packet) {
        return 1 + place * MOST_SEGMENTS + packet;
    }

    private static int place(int number) {
        return (number - 1) / MOST_SEGMENTS;
    }

    /** Which packet of its super-packet that is. */
    static int packet(int number) {
        return (number - 1) % MOST_SEGMENTS;
    }

    @Override
    public int leastBytes() {
        return 0;
    }

    @Override
    public void keep(PacketBatch received, int count) {
        for (int i = 0; i < count; i++) {
            if (received.place[i] != 0) {
                int number = (int) received.place[i];
                received.tag[i] = number;
                users[place(number)]++;
            }
        }
    }

    @Override
    public void write(PacketBatch received, int count) {
        for (int i = 0; i < count; i++) {
            if (received.place[i] != 0) {
                int number = (int) received.place[i];
                int ignored = whole(number).write(packet(number), memory, received.offset[i]);
                received.place[i] = 0;
            }
        }
    }

    /** The super-packet of a kept packet. Any thread. */
    Segmenter whole(int number) {
        return wholes[place(number)];
    }

    /** How many kept packets, from the first one on, follow each other in one super-packet. By the sink's thread. */
    static int together(int[] tags, int first, int end) {
        int most = Math.min(end - first, MOST_SEGMENTS - packet(tags[first]));
        int count = 1;
        while (count < most && tags[first + count] == tags[first] + count) {
            count++;
        }
        return count;
    }

    /** So many, the kept one first, are sent. By the sink's thread. */
    void sent(int number, int count) {
        back.give(place(number) * 2 * MOST_SEGMENTS + count);
        back.publish();
    }

    @Override
    public void free(int packet) {
        sent(packet, 1);
    }

    /** How many places are nobody's. While neither thread uses it. */
    int countSpare() {
        begin();
        return spareCount;
    }

    /** How many places there are. */
    int places() {
        return wholes.length;
    }
}
