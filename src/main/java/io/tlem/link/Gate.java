package io.tlem.link;

import io.tlem.classify.Filter;
import io.tlem.classify.Filter.Verdict;
import io.tlem.impair.Exemption;
import java.lang.foreign.MemorySegment;

/**
 * What becomes of packets before a model sees them. Those of the {@code --exempt} list leave, whatever the filter says. Immutable.
 *
 * @param exemption packets that leave at once
 * @param filter what becomes of others
 */
record Gate(Exemption exemption, Filter filter) {
    /** Every packet meets the models. */
    static final Gate OPEN = new Gate(Exemption.NONE, Filter.NONE);

    /** Whether every packet meets the models. */
    boolean isOpen() {
        return exemption.isNone() && filter.isNone();
    }

    /** Whether packets may leave ahead of others. */
    boolean exempts() {
        return !exemption.isNone() || filter.exempts();
    }

    /** What becomes of a packet, its first byte at this offset. */
    Verdict judge(MemorySegment memory, long offset, int length) {
        return exemption.matches(memory, offset, length) ? Verdict.EXEMPT : filter.judge(memory, offset, length);
    }
}
