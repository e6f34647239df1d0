package io.tlem.stats;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The counters of one direction at one moment.
 *
 * @param name direction for people, such as {@code a->b}
 * @param counters every counter; transmitted is what went out on the other port
 * @param drops what was dropped; a reason that is not there has dropped nothing
 * @param missedPackets packets that the source's port lost before the emulator received them
 * @param filteredPackets packets that arrived and were not to be received, by reason
 */
public record DirectionSnapshot(
        String name,
        Map<Counter, Long> counters,
        Map<DropReason, Drops> drops,
        long missedPackets,
        Map<String, Long> filteredPackets) {
    /** Copies the counters. */
    public DirectionSnapshot {
        filteredPackets = Collections.unmodifiableMap(new LinkedHashMap<>(filteredPackets));
        counters = Collections.unmodifiableMap(new EnumMap<>(counters));
        drops = Collections.unmodifiableMap(new EnumMap<>(drops));
    }

    /** The same with another value of a counter. */
    public DirectionSnapshot with(Counter counter, long value) {
        Map<Counter, Long> values = new EnumMap<>(counters);
        values.put(counter, value);
        return new DirectionSnapshot(name, values, drops, missedPackets, filteredPackets);
    }

    /** One counter. */
    public long get(Counter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    /** Packets that went out on the other port. */
    public long transmittedPackets() {
        return get(Counter.TRANSMITTED_PACKETS);
    }

    /** What was dropped for a reason. */
    public Drops dropped(DropReason reason) {
        return drops.getOrDefault(reason, Drops.NONE);
    }

    /** Packets dropped, by the label of the reason; every reason is there, in the order a packet meets them. */
    public Map<String, Long> dropsByReason() {
        Map<String, Long> packets = new LinkedHashMap<>();
        for (DropReason reason : DropReason.values()) {
            packets.put(reason.label(), dropped(reason).packets());
        }
        return packets;
    }

    /** All packets dropped. */
    public long droppedPackets() {
        return dropsByReason().values().stream().mapToLong(Long::longValue).sum();
    }

    /** What happened between an earlier snapshot and this one; levels stay as they are. */
    public DirectionSnapshot since(DirectionSnapshot earlier) {
        Map<Counter, Long> delta = new EnumMap<>(Counter.class);
        counters.forEach(
                (counter, value) -> delta.put(counter, counter.isSum() ? value - earlier.get(counter) : value));
        Map<String, Long> filtered = new LinkedHashMap<>();
        filteredPackets.forEach(
                (reason, value) -> filtered.put(reason, value - earlier.filteredPackets.getOrDefault(reason, 0L)));
        Map<DropReason, Drops> dropped = new EnumMap<>(DropReason.class);
        drops.forEach((reason, count) -> dropped.put(reason, count.minus(earlier.dropped(reason))));
        return new DirectionSnapshot(name, delta, dropped, missedPackets - earlier.missedPackets, filtered);
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
