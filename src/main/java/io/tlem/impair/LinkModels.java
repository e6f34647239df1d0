package io.tlem.impair;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
    /** A link that leaves packets alone. */
    private static final LinkModels NONE = new LinkModels(
            null,
            null,
            NoQueue.QUEUE,
            BandwidthModel.unlimited(),
            null,
            null,
            null,
            null,
            DelayModel.constant(0),
            Order.KEEP,
            null,
            null);

    /**
     * Makes the models of their specifications.
     *
     * @param specs by role; a role that is not there, or whose specification is empty, leaves packets alone
     * @throws SpecException naming the option, when a specification is not acceptable
     */
    public static LinkModels of(Map<Role, String> specs, RandomStreams streams) {
        return NONE.changed(Map.of(), specs, streams);
    }

    /**
     * Models of other specifications. Those whose specification stays are the same objects, with their state: they are only
     * lent until the models before them are no longer used.
     *
     * @param before specifications of these models
     * @param specs of the models to be
     * @param streams for those that are new
     * @throws SpecException naming the option, when a specification is not acceptable
     */
    public LinkModels changed(Map<Role, String> before, Map<Role, String> specs, RandomStreams streams) {
        Maker maker = new Maker(before, specs, streams);
        LinkModels models = new LinkModels(
                maker.make(Role.OUTAGE, LossModel.class, outage),
                maker.make(Role.LOSS, LossModel.class, loss),
                maker.make(Role.QUEUE, QueueModel.class, queue),
                maker.make(Role.BANDWIDTH, BandwidthModel.class, bandwidth),
                maker.make(Role.LOSS_AFTER, LossModel.class, lossAfter),
                maker.make(Role.CORRUPT, EditModel.class, corrupt),
                maker.make(Role.MARK, EditModel.class, mark),
                maker.make(Role.TRUNCATE, EditModel.class, truncate),
                delay(maker),
                maker.make(Role.ORDER, Order.class, order),
                maker.make(Role.REORDER, ReorderModel.class, reorder),
                maker.make(Role.DUPLICATE, DuplicateModel.class, duplicate));
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

    private DelayModel delay(Maker maker) {
        boolean isOffset = delay instanceof OffsetDelay;
        DelayModel inner = maker.make(Role.DELAY, DelayModel.class, isOffset ? ((OffsetDelay) delay).delay() : delay);
        if (!maker.wants(Role.DELAY_OFFSET)) {
            return inner;
        }
        DelayModel offset =
                maker.make(Role.DELAY_OFFSET, DelayModel.class, isOffset ? ((OffsetDelay) delay).offset() : null);
        return new OffsetDelay(inner, offset);
    }

    /** Makes models of specifications, but for those that stay. */
    private record Maker(Map<Role, String> before, Map<Role, String> specs, RandomStreams streams) {
        boolean wants(Role role) {
            return !specs.getOrDefault(role, "").isEmpty();
        }

        <M> M make(Role role, Class<M> type, M present) {
            String spec = specs.getOrDefault(role, "");
            if (spec.equals(before.getOrDefault(role, ""))) {
                return present;
            }
            try {
                return type.cast(Models.create(role, spec, streams));
            } catch (SpecException e) {
                throw new SpecException(role.option() + " " + spec + ": " + e.getMessage());
            }
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
        return edit == null || edit instanceof KeepingDestination ? edit : new KeepingDestination(edit);
    }

    private record KeepingDestination(EditModel inner) implements EditModel {
        @Override
        public void edit(PacketContext packet) {
            MemorySegment memory = packet.memory();
            long at = packet.offset();
            long first = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            inner.edit(packet);
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, first);
        }
    }

    /** The classes of its models, void where there is none: with the same classes, the same code runs. */
    public List<Class<?>> classes() {
        return Stream.of(
                        outage, loss, queue, bandwidth, lossAfter, corrupt, mark, truncate, delay, order, reorder,
                        duplicate)
                .<Class<?>>map(model -> model == null ? void.class : model.getClass())
                .toList();
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
        return delay.maxNanos() + maxHoldNanos();
    }

    /** Longest time for which packets are held back besides their delay, to be reordered or duplicated, ns. */
    public long maxHoldNanos() {
        return (reorder == null ? 0 : reorder.maxHoldNanos()) + (duplicate == null ? 0 : duplicate.maxBehindNanos());
    }

    /** Shortest time from a packet's arrival to its release, ns. */
    public long minDelayNanos() {
        return reorder != null && reorder.releasesEarly() ? 0 : delay.minNanos();
    }
}
