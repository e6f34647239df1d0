package io.tlem.ledger;

import io.tlem.buffer.EntryRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Layout of entries behind their length and kind, see {@link EntryRing}. Times are ns of the pipeline's clock.
 *
 * <pre>
 *  decided: number | arrival | release | queue | serialisation | least delay | length, captured | epoch, flags | bytes
 *  sent:    number | arrival | release | transmit | length
 *  gone:    number | arrival | length, epoch
 *  changed: number | time | epoch
 * </pre>
 */
final class Entry {
    /** Models have decided; of what they drop it is all there is to say. */
    static final int DECIDED = 1;

    /** A port was handed a packet. */
    static final int SENT = 2;

    /** A packet does not leave, whatever was decided. */
    static final int GONE = 3;

    /** Other models decide from now on. */
    static final int CHANGED = 4;

    /** No reason to drop it. */
    static final int LEAVES = 0;

    /** Flag of a packet that is sent twice. */
    static final int TWICE = 1;

    /** Flag of a packet that no model has decided about. */
    static final int EXEMPT = 2;

    static final int NUMBER = 8;
    static final int ARRIVAL = 16;
    static final int RELEASE = 24;
    static final int QUEUE = 32;
    static final int SERIALISATION = 40;
    static final int LEAST_DELAY = 48;
    static final int LENGTH = 56;
    static final int CAPTURED = 60;
    static final int EPOCH = 64;
    static final int FLAGS = 68;
    static final int BYTES = 72;
    static final int TRANSMIT = 32;
    static final int SENT_LENGTH = 40;
    static final int SENT_BYTES = 48;
    static final int GONE_LENGTH = 24;
    static final int GONE_EPOCH = 28;
    static final int GONE_BYTES = 32;
    static final int CHANGED_EPOCH = 24;
    static final int CHANGED_BYTES = 32;

    private static final int KIND = 4;
    private static final int REASON_SHIFT = 8;
    private static final int DIRECTION_SHIFT = 16;
    private static final int KIND_MASK = 0xff;

    private Entry() {}

    /** @param reason ordinal of it + 1, or {@link #LEAVES} */
    static void setKind(MemorySegment memory, long entry, int kind, int reason, int direction) {
        memory.set(ValueLayout.JAVA_INT, entry + KIND, kind | reason << REASON_SHIFT | direction << DIRECTION_SHIFT);
    }

    static int kind(MemorySegment memory, long entry) {
        return memory.get(ValueLayout.JAVA_INT, entry + KIND) & KIND_MASK;
    }

    static int reason(MemorySegment memory, long entry) {
        return memory.get(ValueLayout.JAVA_INT, entry + KIND) >>> REASON_SHIFT & KIND_MASK;
    }

    static int direction(MemorySegment memory, long entry) {
        return memory.get(ValueLayout.JAVA_INT, entry + KIND) >>> DIRECTION_SHIFT;
    }

    static void set(MemorySegment memory, long entry, int field, long value) {
        memory.set(ValueLayout.JAVA_LONG, entry + field, value);
    }

    static long get(MemorySegment memory, long entry, int field) {
        return memory.get(ValueLayout.JAVA_LONG, entry + field);
    }

    static void setInt(MemorySegment memory, long entry, int field, int value) {
        memory.set(ValueLayout.JAVA_INT, entry + field, value);
    }

    static int getInt(MemorySegment memory, long entry, int field) {
        return memory.get(ValueLayout.JAVA_INT, entry + field);
    }
}
