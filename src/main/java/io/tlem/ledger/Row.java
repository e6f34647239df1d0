package io.tlem.ledger;

import io.tlem.stats.DropReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What became of one packet, or of one copy of it. One object is reused. Times are ns since the ledger's beginning. */
public final class Row {
    /** A time that is not known, or that there is none of. */
    public static final long NONE = Long.MIN_VALUE;

    /** The reason of a packet that leaves as the models have it. */
    public static final int NO_REASON = 0;

    /** The reason of one about which no model has decided. */
    public static final int EXEMPT = DropReason.values().length + 1;

    private static final List<DropReason> REASONS = Arrays.asList(DropReason.values());

    /** What became of it. */
    public enum Fate {
        /** Handed to the port that it was to leave by, which counts those that it then refuses. */
        SENT,
        /** It does not leave. */
        DROPPED,
        /** It was still under way when the link ended. */
        INSIDE,
        /** What is written of its end is lost. */
        UNKNOWN;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** Its word in files. */
        public String label() {
            return label;
        }
    }

    int direction; // 0 is A to B
    long number;
    int copy; // 1 for the second of a packet that is sent twice
    Fate fate = Fate.SENT;
    int reason; // ordinal of it + 1, or one of the above
    int epoch; // -1 when not known
    int length;
    long arrival;
    long queue;
    long serialisation;
    long propagation;
    long jitter;
    long release;
    long transmit;
    byte[] flow = new byte[0]; // ASCII

    // For who shows it: what was kept of it, where there is anything. Not in files of rows.
    byte[] bytes = new byte[0];
    int captured;

    /** The words of reasons by their numbers: nothing, those of packets that are dropped, and that of exempt ones. */
    static String reason(int reason) {
        return reason == NO_REASON
                ? ""
                : reason == EXEMPT ? "exempt" : REASONS.get(reason - 1).label();
    }

    /** All words of fates and reasons. */
    public static List<String> fates() {
        return Stream.concat(Arrays.stream(Fate.values()).map(Fate::label), BinaryFormat.reasons().stream())
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** The direction for people. */
    static String way(int direction) {
        return direction == 0 ? "a->b" : "b->a";
    }

    /** Number among those that the direction received, from 0. */
    public long number() {
        return number;
    }

    /** 0 is A to B, 1 is B to A. */
    public int direction() {
        return direction;
    }

    /** 1 for the second of a packet that is sent twice, else 0. */
    public int copy() {
        return copy;
    }

    public Fate fate() {
        return fate;
    }

    /** Why it is dropped, or {@code exempt}; empty for nothing. */
    public String reason() {
        return reason(reason);
    }

    /** How often the models had changed that decided about it; -1 when not known. */
    public int epoch() {
        return epoch;
    }

    /** Bytes it had when it came. */
    public int length() {
        return length;
    }

    /** When it came. */
    public long arrivalNanos() {
        return arrival;
    }

    /** How long it waited for the link, or {@link #NONE}. */
    public long queueNanos() {
        return queue;
    }

    /** How long the link took to send it, or {@link #NONE}. */
    public long serialisationNanos() {
        return serialisation;
    }

    /** The least that the delay model delays packets, or all that this one was delayed where that is less; or {@link #NONE}. */
    public long propagationNanos() {
        return propagation;
    }

    /** All else from the link's end until it was due, or {@link #NONE}. */
    public long jitterNanos() {
        return jitter;
    }

    /** When it was due, or {@link #NONE}. */
    public long releaseNanos() {
        return release;
    }

    /** When it was handed to the port, or {@link #NONE}. */
    public long transmitNanos() {
        return transmit;
    }

    /** Protocol, addresses and ports, for people. */
    public String flow() {
        return new String(flow, StandardCharsets.US_ASCII);
    }

    /** Splits the time from the link's end until a packet was due. */
    void split(long queueNanos, long serialisationNanos, long leastDelayNanos) {
        long delay = release - arrival - queueNanos - serialisationNanos;
        queue = queueNanos;
        serialisation = serialisationNanos;
        propagation = Math.clamp(delay, 0, leastDelayNanos);
        jitter = delay - propagation;
    }

    /** Forgets what is known of where its time went. */
    void splitNothing() {
        queue = NONE;
        serialisation = NONE;
        propagation = NONE;
        jitter = NONE;
    }
}
