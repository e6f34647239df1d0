package io.tlem.screen;

import io.tlem.control.Message;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a direction did in some time.
 *
 * @param seconds that it took, above 0
 * @param receivedPackets in it
 * @param receivedBytes of them
 * @param transmittedPackets in it
 * @param transmittedBytes of them
 * @param duplicatedPackets that were made in it
 * @param drops packets by reason, those that the port has missed among them; only what is not 0
 * @param decidedPackets that the link has let pass
 * @param queueMeanNanos that these have to queue for
 * @param queueMostNanos the longest of these times
 * @param insidePackets in the emulator's buffer at the end
 * @param inside the emulator, from arrival to transmission
 * @param late after the time at which a packet should have left
 */
record Point(
        double seconds,
        long receivedPackets,
        long receivedBytes,
        long transmittedPackets,
        long transmittedBytes,
        long duplicatedPackets,
        Map<String, Long> drops,
        long decidedPackets,
        double queueMeanNanos,
        long queueMostNanos,
        long insidePackets,
        Times inside,
        Times late) {
    private static final String MISSED = "missed";

    /** Of a direction in what {@code watch} has sent. */
    static Point of(Message direction, double seconds) {
        Message link = direction.inner("link_times_ns");
        boolean queued = link.has("queue");
        return new Point(
                seconds,
                number(direction, "received_packets"),
                number(direction, "received_bytes"),
                number(direction, "transmitted_packets"),
                number(direction, "transmitted_bytes"),
                number(direction, "duplicated_packets"),
                drops(direction),
                number(link, "count"),
                queued ? link.inner("queue").decimal("mean").orElse(0) : 0,
                queued ? number(link.inner("queue"), "max") : 0,
                number(direction, "buffered_packets"),
                Times.of(direction.inner("time_inside_ns")),
                Times.of(direction.inner("lateness_ns")));
    }

    private static long number(Message object, String key) {
        return object.number(key).orElse(0);
    }

    /** Packets that did not pass, by reason, as an answer counts them; only what is not 0. */
    static Map<String, Long> drops(Message direction) {
        Map<String, Long> drops = new LinkedHashMap<>();
        Message dropped = direction.inner("dropped_packets");
        for (String reason : dropped.keys()) {
            add(drops, reason, number(dropped, reason));
        }
        add(drops, MISSED, number(direction, "missed_packets"));
        return drops;
    }

    private static void add(Map<String, Long> drops, String reason, long packets) {
        if (packets != 0) {
            drops.merge(reason, packets, Long::sum);
        }
    }

    /** This time and the one after it as one. */
    Point with(Point next) {
        Map<String, Long> both = new LinkedHashMap<>(drops);
        next.drops.forEach((reason, packets) -> add(both, reason, packets));
        long decided = decidedPackets + next.decidedPackets;
        return new Point(
                seconds + next.seconds,
                receivedPackets + next.receivedPackets,
                receivedBytes + next.receivedBytes,
                transmittedPackets + next.transmittedPackets,
                transmittedBytes + next.transmittedBytes,
                duplicatedPackets + next.duplicatedPackets,
                both,
                decided,
                decided == 0
                        ? 0
                        : (queueMeanNanos * decidedPackets + next.queueMeanNanos * next.decidedPackets) / decided,
                Math.max(queueMostNanos, next.queueMostNanos),
                next.insidePackets,
                inside.with(next.inside),
                late.with(next.late));
    }

    double receivedBitsPerSecond() {
        return receivedBytes * 8 / seconds;
    }

    double transmittedBitsPerSecond() {
        return transmittedBytes * 8 / seconds;
    }

    long droppedPackets() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Of all that came or was made, the part that did not pass, 0 to 1. */
    double droppedShare() {
        long all = receivedPackets + duplicatedPackets + drops.getOrDefault(MISSED, 0L);
        return all == 0 ? 0 : Math.min(1, droppedPackets() / (double) all);
    }
}
