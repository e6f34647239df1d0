package io.tlem.impair;

/**
 * Which packets the link loses. One instance serves one direction and is called by one thread, once for each packet,
 * in order of arrival. It must not allocate.
 */
@FunctionalInterface
public interface LossModel {
    /** True when this packet is lost. */
    boolean loses(PacketContext packet);

    /** Whether it may change packets instead of losing them, as ECN does. */
    default boolean marks() {
        return false;
    }
}
