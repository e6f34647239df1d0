package io.tlem.impair;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What every model has to keep to, as checks that a test of any framework can call, for one's own models and the built-in ones:
 *
 * <pre>{@code
 * @Test
 * void keepsTheContract() {
 *     ModelContract.check(Role.DELAY, "sawtooth,10ms");
 * }
 * }</pre>
 *
 * <p>The model is run on packets with random lengths and arrival times, alone but for a link of 1 Gbit/s where the role has to
 * do with one. What does not hold is an {@link AssertionError}.
 */
public final class ModelContract {
    private static final int PACKETS = 100_000;
    private static final int MEASURED_PACKETS = 1_000_000;
    private static final int ALLOWED_BYTES = 4096;
    private static final int MEMORY_BYTES = 2048;
    private static final long SEED = 42;

    private final Role role;
    private final String spec;

    private ModelContract(Role role, String spec) {
        this.role = role;
        this.spec = spec;
    }

    /**
     * Checks that the same seed gives the same decisions, that what the model returns is within the bounds it states, and that
     * deciding allocates nothing. Takes some seconds.
     *
     * @throws SpecException when the specification is not acceptable
     * @throws AssertionError naming what does not hold
     */
    public static void check(Role role, String spec) {
        new ModelContract(role, spec).checkAll();
    }

    /**
     * Checks that deciding allocates nothing.
     *
     * @param packets over which the bytes are counted that the thread allocates
     */
    public static void checkAllocation(Role role, String spec, long packets) {
        new ModelContract(role, spec).checkAllocation(packets);
    }

    private void checkAll() {
        long first = new Run().decide(PACKETS);
        require(first == new Run().decide(PACKETS), "the same seed gives other decisions");
        new Run().checkBounds();
        checkAllocation(MEASURED_PACKETS);
    }

    private void checkAllocation(long packets) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Run run = new Run();
        run.decide(PACKETS); // so that everything is loaded, linked and as large as it gets
        long before = threads.getCurrentThreadAllocatedBytes();
        run.decide(packets);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        require(allocated < ALLOWED_BYTES, "deciding " + packets + " packets allocates " + allocated + " bytes");
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(role.label() + " " + spec + ": " + otherwise);
        }
    }

    /** The model of one direction, and packets for it. */
    private final class Run {
        private final LinkModels models;
        private final Annotator annotator;
        private final SplittableRandom random = new SplittableRandom(SEED);
        private final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_BYTES, 64);
        private final PacketContext packet = new PacketContext();
        private long now = 1_000_000_000L;

        Run() {
            Map<Role, String> specs = new EnumMap<>(Role.class);
            specs.put(role, spec);
            if (role == Role.QUEUE) {
                specs.put(Role.BANDWIDTH, "1G");
            } else if (role == Role.REORDER || role == Role.DUPLICATE) {
                specs.put(Role.BANDWIDTH, "1G");
                specs.put(Role.DELAY, "uniform,1ms,3ms");
            }
            models = LinkModels.of(specs, new RandomStreams(SEED, 0));
            annotator = new Annotator(models);
            for (long i = 0; i < MEMORY_BYTES; i++) {
                memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            memory.set(ValueLayout.JAVA_SHORT, 12, (short)
                    0x0008); // IPv4 in network order, so that there is more to change
            memory.set(ValueLayout.JAVA_BYTE, 14, (byte) 0x45);
        }

        private void next() {
            now += random.nextInt(14_000);
            packet.reset(memory, 0, 60 + random.nextInt(1455), now);
        }

        /** Decides packets; returns a digest of all that was decided. */
        long decide(long packets) {
            long digest = 0;
            for (long i = 0; i < packets; i++) {
                next();
                Fate fate = annotator.decide(packet);
                digest = digest * 31 + fate.ordinal();
                if (fate.leaves()) {
                    digest = digest * 31 + packet.releaseNanos();
                    digest = digest * 31 + packet.lengthBytes();
                }
                if (fate == Fate.OVERTAKE) {
                    digest = digest * 31 + packet.duplicateNanos();
                }
            }
            for (long i = 0; i < MEMORY_BYTES; i += Long.BYTES) {
                digest = digest * 31 + memory.get(ValueLayout.JAVA_LONG, i);
            }
            return digest;
        }

        void checkBounds() {
            long lastExit = Long.MIN_VALUE;
            for (int i = 0; i < PACKETS; i++) {
                next();
                int length = packet.lengthBytes();
                Fate fate = annotator.decide(packet);
                require(packet.lengthBytes() >= 0 && packet.lengthBytes() <= length, "packets become longer");
                if (!fate.leaves()) {
                    continue;
                }
                long exit = packet.linkExitNanos();
                require(exit >= packet.arrivalNanos(), "a packet leaves the link before it arrives");
                require(exit >= lastExit, "a packet leaves the link before the one ahead");
                lastExit = exit;
                long least = models.minDelayNanos();
                long most = models.maxDelayNanos();
                long inside = packet.releaseNanos() - exit;
                require(inside >= least, "a delay of " + inside + " ns is below the least, " + least + " ns");
                require(
                        inside <= most || fate == Fate.FORWARD,
                        "a delay of " + inside + " ns is above the most, " + most + " ns");
                if (fate == Fate.OVERTAKE && packet.duplicateNanos() != DuplicateModel.NONE) {
                    long again = packet.duplicateNanos() - packet.releaseNanos();
                    require(again >= 0 && again <= models.duplicate().maxBehindNanos(), "a copy is out of bounds");
                }
            }
            long over = models.queue().highWaterBytes() - 65_536; // a limit may be exceeded by one packet
            require(role != Role.QUEUE || over <= models.queue().maxBytes(), "the queue is longer than it says");
        }
    }
}
