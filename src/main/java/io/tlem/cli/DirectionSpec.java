package io.tlem.cli;

/**
 * The models of one direction as the user wrote them; an empty string is the absence of that impairment.
 *
 * @param bandwidth for example {@code ether,1G}
 * @param queue for example {@code 50k} or {@code packets,100}
 * @param loss for example {@code 0.01}
 * @param delay for example {@code uniform,5ms,10ms}
 */
record DirectionSpec(String bandwidth, String queue, String loss, String delay) {
    @Override
    public String toString() {
        return "bandwidth " + orNone(bandwidth, "unlimited") + ", queue " + orNone(queue, "none") + ", loss "
                + orNone(loss, "none") + ", delay " + orNone(delay, "none");
    }

    private static String orNone(String spec, String none) {
        return spec.isEmpty() ? none : spec;
    }
}
