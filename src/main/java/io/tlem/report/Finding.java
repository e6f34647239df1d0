package io.tlem.report;

import io.tlem.impair.Role;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What was asked of a direction beside what became of it.
 *
 * @param direction {@code a-b}
 * @param property that it is about, such as {@code loss}
 * @param request as it was specified
 * @param span when that was in force, where it was not all the time; or nothing
 * @param requested the value that follows from it, where one does
 * @param realised measured, where it was
 * @param interval in which the realised one lies with 99 %
 * @param quantity that these are
 * @param packets that it was measured with
 * @param fit how well it fits otherwise, a line; or nothing
 * @param verdict whether it held
 * @param reason why not, or why that cannot be said; or nothing
 */
record Finding(
        String direction,
        String property,
        String request,
        String span,
        OptionalDouble requested,
        OptionalDouble realised,
        Optional<Interval> interval,
        Quantity quantity,
        long packets,
        String fit,
        Verdict verdict,
        String reason) {
    /** Whether a requested property held. */
    enum Verdict {
        HELD("held"),
        NOT_HELD("did not hold"),
        NOT_JUDGED("not judged");

        private final String label;

        Verdict(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /** The same of a time. */
    Finding during(String when) {
        return new Finding(
                direction, property, request, when, requested, realised, interval, quantity, packets, fit, verdict,
                reason);
    }

    /** What was requested, for people. */
    String asked() {
        return request.contains(" ") // of a ramp, which is for people already
                ? request
                : Arrays.stream(Role.values())
                        .filter(role -> role.label().equals(property))
                        .findFirst()
                        .map(role -> Phrasing.of(role, request))
                        .orElse(request);
    }

    /** The realised value with its interval for people. */
    String shown() {
        if (realised.isEmpty()) {
            return "-";
        }
        return quantity.showExactly(realised.getAsDouble())
                + interval.map(ends -> " (" + quantity.showExactly(ends.low()) + " to "
                                + quantity.showExactly(ends.high()) + ")")
                        .orElse("");
    }

    /** In a line of text. */
    String line() {
        return direction + " " + property + " " + asked() + " " + verdict.label() + ": "
                + (realised.isPresent() ? "it was " + shown() : "") + (reason.isEmpty() ? "" : "; " + reason);
    }
}
