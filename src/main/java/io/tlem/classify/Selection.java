package io.tlem.classify;

import java.lang.foreign.MemorySegment;

/** The packets that an expression of pcap-filter matches, such as {@code src net 10.0.0.0/8 or arp}. Immutable; any thread. */
public final class Selection {
    private final Condition condition;

    private Selection(Condition condition) {
        this.condition = condition;
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException with one line, saying at which character the mistake is
     */
    public static Selection parse(String text) {
        Expression expression = new Expression(Token.of(text));
        Condition condition = expression.read();
        expression.requireEnd("and, or or the end");
        return new Selection(condition);
    }

    /**
     * Whether it matches a packet: not where it looks at bytes that are not there. Nothing else is read, and nothing is
     * allocated.
     *
     * @param packet where its Ethernet header starts
     * @param there bytes of it that can be looked at
     * @param length bytes of the whole packet without FCS, not less than those
     */
    public boolean matches(MemorySegment memory, long packet, int there, int length) {
        return condition.test(memory, packet, there, length) == Condition.YES;
    }
}
