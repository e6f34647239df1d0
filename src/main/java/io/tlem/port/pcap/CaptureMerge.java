package io.tlem.port.pcap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Puts the packets that leave a link in both directions into one capture, in the order of their times: those of each
 * direction wait until it is known that none comes before them. Used by one thread.
 */
public final class CaptureMerge {
    private static final int BYTES = 4 << 20;
    private static final int RECORDS = 4096;
    private static final int MOST_BYTES =
            CaptureSink.SLOT_BYTES + CaptureWriter.RECORD_BYTES + LinkType.SPARE_BYTES; // of a record in a slot
    private static final int LONGEST_BYTES = CaptureSink.LONG_BYTES + CaptureWriter.RECORD_BYTES + LinkType.SPARE_BYTES;

    private final CaptureWriter writer;
    private final List<Way> ways;

    /** One direction's packets that wait. */
    private final class Way implements CaptureRecorder {
        private final MemorySegment memory;
        private final long[] nanos = new long[RECORDS];
        private final long[] order = new long[RECORDS];
        private final int[] end = new int[RECORDS]; // in memory, of each record
        private byte[][] options; // null as long as no record has any
        private int first;
        private int count;
        private int begin; // of the first
        private boolean full;

        Way(Arena arena) {
            memory = arena.allocate(BYTES, Long.BYTES * 8L);
        }

        private int filled() {
            return count == 0 ? 0 : end[count - 1];
        }

        @Override
        public int room() {
            int room = Math.max(0, Math.min(RECORDS - count, (BYTES - filled() - LONGEST_BYTES) / MOST_BYTES));
            full = room == 0;
            return room;
        }

        @Override
        public void describe(CaptureInterface from) {
            writer.describe(from);
        }

        @Override
        public void add(
                CaptureInterface from,
                LinkType type,
                MemorySegment frames,
                long frame,
                long aside,
                int captured,
                long original,
                long time,
                long place,
                byte[] its) {
            int number = writer.numberOf(from, type);
            long record = filled();
            type.fromFrame(frames, frame, aside, captured, memory, record + writer.headerBytes());
            nanos[count] = time;
            order[count] = place;
            if (its != null || options != null) {
                options = options == null ? new byte[RECORDS][] : options;
                options[count] = its;
            }
            end[count] = (int) record + writer.enclose(memory, record, number, time, captured, original);
            count++;
        }

        boolean isEmpty() {
            return first == count;
        }

        boolean isBefore(Way other) {
            return nanos[first] < other.nanos[other.first]
                    || (nanos[first] == other.nanos[other.first] && order[first] <= other.order[other.first]);
        }

        void writeFirst() {
            writer.add(memory, begin, end[first] - begin, options == null ? null : options[first]);
            begin = end[first];
            first++;
        }

        /** Whether it was full and has room again. */
        boolean empties() {
            if (!isEmpty()) {
                return false;
            }
            boolean was = full;
            first = 0;
            count = 0;
            begin = 0;
            full = false;
            return was;
        }
    }

    /** @param arena owns the memory in which packets wait */
    public CaptureMerge(CaptureWriter writer, Arena arena) {
        this.writer = writer;
        this.ways = List.of(new Way(arena), new Way(arena));
    }

    CaptureRecorder way(int direction) {
        return ways.get(direction);
    }

    /**
     * Writes what may be written once everything has left that is due and for which there was room.
     *
     * @return whether there is room again where there was none
     */
    public boolean write() {
        Way a = ways.get(0);
        Way b = ways.get(1);
        while (!a.isEmpty() && !b.isEmpty()) {
            (a.isBefore(b) ? a : b).writeFirst();
        }
        Way rest = a.isEmpty() ? b : a;
        Way none = a.isEmpty() ? a : b;
        while (!none.full && !rest.isEmpty()) {
            rest.writeFirst();
        }
        boolean room = a.empties();
        return b.empties() || room;
    }
}
