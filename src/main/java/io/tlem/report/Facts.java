package io.tlem.report;

import io.tlem.stats.DirectionSample;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeDistribution;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a run that has ended, of which its numbers are made.
 *
 * @param last the run as a whole
 */
record Facts(Sample last) {
    /** The directions, A to B first where it is there. */
    List<DirectionFacts> directions() {
        return last.total().stream()
                .map(total -> new DirectionFacts(total, Math.max(1e-9, last.elapsedSeconds())))
                .toList();
    }

    /** One of them, by its name in numbers. */
    Optional<DirectionFacts> direction(String label) {
        return directions().stream().filter(one -> one.label().equals(label)).findFirst();
    }

    /**
     * The same of one direction.
     *
     * @param total what it did
     * @param seconds for which the link ran, above 0
     */
    record DirectionFacts(DirectionSample total, double seconds) {
        /** Its name in numbers, {@code a-b}. */
        String label() {
            return label(total.total().name());
        }

        /** What numbers call a direction with a name for people. */
        static String label(String name) {
            return name.replace("->", "-");
        }

        /** Times of packets, empty where there are none. */
        static Optional<TimeDistribution> some(TimeDistribution times) {
            return times.getTotalCount() == 0 ? Optional.empty() : Optional.of(times);
        }
    }
}
