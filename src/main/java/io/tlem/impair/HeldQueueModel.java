package io.tlem.impair;

/**
 * A queue that also decides about packets that wait in it, as drop-head and CoDel do. What it drops there lets the packets
 * behind leave earlier, so nothing about a packet is computed before it comes to the head: the emulator holds the packets
 * apart until then, and tells the queue of every event in order of time. At equal times packets come to the head before
 * others arrive, so that a packet that finds the link free is at the head at once.
 *
 * <p>A packet comes to the head when the one ahead of it has left the link, or when it arrives if that is later:
 * {@code max(t_L', t_A)}. From there on it is on the link and no longer waits. Limits and the high water are of the packets
 * that wait.
 */
public interface HeldQueueModel extends QueueModel {
    /** Whether the packet is let in, to wait behind the others. Called at its arrival. */
    @Override
    boolean admits(PacketContext packet);

    /**
     * Whether the packet at the head is dropped to make room. Asked behind each admission, until it is false or nothing waits.
     *
     * @param packet the one at the head, at first perhaps the one just admitted
     */
    default boolean evicts(PacketContext packet) {
        return false;
    }

    /**
     * Whether the packet at the head is let on to the link, or dropped. It may change the packet when {@link #marks()}.
     *
     * @param packet the one at the head; it no longer waits
     * @param headNanos when it has come to the head, ns, not before its arrival; never less than in the call before
     */
    boolean passes(PacketContext packet, long headNanos);

    /** Called behind {@link #passes}, with the exit time. */
    @Override
    default void entered(PacketContext packet) {}
}
