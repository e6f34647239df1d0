package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;

/** Where the packets of a direction go that leave a link. Used by one thread. */
interface CaptureRecorder {
    /** How many packets it has room for, each short enough for a slot, and the longest besides. */
    int room();

    /** Describes an interface of the packets that follow, unless it is described already. */
    void describe(CaptureInterface from);

    /**
     * Adds a packet.
     *
     * @param from that has seen it
     * @param frame where its frame lies
     * @param aside what the frame has no room for
     * @param captured bytes of the packet that are there
     * @param original bytes that it has
     * @param nanos since 1970
     * @param order among packets of the same time
     * @param options that go with it, or null
     */
    void add(
            CaptureInterface from,
            LinkType type,
            MemorySegment memory,
            long frame,
            long aside,
            int captured,
            long original,
            long nanos,
            long order,
            byte[] options);

    /** Into a capture of its own. */
    record Direct(CaptureWriter writer) implements CaptureRecorder {
        @Override
        public int room() {
            return Integer.MAX_VALUE;
        }

        @Override
        public void describe(CaptureInterface from) {
            writer.describe(from);
        }

        @Override
        public void add(
                CaptureInterface from,
                LinkType type,
                MemorySegment memory,
                long frame,
                long aside,
                int captured,
                long original,
                long nanos,
                long order,
                byte[] options) {
            int number = writer.numberOf(from, type);
            long record = writer.room(captured
                    + CaptureWriter.RECORD_BYTES
                    + LinkType.SPARE_BYTES
                    + (options == null ? 0 : options.length));
            MemorySegment to = writer.block();
            type.fromFrame(memory, frame, aside, captured, to, record + writer.headerBytes());
            int bytes = writer.enclose(to, record, number, nanos, captured, original);
            writer.filled(
                    options == null ? bytes : writer.withOptions(to, record, bytes, options),
                    type.frameBytes(captured));
        }
    }

    /** Nowhere. */
    record Nothing() implements CaptureRecorder {
        @Override
        public int room() {
            return Integer.MAX_VALUE;
        }

        @Override
        public void describe(CaptureInterface from) {}

        @Override
        public void add(
                CaptureInterface from,
                LinkType type,
                MemorySegment memory,
                long frame,
                long aside,
                int captured,
                long original,
                long nanos,
                long order,
                byte[] options) {}
    }
}
