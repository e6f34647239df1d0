package io.tlem.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The rate of a flow behind a link in consecutive windows of time, from a capture. A super-packet counts as the packets that it
 * stands for, with their headers.
 *
 * @param mean of the whole windows, bits a second
 * @param worst the largest distance of a window's rate from the limit, as a part of the limit
 * @param beyond part of the windows whose rate is further than the tolerance from the limit
 * @param windows how many
 */
record RateWindows(double mean, double worst, double beyond, int windows) {
    private static final int NANOSECOND_MAGIC = 0xa1b23c4d; // of pcap
    private static final int FILE_HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;

    /** What a capture of TCP through a link holds: headers of each packet, Ethernet's included, and its most payload. */
    record Packets(int headerBytes, int segmentBytes) {
        /** Over IPv4, with time stamps, through an MTU of 1500. */
        static final Packets USUAL = new Packets(14 + 20 + 32, 1448);

        long bytes(long captured) {
            long segments = Math.max(1, Math.ceilDiv(captured - headerBytes, (long) segmentBytes));
            return captured + (segments - 1) * headerBytes;
        }
    }

    /**
     * Reads a capture with ns, as tcpdump writes it.
     *
     * @param limit of the link, bits a second
     * @param skipNanos at the beginning of the flow and at its end
     */
    static RateWindows of(
            Path capture, Packets packets, double limit, long windowNanos, long skipNanos, double tolerance)
            throws IOException {
        ByteBuffer file = mapped(capture);
        if (file.remaining() < FILE_HEADER_BYTES || file.getInt(0) != NANOSECOND_MAGIC) {
            throw new IOException(capture + " is no capture of this machine with ns");
        }
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (int at = FILE_HEADER_BYTES; isRecord(file, at); at = next(file, at)) {
            first = Math.min(first, nanos(file, at));
            last = Math.max(last, nanos(file, at));
        }
        int windows = (int) Math.max(0, (last - first - 2 * skipNanos) / windowNanos);
        if (windows == 0) {
            throw new IOException(capture + " is too short");
        }
        long[] bytes = new long[windows];
        for (int at = FILE_HEADER_BYTES; isRecord(file, at); at = next(file, at)) {
            long window = Math.floorDiv(nanos(file, at) - first - skipNanos, windowNanos);
            if (window >= 0 && window < windows) {
                bytes[(int) window] += packets.bytes(Integer.toUnsignedLong(file.getInt(at + 12)));
            }
        }
        double[] rates = Arrays.stream(bytes)
                .mapToDouble(count -> count * 8e9 / windowNanos)
                .toArray();
        double[] distances =
                Arrays.stream(rates).map(rate -> Math.abs(rate - limit) / limit).toArray();
        return new RateWindows(
                Arrays.stream(rates).average().orElseThrow(),
                Arrays.stream(distances).max().orElseThrow(),
                (double) Arrays.stream(distances)
                                .filter(distance -> distance > tolerance)
                                .count()
                        / windows,
                windows);
    }

    /** Of less than 2 GiB. */
    private static ByteBuffer mapped(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.nativeOrder());
        }
    }

    /** Whether a whole one is there: the last may have been cut off. */
    private static boolean isRecord(ByteBuffer file, int at) {
        return at + RECORD_HEADER_BYTES <= file.limit() && next(file, at) <= file.limit();
    }

    private static int next(ByteBuffer file, int at) {
        return at + RECORD_HEADER_BYTES + file.getInt(at + 8);
    }

    private static long nanos(ByteBuffer file, int at) {
        return file.getInt(at) * 1_000_000_000L + file.getInt(at + 4);
    }
}
