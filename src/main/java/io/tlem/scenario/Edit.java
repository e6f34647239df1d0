package io.tlem.scenario;

import io.tlem.spec.LinkSpec;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What becomes of a link at a time.
 *
 * @param nanos since the scenario's beginning
 * @param parts one after the other
 * @param points that are reached then
 */
record Edit(long nanos, List<UnaryOperator<LinkSpec>> parts, List<String> points) {
    /** The link behind it. */
    LinkSpec apply(LinkSpec link) {
        LinkSpec after = link;
        for (UnaryOperator<LinkSpec> part : parts) {
            after = part.apply(after);
        }
        return after;
    }
}
