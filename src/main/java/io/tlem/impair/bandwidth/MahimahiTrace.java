package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.FileLimits;
import io.tlem.impair.PacketContext;
import io.tlem.impair.ReadFiles;
import io.tlem.impair.SpecLines;
import io.tlem.wire.IpPacket;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A trace of delivery opportunities, as Mahimahi's {@code mm-link} reads them (Netravali et al., USENIX ATC 2015): a line is
 * a time in ms, at which OPPORTUNITY bytes can leave. An opportunity serves the packets that arrived before it; a packet may
 * span several, and leaves at the one that carries its last byte; bytes that nobody waits for are lost. Behind the last
 * opportunity the trace starts again, with its last time added to all times, or packets are refused.
 *
 * <p>Time 0 is the first packet's arrival. A packet's bytes are those that mm-link counts: the IP packet (of another frame what
 * it carries) and the 4 bytes that a TUN device puts before it, so that a line of a trace carries one packet of the usual MTU.
 */
final class MahimahiTrace implements BandwidthModel {
    private static final int MAX_DIGITS = 9;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int TUN_BYTES = 4;

    /** Of all frames, the ones that are longest compared to what is counted: 20 bytes of IP, padded, behind a VLAN tag. */
    private static final int COSTLIEST_FRAME_BYTES = 64;

    private static final int CHEAPEST_BYTES = 20 + TUN_BYTES;

    private final int[] millis; // of the opportunities, not decreasing
    private final int opportunityBytes;
    private final boolean wraps;
    private final long maxBitsPerSecond;
    private final IpPacket ip = new IpPacket();
    private boolean started;
    private int opportunity = -1;
    private long baseNanos; // time 0 of the present round
    private long opportunityNanos = Long.MIN_VALUE;
    private long bytesLeft; // in the opportunity

    private MahimahiTrace(int[] millis, int opportunityBytes, boolean wraps) {
        this.millis = millis;
        this.opportunityBytes = opportunityBytes;
        this.wraps = wraps;
        this.maxBitsPerSecond =
                8_000L * opportunityBytes * mostInAMilli(millis, wraps) * COSTLIEST_FRAME_BYTES / CHEAPEST_BYTES;
    }

    /** Reads the file. */
    static MahimahiTrace read(Path file, int opportunityBytes, boolean wraps) {
        int[] millis = ReadFiles.of(file, int[].class, "mahimahi", () -> readMillis(file));
        return new MahimahiTrace(millis, opportunityBytes, wraps);
    }

    private static int[] readMillis(Path file) {
        try (SpecLines lines = new SpecLines(file, FileLimits.OPPORTUNITIES)) {
            int[] millis = new int[1024];
            int count = 0;
            for (String line = lines.next(); line != null; line = lines.next()) {
                int time = parse(line);
                if (time < 0) {
                    throw lines.error("expected a time in whole ms of at most " + MAX_DIGITS + " digits, found "
                            + SpecLines.quote(line));
                }
                if (count > 0 && time < millis[count - 1]) {
                    throw lines.error("the time is before the one of the line above");
                }
                if (count == millis.length) {
                    millis = Arrays.copyOf(millis, 2 * count);
                }
                millis[count++] = time;
            }
            if (count == 0 || millis[count - 1] == 0) {
                throw lines.fileError("the last time must be above 0");
            }
            return count == millis.length ? millis : Arrays.copyOf(millis, count);
        }
    }

    /** By hand, as a trace has millions of lines. -1 when it is not a number. */
    private static int parse(String line) {
        if (line.isEmpty() || line.length() > MAX_DIGITS) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < line.length(); i++) {
            char digit = line.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            value = 10 * value + digit - '0';
        }
        return value;
    }

    /** Most opportunities at one time. The last one of a round and those at 0 of the next one are at the same time. */
    private static long mostInAMilli(int[] millis, boolean wraps) {
        long most = 0;
        long run = 0;
        for (int i = 0; i < millis.length; i++) {
            run = i > 0 && millis[i] == millis[i - 1] ? run + 1 : 1;
            most = Math.max(most, run);
        }
        int zeros = 0;
        while (wraps && millis[zeros] == 0) {
            zeros++;
        }
        return Math.max(most, run + zeros);
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        if (!started) {
            started = true;
            baseNanos = arrivalNanos;
        }
        if (opportunityNanos <= arrivalNanos && !seek(arrivalNanos)) {
            return REFUSED;
        }
        ip.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        long bytes = (long) ip.carriedBytes() + TUN_BYTES;
        while (bytes > bytesLeft) {
            bytes -= bytesLeft;
            if (!next()) {
                return REFUSED;
            }
        }
        bytesLeft -= bytes;
        return opportunityNanos;
    }

    /** Goes to the first opportunity after that time. Whether there is one. */
    private boolean seek(long nanos) {
        if (next() && opportunityNanos > nanos) {
            return true; // the usual case, without a search
        }
        long periodNanos = millis[millis.length - 1] * NANOS_PER_MILLI;
        if (wraps) {
            baseNanos += Math.max(0, nanos - baseNanos) / periodNanos * periodNanos;
        }
        long sinceMillis = Math.max(0, nanos - baseNanos) / NANOS_PER_MILLI;
        int low = 0;
        int high = millis.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (millis[middle] > sinceMillis) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return at(low);
    }

    private boolean next() {
        return at(opportunity + 1);
    }

    private boolean at(int index) {
        opportunity = index;
        if (index >= millis.length) {
            if (!wraps) {
                opportunity = millis.length;
                bytesLeft = 0;
                return false;
            }
            baseNanos += millis[millis.length - 1] * NANOS_PER_MILLI;
            opportunity = 0;
        }
        opportunityNanos = baseNanos + millis[opportunity] * NANOS_PER_MILLI;
        bytesLeft = opportunityBytes;
        return true;
    }

    /** As if the opportunities of a time were spread over a ms. */
    @Override
    public long maxBitsPerSecond() {
        return maxBitsPerSecond;
    }
}
