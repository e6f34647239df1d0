package io.tlem.impair;

import com.sun.management.ThreadMXBean;
import io.tlem.wire.Ethernet;
import io.tlem.wire.NetworkBytes;
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

    /** What is told of each packet: its fate, and how long it was before. */
    private interface Decided {
        void accept(Fate fate, PacketContext packet, int lengthBefore);
    }

    /** The model of one direction, and packets for it. */
    private final class Run {
        private final LinkModels models;
        private final Annotator annotator;
        private final SplittableRandom random = new SplittableRandom(SEED);
        private final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_BYTES, 64);
        private final PacketContext packet = new PacketContext();
        private final PacketContext waiting = new PacketContext();
        private final PacketHold hold; // null for a queue that decides at once
        private long now = 1_000_000_000L;
        private long digest;
        private long lastExit = Long.MIN_VALUE;

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
            hold = models.holds()
                    ? new PacketHold(
                            annotator,
                            Arena.ofAuto().allocate((long) PacketHold.bytesFor(models.queue(), MEMORY_BYTES), 64))
                    : null;
            for (long i = 0; i < MEMORY_BYTES; i++) {
                memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            NetworkBytes.setShort(memory, Ethernet.TYPE_AT, Ethernet.IPV4); // so that there is more to change
            NetworkBytes.setByte(memory, Ethernet.HEADER_BYTES, 0x45);
        }

        private void next() {
            now += random.nextInt(14_000);
            packet.reset(memory, 0, 60 + random.nextInt(1455), now);
        }

        private void drive(long packets, Decided decided) {
            for (long i = 0; i < packets; i++) {
                next();
                int length = packet.lengthBytes();
                if (hold == null) {
                    decided.accept(annotator.decide(packet), packet, length);
                    continue;
                }
                while (hold.next(now, waiting)) {
                    decided.accept(hold.fate(), waiting, waiting.lengthBytes());
                }
                Fate admitted = hold.arrive(packet, 0);
                if (admitted != Fate.FORWARD) {
                    decided.accept(admitted, packet, length);
                }
                while (hold.evict(waiting)) {
                    decided.accept(Fate.QUEUE_OVERFLOW, waiting, waiting.lengthBytes());
                }
            }
        }

        /** Decides packets; returns a digest of all that was decided. */
        long decide(long packets) {
            drive(packets, this::digest);
            for (long i = 0; i < MEMORY_BYTES; i += Long.BYTES) {
                digest = digest * 31 + memory.get(ValueLayout.JAVA_LONG, i);
            }
            return digest;
        }

        private void digest(Fate fate, PacketContext decided, int lengthBefore) {
            digest = digest * 31 + fate.ordinal();
            digest = digest * 31 + lengthBefore;
            if (fate.leaves()) {
                digest = digest * 31 + decided.releaseNanos();
                digest = digest * 31 + decided.lengthBytes();
            }
            if (fate == Fate.OVERTAKE) {
                digest = digest * 31 + decided.duplicateNanos();
            }
        }

        void checkBounds() {
            drive(PACKETS, this::checkBounds);
            long over = models.queue().highWaterBytes() - 65_536; // a limit may be exceeded by one packet
            require(role != Role.QUEUE || over <= models.queue().maxBytes(), "the queue is longer than it says");
        }

        private void checkBounds(Fate fate, PacketContext decided, int lengthBefore) {
            require(decided.lengthBytes() >= 0 && decided.lengthBytes() <= lengthBefore, "packets become longer");
            if (!fate.leaves()) {
                return;
            }
            long exit = decided.linkExitNanos();
            require(exit >= decided.arrivalNanos(), "a packet leaves the link before it arrives");
            require(exit >= lastExit, "a packet leaves the link before the one ahead");
            lastExit = exit;
            long least = models.minDelayNanos();
            long most = models.maxDelayNanos();
            long inside = decided.releaseNanos() - exit;
            require(inside >= least, "a delay of " + inside + " ns is below the least, " + least + " ns");
            require(
                    inside <= most || fate == Fate.FORWARD,
                    "a delay of " + inside + " ns is above the most, " + most + " ns");
            if (fate == Fate.OVERTAKE && decided.duplicateNanos() != DuplicateModel.NONE) {
                long again = decided.duplicateNanos() - decided.releaseNanos();
                require(again >= 0 && again <= models.duplicate().maxBehindNanos(), "a copy is out of bounds");
            }
        }
    }
}
