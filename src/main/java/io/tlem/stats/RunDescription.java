package io.tlem.stats;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What runs: all that is known when a link starts.
 *
 * @param version of the emulator
 * @param java version of the Java virtual machine
 * @param process number of the process
 * @param seed of the random models
 * @param ports A, then B
 * @param directions those that are possible between the ports
 * @param threads how the link's threads run
 * @param duration after which it ends, ns
 * @param drainNanos how long it sends at the end what is under way, at most
 */
public record RunDescription(
        String version,
        String java,
        long process,
        long seed,
        List<Port> ports,
        List<Direction> directions,
        Threads threads,
        Optional<Long> duration,
        long drainNanos) {
    /**
     * One of the two ports.
     *
     * @param address it was opened with
     * @param description what was opened and how
     */
    public record Port(String address, String description) {}

    /**
     * What a direction is to be.
     *
     * @param name for people, such as {@code a->b}
     * @param models specifications, by the names of their options, in the order in which a packet meets them; the last ones,
     *     where they have changed
     * @param changes how often each has changed since the start; what never did may be left out
     * @param bufferBytes memory of queue and delay line
     * @param bufferMemory what kind of memory that is
     * @param bufferServes what that is large enough for, empty where the models say so
     * @param overflow what becomes of packets while it is full: wait or drop
     */
    public record Direction(
            String name,
            Map<String, String> models,
            Map<String, Long> changes,
            long bufferBytes,
            String bufferMemory,
            String bufferServes,
            String overflow) {
        /** Keeps the order. */
        public Direction {
            models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
            changes = Map.copyOf(changes);
        }

        /** What was asked of a role, and for people whether it was so all the time; empty where it was nothing ever. */
        public Optional<String> asked(String role) {
            Optional<String> last = Optional.ofNullable(models.get(role));
            long times = changes.getOrDefault(role, 0L);
            return times == 0
                    ? last
                    : Optional.of(
                            "changed " + (times == 1 ? "once" : times + " times") + ", last: " + last.orElse("none"));
        }
    }

    /**
     * How the threads run.
     *
     * @param count of threads
     * @param stages of a direction
     * @param batch most packets that a stage moves at a time
     * @param cpus that they are pinned to, empty when they are not
     * @param realTimePriority 0 for the normal policy
     * @param nice under that, -20 to 0
     * @param spinNanos that they spin without work
     * @param yieldNanos that they then yield
     * @param sleepNanos that they then sleep at a time
     * @param copyingIn language of the loops that copy packets
     * @param memoryLocked whether all memory is locked
     * @param sleepStates why the CPUs may go to sleep states; empty when these are held off
     */
    public record Threads(
            int count,
            int stages,
            int batch,
            List<Integer> cpus,
            int realTimePriority,
            int nice,
            long spinNanos,
            long yieldNanos,
            long sleepNanos,
            String copyingIn,
            boolean memoryLocked,
            String sleepStates) {}
}
