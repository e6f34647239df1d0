package io.tlem.impair;

import java.util.random.RandomGenerator;

/** Providers of the models that come with the emulator, with TLEM's names. Listed in {@code META-INF/services}. */
public final class BuiltInModels {
    /** Bytes a frame takes on Ethernet beyond those in memory: preamble and delimiter 8, gap 12, FCS 4. */
    private static final int ETHERNET_OVERHEAD_BYTES = 24;

    private BuiltInModels() {}

    private static BandwidthModel atRate(Arguments arguments, int overheadBytes) {
        arguments.requireCount(1);
        long bitsPerSecond = arguments.bandwidth(0);
        return bitsPerSecond == 0 ? new UnlimitedBandwidth() : new ConstantBandwidth(bitsPerSecond, overheadBytes);
    }

    /** {@code constant,BPS}. */
    public static final class Constant implements ModelProvider.Bandwidth {
        @Override
        public String kind() {
            return "constant";
        }

        @Override
        public String usage() {
            return "[constant,]BPS";
        }

        @Override
        public String summary() {
            return "BPS bit/s over the frame as captured, without framing and FCS; 0 is no limit";
        }

        @Override
        public BandwidthModel create(Arguments arguments, RandomGenerator random) {
            return atRate(arguments, 0);
        }
    }

    /** {@code ether,BPS}. */
    public static final class Ether implements ModelProvider.Bandwidth {
        @Override
        public String kind() {
            return "ether";
        }

        @Override
        public String usage() {
            return "ether,BPS";
        }

        @Override
        public String summary() {
            return "BPS bit/s on the wire: 24 bytes a frame (preamble 8, gap 12, FCS 4) are counted";
        }

        @Override
        public BandwidthModel create(Arguments arguments, RandomGenerator random) {
            return atRate(arguments, ETHERNET_OVERHEAD_BYTES);
        }
    }

    /** {@code bytes,SIZE}. */
    public static final class QueueBytes implements ModelProvider.Queue {
        @Override
        public String kind() {
            return "bytes";
        }

        @Override
        public String usage() {
            return "[bytes,]SIZE";
        }

        @Override
        public String summary() {
            return "drop-tail queue that admits while the backlog is at most SIZE bytes (k, M, G: powers of 1024)";
        }

        @Override
        public QueueModel create(Arguments arguments, RandomGenerator random) {
            arguments.requireCount(1);
            long bytes = arguments.bytes(0);
            if (bytes > DropTailQueue.MAX_BYTES) {
                throw new SpecException("a queue of " + bytes + " bytes is too large; at most 1G");
            }
            return new DropTailQueue(bytes, DropTailQueue.MAX_PACKETS);
        }
    }

    /** {@code packets,N}. */
    public static final class QueuePackets implements ModelProvider.Queue {
        @Override
        public String kind() {
            return "packets";
        }

        @Override
        public String usage() {
            return "packets,N";
        }

        @Override
        public String summary() {
            return "drop-tail queue of at most N packets, the one on the link included; N from 1 to 1000000";
        }

        @Override
        public QueueModel create(Arguments arguments, RandomGenerator random) {
            arguments.requireCount(1);
            return new DropTailQueue(Long.MAX_VALUE, arguments.count(0, 1, 1_000_000));
        }
    }

    /** {@code plr,P}. */
    public static final class Plr implements ModelProvider.Loss {
        @Override
        public String kind() {
            return "plr";
        }

        @Override
        public String usage() {
            return "[plr,]P";
        }

        @Override
        public String summary() {
            return "loses each packet with probability P, 0 to 1 (or with %), independently";
        }

        @Override
        public LossModel create(Arguments arguments, RandomGenerator random) {
            arguments.requireCount(1);
            return new PacketLossRate(arguments.probability(0), random);
        }
    }

    /** {@code constant,T}. */
    public static final class ConstantPropagation implements ModelProvider.Delay {
        @Override
        public String kind() {
            return "constant";
        }

        @Override
        public String usage() {
            return "[constant,]T";
        }

        @Override
        public String summary() {
            return "T for every packet; seconds, or with ms (m), us (u), ns (n)";
        }

        @Override
        public DelayModel create(Arguments arguments, RandomGenerator random) {
            arguments.requireCount(1);
            return new ConstantDelay(arguments.timeNanos(0));
        }
    }

    /** {@code uniform,MIN,MAX}. */
    public static final class Uniform implements ModelProvider.Delay {
        @Override
        public String kind() {
            return "uniform";
        }

        @Override
        public String usage() {
            return "uniform,MIN,MAX";
        }

        @Override
        public String summary() {
            return "uniformly distributed from MIN to MAX; a packet never leaves before the one ahead";
        }

        @Override
        public DelayModel create(Arguments arguments, RandomGenerator random) {
            arguments.requireCount(2);
            long min = arguments.timeNanos(0);
            long max = arguments.timeNanos(1);
            if (min > max) {
                throw new SpecException(
                        "uniform delay: the minimum, " + min + " ns, is above the maximum, " + max + " ns");
            }
            return new UniformDelay(min, max, random);
        }
    }
}
