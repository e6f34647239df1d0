package io.tlem.impair;

/** What becomes of a packet whose delay would make it leave before the one ahead of it, where no model reorders packets. */
public enum Order {
    /** It leaves right behind that one. */
    KEEP,
    /**
     * It leaves as long behind that one as it has taken on the link, {@code max(t_L + t_D, t_R' + t_T)}. From there on
     * packets get its delay, and not one of their own, up to the first for which that is late enough (TLEM).
     */
    SPACED,
    /**
     * As {@link #SPACED}, but it is dropped, and takes no time on the link where the bandwidth model can give it back: the
     * delays of those that leave are as the delay model says (TLEM's {@code -P}).
     */
    DROP,
    /**
     * The delay is ahead of the link, {@code t_L = max(t_L', t_A + t_D) + t_T}: the link waits for a packet that is being
     * delayed, and those behind it wait too. What is being delayed is in the queue. A packet that a reordering sends early
     * leaves when it arrives, and takes no time of the link (netem with a rate).
     */
    DELAY_FIRST
}
