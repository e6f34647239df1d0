package io.tlem.stats;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The counters of one direction at one moment.
 *
 * @param name direction for people, such as {@code a->b}
 * @param counters every counter; transmitted is what went out on the other port
 * @param missedPackets packets that the source's port lost before the emulator received them
 * @param filteredPackets packets that arrived and were not to be received, by reason
 * @param refusedPackets packets handed to the sink's port that it could not send, not part of TRANSMITTED_PACKETS
 */
public record DirectionSnapshot(
        String name,
        Map<Counter, Long> counters,
        long missedPackets,
        Map<String, Long> filteredPackets,
        long refusedPackets) {
    private static final List<Counter> DROPS = List.of(
            Counter.BUFFER_DROPPED_PACKETS,
            Counter.OUTAGE_PACKETS,
            Counter.LOST_PACKETS,
            Counter.QUEUE_DROPPED_PACKETS,
            Counter.RATE_EXCEEDED_PACKETS,
            Counter.LOST_AFTER_PACKETS,
            Counter.OUT_OF_ORDER_PACKETS,
            Counter.LATE_PACKETS,
            Counter.TOO_LONG_PACKETS);

    /** Copies the counters. */
    public DirectionSnapshot {
        filteredPackets = Collections.unmodifiableMap(new LinkedHashMap<>(filteredPackets));
        counters = Collections.unmodifiableMap(new EnumMap<>(counters));
    }

    /** One counter. */
    public long get(Counter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    /** Packets that went out on the other port. */
    public long transmittedPackets() {
        return get(Counter.TRANSMITTED_PACKETS);
    }

    /** Packets dropped, by reason; every reason is there, in the order a packet meets them. */
    public Map<String, Long> dropsByReason() {
        Map<String, Long> drops = new LinkedHashMap<>();
        for (Counter reason : DROPS) {
            drops.put(reason.label(), get(reason));
        }
        drops.put("port", refusedPackets);
        return drops;
    }

    /** All packets dropped. */
    public long droppedPackets() {
        return dropsByReason().values().stream().mapToLong(Long::longValue).sum();
    }

    /** What happened between an earlier snapshot and this one; high-water marks stay as they are. */
    public DirectionSnapshot since(DirectionSnapshot earlier) {
        Map<Counter, Long> delta = new EnumMap<>(Counter.class);
        counters.forEach((counter, value) ->
                delta.put(counter, counter.isHighWaterMark() ? value : value - earlier.get(counter)));
        Map<String, Long> filtered = new LinkedHashMap<>();
        filteredPackets.forEach(
                (reason, value) -> filtered.put(reason, value - earlier.filteredPackets.getOrDefault(reason, 0L)));
        return new DirectionSnapshot(
                name, delta, missedPackets - earlier.missedPackets, filtered, refusedPackets - earlier.refusedPackets);
    }

    /** Received packets, and copies made of them, that are not transmitted, dropped or still inside; 0 when every packet is accounted for. */
    public long unaccounted(long stillInside) {
        return get(Counter.RECEIVED_PACKETS)
                + get(Counter.DUPLICATED_PACKETS)
                - transmittedPackets()
                - droppedPackets()
                - stillInside;
    }
}
