package io.tlem.traffic;

import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;

/**
 * What a generated packet carries, behind the header of UDP or TCP. All numbers are in network byte order; what follows is
 * zeros. The packets of {@code generator:} begin in the same way and are of stream 0.
 *
 * <pre>
 *  0                 4          8                            16       18
 *  +-----------------+----------+----------------------------+--------+-------- - -
 *  | "tlem" | "tleR" | sequence | time of sending, ns        | stream | zeros
 *  +-----------------+----------+----------------------------+--------+-------- - -
 * </pre>
 *
 * <p>The time is that of the monotonic clock, which all processes of one machine share; behind {@code tleR} it is nanoseconds since
 * 1970. The sequence number counts the packets of its stream, from 0, modulo 2^32.
 */
final class TestPayload {
    /** Bytes that are needed. */
    static final int BYTES = 18;

    /** Mark of a packet with a time of the monotonic clock: "tlem". */
    static final int MONOTONIC = 0x746c_656d;
    /** Mark of a packet with a time of the real-time clock: "tleR". */
    static final int REAL_TIME = 0x746c_6552;

    static final int SEQUENCE_AT = 4;
    static final int TIME_AT = 8;
    static final int STREAM_AT = 16;

    private TestPayload() {}

    static boolean isMark(int mark) {
        return mark == MONOTONIC || mark == REAL_TIME;
    }

    static int mark(MemorySegment memory, long payload) {
        return NetworkBytes.intAt(memory, payload);
    }

    static int sequence(MemorySegment memory, long payload) {
        return NetworkBytes.intAt(memory, payload + SEQUENCE_AT);
    }

    static long time(MemorySegment memory, long payload) {
        return NetworkBytes.longAt(memory, payload + TIME_AT);
    }

    static int stream(MemorySegment memory, long payload) {
        return NetworkBytes.unsignedShort(memory, payload + STREAM_AT);
    }
}
