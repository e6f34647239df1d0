package io.tlem.impair.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.PacketHold;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The queues that manage themselves against queues of packets, simulated event by event: a list, a link and a clock. What comes
 * to the head does so before what arrives at the same time.
 */
class QueueManagementTest {
    private static final long BYTE_NANOS = 1000; // at 8 Mbit/s
    private static final long SEED = 23;
    private static final int ECN_AT = 15;

    /** A packet, and what becomes of it. */
    private static final class Packet {
        final long arrival;
        final int length;
        final boolean capable;
        boolean marked;
        long exit = DROPPED;

        Packet(long arrival, int length, boolean capable) {
            this.arrival = arrival;
            this.length = length;
            this.capable = capable;
        }

        static final long DROPPED = -1;

        /** Marks it if it can be. */
        boolean mark() {
            marked |= capable;
            return capable;
        }

        @Override
        public String toString() {
            return arrival + "+" + length + (exit == DROPPED ? " dropped" : " out " + exit) + (marked ? " marked" : "");
        }
    }

    /** Around the link's rate, in phases of more and less. */
    private static List<Packet> traffic(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Packet> packets = new ArrayList<>();
        long now = random.nextLong(1L << 40);
        double load = 1;
        for (int i = 0; i < count; i++) {
            if (i % 200 == 0) {
                load = 0.3 + 1.7 * random.nextDouble();
            }
            int length = random.nextInt(60, 1515);
            now += random.nextInt(4) == 0 ? 0 : (long) (random.nextDouble() * 2 * 787 * BYTE_NANOS * 4 / 3 / load);
            now += random.nextInt(500) == 0 ? random.nextLong(2_000_000_000L) : 0;
            packets.add(new Packet(now, length, random.nextBoolean()));
        }
        return packets;
    }

    /** What the emulator makes of the same packets. */
    private static List<String> emulated(String queue, List<Packet> packets) {
        LinkModels models = LinkModels.of(Map.of(Role.QUEUE, queue, Role.BANDWIDTH, "8M"), new RandomStreams(SEED, 0));
        Annotator annotator = new Annotator(models);
        List<Packet> decided = packets.stream()
                .map(p -> new Packet(p.arrival, p.length, p.capable))
                .toList();
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        memory.set(ValueLayout.JAVA_SHORT, 12, (short) 0x0008); // IPv4 in network order
        memory.set(ValueLayout.JAVA_BYTE, 14, (byte) 0x45);
        PacketContext packet = new PacketContext();
        PacketContext head = new PacketContext();
        PacketHold hold = models.holds()
                ? new PacketHold(
                        annotator, Arena.ofAuto().allocate((long) PacketHold.bytesFor(models.queue(), 2048), 64))
                : null;
        for (int i = 0; i < decided.size(); i++) {
            Packet p = decided.get(i);
            memory.set(ValueLayout.JAVA_INT, 0, i);
            memory.set(ValueLayout.JAVA_BYTE, ECN_AT, (byte) (p.capable ? 2 : 0));
            packet.reset(memory, 0, p.length, p.arrival);
            if (hold == null) {
                settle(decided, packet, annotator.decide(packet));
                continue;
            }
            while (hold.next(p.arrival, head)) {
                settle(decided, head, hold.fate());
            }
            hold.arrive(packet, 0);
            while (hold.evict(head)) {}
        }
        while (hold != null && hold.next(Long.MAX_VALUE, head)) {
            settle(decided, head, hold.fate());
        }
        return decided.stream().map(Packet::toString).toList();
    }

    private static void settle(List<Packet> packets, PacketContext context, Fate fate) {
        Packet packet = packets.get(context.memory().get(ValueLayout.JAVA_INT, context.offset()));
        if (fate == Fate.FORWARD) {
            packet.exit = context.linkExitNanos();
            packet.marked = (context.memory().get(ValueLayout.JAVA_BYTE, context.offset() + ECN_AT) & 3) == 3;
        }
    }

    /** A queue of packets in front of a link. */
    private abstract static class Reference {
        final Deque<Packet> waiting = new ArrayDeque<>();
        Packet onLink;
        long free = Long.MIN_VALUE; // when the link is

        /** A packet arrives: into {@link #waiting}, or dropped. */
        abstract void arrive(Packet packet);

        /** The next one for the link, which is free; null if none waits. */
        Packet dequeue(long now) {
            return waiting.poll();
        }

        /** Time passes up to then, that included. */
        void pass(long until) {
            while (free <= until && (onLink != null || !waiting.isEmpty())) {
                long now = free;
                onLink = null;
                transmit(dequeue(now), now);
            }
        }

        private void transmit(Packet packet, long now) {
            if (packet != null) {
                onLink = packet;
                free = now + packet.length * BYTE_NANOS;
                packet.exit = free;
            }
        }

        List<String> run(List<Packet> packets) {
            for (Packet packet : packets) {
                pass(packet.arrival);
                arrive(packet);
                if (onLink == null && !waiting.isEmpty()) {
                    transmit(dequeue(packet.arrival), packet.arrival);
                }
            }
            pass(Long.MAX_VALUE);
            return packets.stream().map(Packet::toString).toList();
        }

        /** Backlog with the packet on the link. */
        long packets() {
            return onLink == null ? waiting.size() : 1L + waiting.size();
        }

        long bytes() {
            return waiting.stream().mapToLong(p -> p.length).sum() + (onLink == null ? 0 : onLink.length);
        }
    }

    @Property(tries = 100)
    void dropHeadDropsTheOldest(
            @ForAll boolean inPackets, @ForAll @IntRange(min = 1, max = 30) int limit, @ForAll long seed) {
        List<Packet> packets = traffic(seed, 1000);
        long most = inPackets ? limit : limit * 1000L;
        List<String> expected = new Reference() {
            @Override
            void arrive(Packet packet) {
                waiting.add(packet);
                // A packet that finds the link free still is one that waits, for no time.
                while (inPackets
                        ? waiting.size() > most
                        : waiting.stream().mapToLong(p -> p.length).sum() > most) {
                    waiting.remove();
                }
            }
        }.run(packets);
        assertEquals(expected, emulated((inPackets ? "head-packets," : "head-bytes,") + most, packets));
    }

    /** RFC 8289, sections 5.1 to 5.7, with Linux's marking. */
    private static final class Codel extends Reference {
        private final int limit;
        private final long target;
        private final long interval;
        private final boolean ecn;
        private long firstAboveTime;
        private long dropNext;
        private int count;
        private int lastCount;
        private boolean dropping;
        private boolean okToDrop;

        Codel(int limit, long target, long interval, boolean ecn) {
            this.limit = limit;
            this.target = target;
            this.interval = interval;
            this.ecn = ecn;
        }

        @Override
        void arrive(Packet packet) {
            if (waiting.size() < limit) {
                waiting.add(packet);
            }
        }

        private Packet dodequeue(long now) {
            Packet packet = waiting.poll();
            okToDrop = false;
            if (packet == null) {
                firstAboveTime = 0;
                return null;
            }
            long sojourn = now - packet.arrival;
            if (sojourn < target || waiting.stream().mapToLong(p -> p.length).sum() <= 1514) {
                firstAboveTime = 0;
            } else if (firstAboveTime == 0) {
                firstAboveTime = now + interval;
            } else if (now >= firstAboveTime) {
                okToDrop = true;
            }
            return packet;
        }

        private long controlLaw(long t) {
            return t + (long) (interval / Math.sqrt(count));
        }

        @Override
        Packet dequeue(long now) {
            Packet packet = dodequeue(now);
            if (packet == null) {
                dropping = false;
                return null;
            }
            if (dropping) {
                if (!okToDrop) {
                    dropping = false;
                }
                while (now >= dropNext && dropping) {
                    count++;
                    if (ecn && packet.mark()) {
                        dropNext = controlLaw(dropNext);
                        return packet;
                    }
                    packet = dodequeue(now);
                    if (!okToDrop) {
                        dropping = false;
                    } else {
                        dropNext = controlLaw(dropNext);
                    }
                }
            } else if (okToDrop) {
                if (!ecn || !packet.mark()) {
                    packet = dodequeue(now);
                }
                dropping = true;
                int delta = count - lastCount;
                count = 1;
                if (delta > 1 && now - dropNext < 16 * interval) {
                    count = delta;
                }
                dropNext = controlLaw(now);
                lastCount = count;
            }
            return packet;
        }
    }

    @Property(tries = 200)
    void codelIsTheRfcs(
            @ForAll @IntRange(min = 5, max = 1000) int limit,
            @ForAll @IntRange(min = 0, max = 20) int targetMillis,
            @ForAll @IntRange(min = 1, max = 100) int intervalMillis,
            @ForAll boolean ecn,
            @ForAll long seed) {
        List<Packet> packets = traffic(seed, 2000);
        List<String> expected =
                new Codel(limit, targetMillis * 1_000_000L, intervalMillis * 1_000_000L, ecn).run(packets);
        String spec = "codel," + limit + "," + targetMillis + "ms," + intervalMillis + "ms," + (ecn ? "on" : "off");
        assertEquals(expected, emulated(spec, packets));
    }

    /** Floyd and Jacobson 1993, figure 2. */
    private static final class Red extends Reference {
        private final long limit;
        private final double minThreshold;
        private final double maxThreshold;
        private final double maxP;
        private final double weight;
        private final boolean gentle;
        private final boolean inPackets;
        private final String ecn;
        private final int longest;
        private final RandomGenerator random;
        private double avg;
        private int count = -1;
        private Packet last;
        private long lastStart;

        Red(
                long limit,
                double min,
                double max,
                double maxP,
                double weight,
                boolean gentle,
                boolean inPackets,
                String ecn,
                int longest) {
            this.limit = limit;
            this.minThreshold = min;
            this.maxThreshold = max;
            this.maxP = maxP;
            this.weight = weight;
            this.gentle = gentle;
            this.inPackets = inPackets;
            this.ecn = ecn;
            this.longest = longest;
            this.random = new RandomStreams(SEED, 0).stream(gentle ? "queue.gred" : "queue.red");
        }

        @Override
        Packet dequeue(long now) {
            Packet packet = super.dequeue(now);
            if (packet != null) {
                last = packet;
                lastStart = now;
            }
            return packet;
        }

        @Override
        void arrive(Packet packet) {
            long q = inPackets ? packets() : bytes();
            if (q > 0) {
                avg = avg + weight * (q - avg);
            } else if (avg > 0) {
                double m = (double) (packet.arrival - last.exit) / (last.exit - lastStart);
                avg = avg * Math.pow(1 - weight, m);
            }
            boolean drop = false;
            if (avg >= minThreshold && ecn.equals("all")) {
                drop = true;
            } else if (avg >= minThreshold) {
                count++;
                double pb;
                double share = longest == 0 ? 1 : (double) packet.length / longest;
                if (avg < maxThreshold) {
                    pb = share * maxP * (avg - minThreshold) / (maxThreshold - minThreshold);
                } else if (gentle && avg < 2 * maxThreshold) {
                    pb = share * (maxP + (1 - maxP) * (avg - maxThreshold) / maxThreshold);
                } else {
                    pb = 1;
                }
                drop = pb >= 1 || 1 - count * pb <= pb || random.nextDouble() < pb / (1 - count * pb);
                if (drop) {
                    count = 0;
                }
            } else {
                count = -1;
            }
            if (drop && !(!ecn.equals("off") && packet.mark())) {
                return;
            }
            if (inPackets ? q < limit : q <= limit) {
                waiting.add(packet);
            } else {
                packet.marked = false; // nobody sees it
            }
        }
    }

    @Property(tries = 200)
    void redIsThePapers(
            @ForAll @IntRange(min = 1, max = 30) int min,
            @ForAll @IntRange(min = 1, max = 30) int more,
            @ForAll @IntRange(min = 1, max = 120) int limit,
            @ForAll @IntRange(min = 0, max = 100) int percent,
            @ForAll boolean gentle,
            @ForAll boolean inPackets,
            @ForAll("redsEcn") String ecn,
            @ForAll boolean byLength,
            @ForAll long seed) {
        List<Packet> packets = traffic(seed, 2000);
        int longest = byLength ? 1500 : 0;
        long unit = inPackets ? 1 : 1000;
        double weight = new SplittableRandom(seed).nextBoolean() ? 0.002 : 0.1;
        List<String> expected = new Red(
                        limit * unit,
                        min * unit,
                        (min + more) * unit,
                        percent / 100.0,
                        weight,
                        gentle,
                        inPackets,
                        ecn,
                        longest)
                .run(packets);
        String spec = String.join(
                ",",
                gentle ? "gred" : "red",
                Long.toString(limit * unit),
                Long.toString(min * unit),
                Long.toString((min + more) * unit),
                percent / 100.0 + "",
                weight + "",
                inPackets ? "packets" : "bytes",
                ecn,
                longest + "");
        assertEquals(expected, emulated(spec, packets));
    }

    @Provide
    Arbitrary<String> redsEcn() {
        return Arbitraries.of("off", "on", "all");
    }

    /** RFC 8033, appendix A, without switching itself off; the delay is the last sojourn time, or none when none waits. */
    private static final class Pie extends Reference {
        private final int limit;
        private final double target;
        private final long update;
        private final double maxBurst;
        private final boolean ecn;
        private final RandomGenerator random = new RandomStreams(SEED, 0).stream("queue.pie");
        private long nextUpdate = Long.MIN_VALUE;
        private long sojourn;
        private double dropProb;
        private double accuProb;
        private double qdelayOld;
        private double burstAllowance;

        Pie(int limit, long target, long update, long burst, boolean ecn) {
            this.limit = limit;
            this.target = target / 1e9;
            this.update = update;
            this.maxBurst = burst;
            this.burstAllowance = burst;
            this.ecn = ecn;
        }

        @Override
        Packet dequeue(long now) {
            Packet packet = super.dequeue(now);
            if (packet != null) {
                sojourn = now - packet.arrival;
            }
            return packet;
        }

        @Override
        void pass(long until) {
            while (nextUpdate != Long.MIN_VALUE && nextUpdate <= until && until < Long.MAX_VALUE) {
                super.pass(nextUpdate);
                calculate(waiting.isEmpty() ? 0 : sojourn / 1e9);
                nextUpdate += update;
            }
            super.pass(until);
        }

        private void calculate(double qdelay) {
            double p = 0.125 * (qdelay - target) + 1.25 * (qdelay - qdelayOld);
            double[] limits = {0.000001, 0.00001, 0.0001, 0.001, 0.01, 0.1};
            double[] divisors = {2048, 512, 128, 32, 8, 2};
            for (int i = 0; i < limits.length; i++) {
                if (dropProb < limits[i]) {
                    p /= divisors[i];
                    break;
                }
            }
            if (dropProb >= 0.1 && p > 0.02) {
                p = 0.02;
            }
            dropProb += p;
            if (qdelay == 0 && qdelayOld == 0) {
                dropProb *= 0.98;
            }
            dropProb = Math.min(1, Math.max(0, dropProb));
            burstAllowance = dropProb == 0 && qdelay < target / 2 && qdelayOld < target / 2
                    ? maxBurst
                    : Math.max(0, burstAllowance - update);
            qdelayOld = qdelay;
        }

        @Override
        void arrive(Packet packet) {
            if (nextUpdate == Long.MIN_VALUE) {
                nextUpdate = packet.arrival + update;
            }
            if (packets() >= limit) {
                return;
            }
            if (burstAllowance == 0 && dropEarly()) {
                if (!(ecn && dropProb < 0.1 && packet.mark())) {
                    return;
                }
            }
            waiting.add(packet);
        }

        private boolean dropEarly() {
            if (dropProb == 0) {
                accuProb = 0;
            }
            if ((qdelayOld < target / 2 && dropProb < 0.2) || bytes() <= 2 * 1500) {
                return false;
            }
            accuProb += dropProb;
            if (accuProb < 0.85) {
                return false;
            }
            boolean drop = accuProb >= 8.5 || random.nextDouble() < dropProb;
            if (drop) {
                accuProb = 0;
            }
            return drop;
        }
    }

    @Property(tries = 200)
    void pieIsTheRfcs(
            @ForAll @IntRange(min = 5, max = 1000) int limit,
            @ForAll @IntRange(min = 1, max = 40) int targetMillis,
            @ForAll @IntRange(min = 1, max = 50) int updateMillis,
            @ForAll @IntRange(min = 0, max = 200) int burstMillis,
            @ForAll boolean ecn,
            @ForAll long seed) {
        List<Packet> packets = traffic(seed, 2000);
        List<String> expected = new Pie(
                        limit, targetMillis * 1_000_000L, updateMillis * 1_000_000L, burstMillis * 1_000_000L, ecn)
                .run(packets);
        String spec = "pie," + limit + "," + targetMillis + "ms," + updateMillis + "ms,burst=" + burstMillis + "ms,ecn="
                + (ecn ? "on" : "off");
        assertEquals(expected, emulated(spec, packets));
    }

    /** Ten sources that answer a drop or a mark as TCP does, by halving: what the queue management is for. */
    private static double[] standingDelays(String queue, boolean capable) {
        LinkModels models = LinkModels.of(Map.of(Role.QUEUE, queue, Role.BANDWIDTH, "8M"), new RandomStreams(SEED, 0));
        Annotator annotator = new Annotator(models);
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        memory.set(ValueLayout.JAVA_SHORT, 12, (short) 0x0008);
        memory.set(ValueLayout.JAVA_BYTE, 14, (byte) 0x45);
        PacketContext packet = new PacketContext();
        PacketContext head = new PacketContext();
        PacketHold hold = models.holds()
                ? new PacketHold(
                        annotator, Arena.ofAuto().allocate((long) PacketHold.bytesFor(models.queue(), 2048), 64))
                : null;
        double rate = 0.5; // of the link's
        long now = 0;
        long reactAgain = 0;
        List<Double> delays = new ArrayList<>();
        while (now < 60_000_000_000L) {
            now += (long) (1000 * BYTE_NANOS / rate);
            memory.set(ValueLayout.JAVA_BYTE, ECN_AT, (byte) (capable ? 2 : 0));
            packet.reset(memory, 0, 1000, now);
            boolean signal = false;
            if (hold == null) {
                signal = note(annotator.decide(packet), packet, delays);
            } else {
                while (hold.next(now, head)) {
                    signal |= note(hold.fate(), head, delays);
                }
                signal |= hold.arrive(packet, 0) != Fate.FORWARD;
                while (hold.evict(head)) {
                    signal = true;
                }
            }
            if (signal && now > reactAgain) {
                rate = Math.max(0.1, rate * 0.7);
                reactAgain = now + 100_000_000;
            }
            rate += 0.0002;
        }
        double[] sorted = delays.stream()
                .skip(delays.size() / 4)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return new double[] {sorted[sorted.length / 2], sorted[sorted.length * 95 / 100]};
    }

    private static boolean note(Fate fate, PacketContext packet, List<Double> delays) {
        if (fate != Fate.FORWARD) {
            return true;
        }
        delays.add((packet.linkExitNanos() - packet.arrivalNanos()) / 1e6);
        return (packet.memory().get(ValueLayout.JAVA_BYTE, packet.offset() + ECN_AT) & 3) == 3;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "codel",
                "codel,ecn=on",
                "pie",
                "pie,ecn=on",
                "red,200k,5k,15k,10%,0.02",
                "gred,200k,5k,15k,10%,0.02"
            })
    void aManagedQueueHasLittleStandingDelay(String queue) {
        double[] unmanaged = standingDelays("200k", false);
        double[] managed = standingDelays(queue, queue.contains("ecn"));
        assertTrue(unmanaged[0] > 100, "unmanaged " + Arrays.toString(unmanaged));
        assertTrue(managed[0] < 25, queue + ": median " + managed[0] + " ms");
        assertTrue(managed[1] < 80, queue + ": p95 " + managed[1] + " ms");
    }

    /** RED, held at an average in the middle: drops are uniformly 1 to 1 / p_b - 1 packets apart, by the paper's algorithm. */
    @Test
    void redSpreadsItsDropsUniformly() {
        RedQueue.Curve curve = new RedQueue.Curve(0, 2, 0.1, 1, false, 0);
        RedQueue red = new RedQueue(1000, curve, true, RedQueue.Ecn.OFF, new RandomStreams(SEED, 0).stream("test"));
        PacketContext packet = new PacketContext();
        packet.reset(MemorySegment.NULL, 0, 60, 0);
        packet.setLinkExitNanos(Long.MAX_VALUE - 1);
        red.admits(packet);
        red.entered(packet); // one packet that never leaves: an average of 1, p_b is 5 %
        long[] gaps = new long[19];
        while (red.admits(packet)) {}
        int gap = 0;
        for (int i = 0; i < 1_000_000; i++) {
            gap++;
            if (!red.admits(packet)) {
                gaps[gap - 1]++;
                gap = 0;
            }
        }
        double drops = Arrays.stream(gaps).sum();
        double chiSquare = 0;
        for (long found : gaps) {
            chiSquare += (found - drops / 19) * (found - drops / 19) / (drops / 19);
        }
        assertTrue(chiSquare < 42.3, "chi-square " + chiSquare + " of 18 degrees of freedom"); // 0.1 %
    }
}
