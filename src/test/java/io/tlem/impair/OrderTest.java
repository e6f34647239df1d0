package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Packets that a varying delay would reorder: spaced and dropped as TLEM does, from its description of the variables. */
class OrderTest {
    private static final long BYTE_NANOS = 1000; // at 8 Mbit/s
    private static final long SEED = 7;

    private final MemorySegment memory = Arena.ofAuto().allocate(2048, 64);

    private record Decision(Fate fate, long releaseNanos) {}

    private static Annotator annotator(String delay, String offset, String order, String queue) {
        Map<Role, String> specs = new EnumMap<>(Role.class);
        specs.put(Role.BANDWIDTH, "8M");
        specs.put(Role.DELAY, delay);
        specs.put(Role.DELAY_OFFSET, offset);
        specs.put(Role.ORDER, order);
        specs.put(Role.QUEUE, queue);
        return new Annotator(LinkModels.of(specs, new RandomStreams(SEED, 0)));
    }

    private List<Decision> decide(Annotator annotator, long[] arrivals, int[] lengths) {
        List<Decision> decisions = new ArrayList<>();
        PacketContext packet = new PacketContext();
        for (int i = 0; i < arrivals.length; i++) {
            packet.reset(memory, 0, lengths[i], arrivals[i]);
            Fate fate = annotator.decide(packet);
            decisions.add(new Decision(fate, fate.leaves() ? packet.releaseNanos() : 0));
        }
        return decisions;
    }

    /**
     * qout is when the link is free, tx when the last packet is due, tt the transmission time. TLEM makes qout catch up with the
     * clock; a packet that is dropped takes no link time.
     */
    @Property(tries = 300)
    void equalsTlemsVariables(
            @ForAll boolean drop,
            @ForAll @IntRange(min = 0, max = 5000) int spreadMicros,
            @ForAll @IntRange(min = 0, max = 3000) int offsetMicros,
            @ForAll @IntRange(min = 1, max = 30) int limit,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] arrivals = new long[500];
        int[] lengths = random.ints(arrivals.length, 60, 1515).toArray();
        for (int i = 1; i < arrivals.length; i++) {
            arrivals[i] = arrivals[i - 1] + (random.nextInt(3) == 0 ? 0 : random.nextLong(2_000_000));
        }
        String spec = "uniform,1ms," + (1000 + spreadMicros) + "us";
        List<Decision> actual = decide(
                annotator(spec, offsetMicros + "us", drop ? "drop" : "spaced", "packets," + limit), arrivals, lengths);
        DelayModel delays = Models.delay(spec, new RandomStreams(SEED, 0));
        List<Long> exits = new ArrayList<>();
        long qout = 0;
        long tx = 0;
        long delay = 0;
        boolean reuse = false;
        PacketContext packet = new PacketContext();
        for (int i = 0; i < arrivals.length; i++) {
            long now = arrivals[i];
            exits.removeIf(exit -> exit <= now);
            if (exits.size() >= limit) {
                assertEquals(new Decision(Fate.QUEUE_OVERFLOW, 0), actual.get(i), "packet " + i);
                continue;
            }
            long tt = lengths[i] * BYTE_NANOS;
            long before = qout;
            qout = Math.max(qout, now) + tt;
            if (!reuse) {
                delay = Math.max(0, delays.delayNanos(packet) - offsetMicros * 1000L);
            }
            reuse = i > 0 && qout + delay < tx + tt;
            if (reuse && drop) {
                qout = before;
                assertEquals(new Decision(Fate.OUT_OF_ORDER, 0), actual.get(i), "packet " + i);
                continue;
            }
            tx = reuse ? tx + tt : qout + delay;
            exits.add(qout);
            assertEquals(new Decision(Fate.FORWARD, tx), actual.get(i), "packet " + i);
        }
    }

    /** What -P is for: without it the delays of a busy link are nearly all the largest one. */
    @Test
    void thoseThatAreNotDroppedHaveTheirDelays() {
        long[] arrivals = new long[20_000];
        int[] lengths = new int[arrivals.length];
        for (int i = 0; i < arrivals.length; i++) {
            arrivals[i] = i * 100_000L;
            lengths[i] = 60;
        }
        List<Decision> kept = decide(annotator("uniform,1ms,9ms", "", "keep", ""), arrivals, lengths);
        List<Decision> dropped = decide(annotator("uniform,1ms,9ms", "", "1", ""), arrivals, lengths);
        assertTrue(meanDelay(kept, arrivals) > 7_000_000, "kept");
        assertEquals(5_060_000, meanDelay(dropped, arrivals), 150_000);
        assertTrue(dropped.stream().filter(d -> d.fate() == Fate.OUT_OF_ORDER).count() > 5_000);
    }

    private static double meanDelay(List<Decision> decisions, long[] arrivals) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < arrivals.length; i++) {
            if (decisions.get(i).fate().leaves()) {
                sum += decisions.get(i).releaseNanos() - arrivals[i];
                count++;
            }
        }
        return sum / count;
    }

    /**
     * netem with a rate, event by event, as netem_enqueue has it: packets wait in a queue sorted by the time to send, which
     * counts those that are being delayed; the last of them is what delay and rate begin at; one that is sent early is not
     * in it, and no delay is drawn for it.
     */
    @Property(tries = 300)
    void delayFirstEqualsNetem(
            @ForAll @IntRange(min = 0, max = 3000) int jitterMicros,
            @ForAll @IntRange(min = 1, max = 30) int limit,
            @ForAll @IntRange(min = 1, max = 4) int gap,
            @ForAll boolean reorders,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String delaySpec = "netem,3ms," + jitterMicros + "us,20%";
        String reorderSpec = reorders ? "gap," + gap + ",10%,30%" : "";
        Map<Role, String> specs = new EnumMap<>(Map.of(
                Role.BANDWIDTH, "8M", Role.DELAY, delaySpec, Role.ORDER, "delay-first", Role.REORDER, reorderSpec));
        specs.put(Role.QUEUE, "packets," + limit);
        Annotator annotator = new Annotator(LinkModels.of(specs, new RandomStreams(SEED, 0)));
        LinkModels own = LinkModels.of(specs, new RandomStreams(SEED, 0));
        List<Long> waiting = new ArrayList<>();
        PacketContext packet = new PacketContext();
        PacketContext draws = new PacketContext();
        long now = 0;
        for (int i = 0; i < 500; i++) {
            now += random.nextInt(3) == 0 ? 0 : random.nextLong(2_000_000);
            long arrival = now;
            int length = random.nextInt(60, 1515);
            packet.reset(memory, 0, length, arrival);
            Fate fate = annotator.decide(packet);
            waiting.removeIf(toSend -> toSend <= arrival);
            if (waiting.size() >= limit) {
                assertEquals(Fate.QUEUE_OVERFLOW, fate, "packet " + i);
                continue;
            }
            if (reorders && own.reorder().releaseNanos(draws, Long.MAX_VALUE) != Long.MAX_VALUE) {
                assertEquals(Fate.OVERTAKE, fate, "packet " + i);
                assertEquals(arrival, packet.releaseNanos(), "packet " + i);
                continue;
            }
            long delay = own.delay().delayNanos(draws);
            long from = arrival;
            if (!waiting.isEmpty()) {
                from = waiting.get(waiting.size() - 1);
                delay = Math.max(0, delay - (from - arrival));
            }
            long toSend = from + delay + length * BYTE_NANOS;
            waiting.add(toSend);
            waiting.sort(null);
            assertEquals(toSend, packet.releaseNanos(), "packet " + i);
            assertTrue(fate == Fate.FORWARD || fate == Fate.OVERTAKE, "packet " + i);
        }
    }

    @Test
    void whatCannotBeBehindTheDelayIsRefused() {
        for (Map<Role, String> specs : List.of(
                Map.of(Role.ORDER, "delay-first", Role.BANDWIDTH, "1M", Role.QUEUE, "codel"),
                Map.of(Role.ORDER, "delay-first", Role.REORDER, "jitter"),
                Map.of(Role.ORDER, "delay-first", Role.REORDER, "constant,1%,1ms"))) {
            SpecException e = assertThrows(SpecException.class, () -> LinkModels.of(specs, new RandomStreams(SEED, 0)));
            assertTrue(e.getMessage().startsWith("--order delay-first: with"), e.getMessage());
        }
    }

    @Test
    void anOffsetIsSubtractedDownToNothing() {
        LinkModels models = LinkModels.of(
                Map.of(Role.DELAY, "uniform,1ms,3ms", Role.DELAY_OFFSET, "2ms"), new RandomStreams(SEED, 0));
        assertEquals(0, models.minDelayNanos());
        assertEquals(1_000_000, models.maxDelayNanos());
        SpecException e = assertThrows(
                SpecException.class,
                () -> LinkModels.of(Map.of(Role.DELAY_OFFSET, "soon"), new RandomStreams(SEED, 0)));
        assertTrue(e.getMessage().startsWith("-O soon: "), e.getMessage());
    }
}
