package io.tlem.impair;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/**
 * The models of one direction. They have state: they serve one direction, and one {@link Annotator}.
 *
 * @param outage loses packets while the link is down
 * @param loss loses packets before the queue
 * @param queue admits packets to the link
 * @param bandwidth how fast the link is
 * @param lossAfter loses packets behind the link
 * @param corrupt changes packets' bytes
 * @param mark marks packets
 * @param truncate makes packets shorter
 * @param delay how long packets travel behind the link
 * @param order what becomes of packets that the delay would let overtake
 * @param reorder which packets overtake others; null when none does
 * @param duplicate which packets are duplicated; null when none is
 */
public record LinkModels(
        LossModel outage,
        LossModel loss,
        QueueModel queue,
        BandwidthModel bandwidth,
        LossModel lossAfter,
        EditModel corrupt,
        EditModel mark,
        EditModel truncate,
        DelayModel delay,
        Order order,
        ReorderModel reorder,
        DuplicateModel duplicate) {
    /**
     * Makes the models of their specifications.
     *
     * @param specs by role; a role that is not there, or whose specification is empty, leaves packets alone
     * @throws SpecException naming the option, when a specification is not acceptable
     */
    public static LinkModels of(Map<Role, String> specs, RandomStreams streams) {
        LinkModels models = new LinkModels(
                one(Role.OUTAGE, specs, streams, LossModel.class),
                one(Role.LOSS, specs, streams, LossModel.class),
                one(Role.QUEUE, specs, streams, QueueModel.class),
                one(Role.BANDWIDTH, specs, streams, BandwidthModel.class),
                one(Role.LOSS_AFTER, specs, streams, LossModel.class),
                one(Role.CORRUPT, specs, streams, EditModel.class),
                one(Role.MARK, specs, streams, EditModel.class),
                one(Role.TRUNCATE, specs, streams, EditModel.class),
                delay(specs, streams),
                one(Role.ORDER, specs, streams, Order.class),
                one(Role.REORDER, specs, streams, ReorderModel.class),
                one(Role.DUPLICATE, specs, streams, DuplicateModel.class));
        if (models.order == Order.DELAY_FIRST) {
            models.checkDelayFirst(specs);
        }
        return models;
    }

    private void checkDelayFirst(Map<Role, String> specs) {
        String option = Role.ORDER.option() + " " + specs.get(Role.ORDER);
        if (holds()) {
            throw new SpecException(option + ": with " + Role.QUEUE.option() + " " + specs.get(Role.QUEUE)
                    + " packets wait behind the delay; use drop-tail, RED or PIE");
        }
        if (reorder != null && !reorder.releasesEarly()) {
            throw new SpecException(option + ": with it packets keep their order, but " + Role.REORDER.option() + " "
                    + specs.get(Role.REORDER) + " has a packet wait; use gap,N,P");
        }
    }

    private static DelayModel delay(Map<Role, String> specs, RandomStreams streams) {
        DelayModel delay = one(Role.DELAY, specs, streams, DelayModel.class);
        return specs.getOrDefault(Role.DELAY_OFFSET, "").isEmpty()
                ? delay
                : new OffsetDelay(delay, one(Role.DELAY_OFFSET, specs, streams, DelayModel.class));
    }

    private static <M> M one(Role role, Map<Role, String> specs, RandomStreams streams, Class<M> type) {
        try {
            return type.cast(Models.create(role, specs.getOrDefault(role, ""), streams));
        } catch (SpecException e) {
            throw new SpecException(role.option() + " " + specs.get(role) + ": " + e.getMessage());
        }
    }

    /** The same models, which leave a frame's destination as it is: a router has written there where it goes. */
    public LinkModels keepingDestinations() {
        return new LinkModels(
                outage,
                loss,
                queue,
                bandwidth,
                lossAfter,
                keepingDestination(corrupt),
                keepingDestination(mark),
                keepingDestination(truncate),
                delay,
                order,
                reorder,
                duplicate);
    }

    /** Eight bytes are restored at once: the destination, and the source's first two, which a router writes anew. */
    private static EditModel keepingDestination(EditModel edit) {
        return edit == null
                ? null
                : packet -> {
                    MemorySegment memory = packet.memory();
                    long at = packet.offset();
                    long first = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
                    edit.edit(packet);
                    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, first);
                };
    }

    /** Whether packets may be released in another order than they came in, or more than once. */
    public boolean reorders() {
        return reorder != null || duplicate != null;
    }

    /** Whether a model may change packets. */
    public boolean edits() {
        return corrupt != null
                || mark != null
                || truncate != null
                || queue.marks()
                || (loss != null && loss.marks())
                || (lossAfter != null && lossAfter.marks());
    }

    /** Whether the queue decides about packets that wait, which are held in a {@link PacketHold} then. */
    public boolean holds() {
        return queue instanceof HeldQueueModel;
    }

    /** Longest time from the link's exit to the last release of a packet, ns. */
    public long maxDelayNanos() {
        return delay.maxNanos()
                + (reorder == null ? 0 : reorder.maxHoldNanos())
                + (duplicate == null ? 0 : duplicate.maxBehindNanos());
    }

    /** Shortest time from a packet's arrival to its release, ns. */
    public long minDelayNanos() {
        return reorder != null && reorder.releasesEarly() ? 0 : delay.minNanos();
    }
}
