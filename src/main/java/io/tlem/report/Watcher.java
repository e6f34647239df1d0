package io.tlem.report;

import io.tlem.impair.Annotator;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.Change;
import io.tlem.link.Clerk;
import io.tlem.link.DirectionModels;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Watches the packets of one stage for reports: those about which models decide there, and those that it sends. */
final class Watcher extends Clerk {
    /** Sets of models in force, one after the other, that are told apart; what comes then is not. */
    private static final int MOST_SETS = 64;

    private static final int MOST_CHANGES = 1000;

    /** Roles that say when a packet is due. */
    private static final List<Role> DELAYS = List.of(Role.DELAY, Role.DELAY_OFFSET, Role.ORDER, Role.REORDER);

    /** Models in force from there on. */
    record Changed(Change from, Map<Role, String> models) {}

    final List<Decisions> sets = new ArrayList<>();
    final List<Changed> changes = new ArrayList<>();
    final Departures departures;
    private Watcher sender = this;
    private Decisions decisions = new Decisions(Map.of(), false);
    private boolean edits;
    private long metLength;
    private long metHash;
    private long lastExitNanos = Long.MIN_VALUE;
    private long lastReleaseNanos = Long.MIN_VALUE;
    private boolean exitIsKnown = true;
    private Map<Role, String> inForce = Map.of();
    private long heldUntilNanos = Long.MIN_VALUE; // release of the last packet with the delay before

    /** @param departures becomes what the stage sends */
    Watcher(Departures departures) {
        this.departures = departures;
    }

    /** What the link counts of a frame is known here, and needed there. Before packets come. */
    void passOverheadTo(Watcher other) {
        sender = other;
    }

    @Override
    public void changed(Change from, DirectionModels models) {
        Map<Role, String> specifications = models.spec().models();
        edits = specifications.containsKey(Role.CORRUPT)
                || specifications.containsKey(Role.MARK)
                || specifications.containsKey(Role.TRUNCATE);
        if (DELAYS.stream().anyMatch(role -> !Objects.equals(specifications.get(role), inForce.get(role)))) {
            heldUntilNanos = lastReleaseNanos;
        }
        inForce = specifications;
        if (sets.isEmpty()) {
            int overheadBytes = Models.bandwidth(
                            specifications.getOrDefault(Role.BANDWIDTH, ""), new RandomStreams(0, 0))
                    .overheadBytes();
            sender.departures.setOverheadBytes(overheadBytes);
        }
        if (changes.size() < MOST_CHANGES) {
            changes.add(new Changed(from, specifications));
        }
        if (sets.size() < MOST_SETS) {
            Map<Role, String> copy = new EnumMap<>(Role.class);
            copy.putAll(specifications);
            decisions = sets.stream()
                    .filter(set -> set.models.equals(specifications))
                    .findFirst()
                    .orElseGet(() -> new Decisions(copy, true));
            if (!sets.contains(decisions)) {
                sets.add(decisions);
            }
        } else if (sets.getLast().single) {
            decisions = new Decisions(Map.of(), false);
            sets.add(decisions);
        }
    }

    @Override
    public long next(long number) {
        return number;
    }

    @Override
    public void meets(PacketContext packet, long number) {
        meets(packet.memory(), packet.offset(), packet.lengthBytes(), packet.arrivalNanos());
    }

    @Override
    public void meets(MemorySegment buffer, long record, Annotator annotator) {
        meets(
                buffer,
                io.tlem.buffer.PacketRecord.packetOffset(record),
                io.tlem.buffer.PacketRecord.length(buffer, record),
                io.tlem.buffer.PacketRecord.arrivalNanos(buffer, record));
    }

    private void meets(MemorySegment memory, long offset, int length, long arrivalNanos) {
        Decisions now = decisions;
        now.firstNanos = Math.min(now.firstNanos, arrivalNanos);
        now.lastNanos = Math.max(now.lastNanos, arrivalNanos);
        metLength = length;
        metHash = edits ? hash(memory, offset, length) : 0;
    }

    /** A change of one bit changes it. */
    private static long hash(MemorySegment memory, long offset, int length) {
        long hash = length;
        int at = 0;
        for (; at + 8 <= length; at += 8) {
            hash = (hash ^ memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + at)) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 29;
        }
        for (; at < length; at++) {
            hash = (hash ^ memory.get(ValueLayout.JAVA_BYTE, offset + at)) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 29;
        }
        return hash;
    }

    @Override
    public void leaves(PacketContext packet, boolean twice, Annotator annotator) {
        Decisions now = decisions;
        now.met++;
        now.left++;
        now.lengths[(int) Math.min(metLength, Decisions.LONGEST + 1)]++;
        now.twice += twice ? 1 : 0;
        if (edits) {
            if (packet.lengthBytes() != metLength) {
                now.shortened++;
            } else if (hash(packet.memory(), packet.offset(), packet.lengthBytes()) != metHash) {
                now.changed++;
            }
        }
        long arrivalNanos = packet.arrivalNanos();
        long exitNanos = packet.linkExitNanos();
        long releaseNanos = packet.releaseNanos();
        if (exitIsKnown && exitNanos > arrivalNanos) {
            now.busyNanos += exitNanos - Math.max(lastExitNanos, arrivalNanos);
            now.busyBytes += Math.max(1, metLength); // as the models count one of no bytes
            now.busyPackets++;
            now.busyRuns += arrivalNanos > lastExitNanos ? 1 : 0;
        }
        exitIsKnown = true;
        left(now, exitNanos, releaseNanos);
        lastExitNanos = exitNanos;
    }

    private void left(Decisions now, long exitNanos, long releaseNanos) {
        if (releaseNanos == heldUntilNanos) { // its own delay is over by then
            now.heldBehind++;
        } else {
            now.displaced += releaseNanos == lastReleaseNanos ? 1 : 0;
            now.delays.add(releaseNanos - exitNanos);
        }
        lastReleaseNanos = Math.max(lastReleaseNanos, releaseNanos);
    }

    @Override
    public void delayed(MemorySegment memory, PacketBatch batch, int count, long firstNumber, long[] releases) {
        Decisions now = decisions;
        now.firstNanos = Math.min(now.firstNanos, batch.arrivalNanos[0]);
        now.lastNanos = Math.max(now.lastNanos, batch.arrivalNanos[count - 1]);
        now.met += count;
        now.left += count;
        for (int i = 0; i < count; i++) {
            now.lengths[Math.min(batch.length[i], Decisions.LONGEST + 1)]++;
            left(now, batch.arrivalNanos[i], releases[i]);
        }
        lastExitNanos = batch.arrivalNanos[count - 1];
    }

    @Override
    public void dropped(DropReason reason, long number, int length, long arrivalNanos) {
        switch (reason) {
            case BUFFER, FILTER, LATE, TOO_LONG, PORT -> {
                // No model has decided that.
            }
            default -> {
                decisions.dropped(reason, number, length);
                exitIsKnown &= reason != DropReason.LOSS_AFTER; // it has taken its time on the link
            }
        }
    }

    @Override
    public void dropped(
            DropReason reason, long number, MemorySegment memory, long offset, int length, long arrivalNanos) {
        dropped(reason, number, length, arrivalNanos);
    }

    @Override
    public void sent(PacketBatch batch, int count, long nanos, boolean exact) {
        for (int i = 0; i < count; i++) {
            long due = batch.releaseNanos[i];
            departures.sent(batch.number[i], batch.length[i], due, exact ? due : nanos);
        }
    }
}
