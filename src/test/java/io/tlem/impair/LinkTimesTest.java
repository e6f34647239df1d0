package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where the annotator says that a link keeps packets. */
class LinkTimesTest {
    private static final int LENGTH = 1250; // 10 µs at 1 Gbit/s
    private static final long EACH = 10_000;

    private final MemorySegment frame = MemorySegment.ofArray(new byte[LENGTH]);

    private static Annotator annotator(Map<Role, String> models) {
        return new Annotator(LinkModels.of(models, new RandomStreams(0, 0)));
    }

    private Fate decide(Annotator annotator, long arrivalNanos) {
        PacketContext packet = new PacketContext();
        packet.reset(frame, 0, LENGTH, arrivalNanos);
        return annotator.decide(packet);
    }

    @Test
    void packetsWaitForThoseAheadThenAreSerialisedThenTravel() {
        Annotator annotator = annotator(Map.of(Role.BANDWIDTH, "1G", Role.QUEUE, "1M", Role.DELAY, "2ms"));
        for (int i = 0; i < 10; i++) {
            assertEquals(Fate.FORWARD, decide(annotator, 0));
        }
        assertEquals(Fate.FORWARD, decide(annotator, 1_000_000), "after a pause nobody waits");
        assertEquals(11, annotator.timedPackets());
        assertEquals(45 * EACH, annotator.queueNanos());
        assertEquals(11 * EACH, annotator.serialisationNanos());
        assertEquals(11 * 2_000_000, annotator.delayNanos());
        assertEquals(9 * EACH, annotator.longestQueueNanos());
        assertEquals(EACH, annotator.longestSerialisationNanos());
        assertEquals(2_000_000, annotator.longestDelayNanos());
    }

    /** A packet lost behind the link has taken its time there, for which the next one waits. */
    @Test
    void packetsWaitForThoseLostBehindTheLinkToo() {
        Annotator annotator = annotator(Map.of(Role.BANDWIDTH, "1G", Role.QUEUE, "1M", Role.LOSS_AFTER, "every,2"));
        for (int i = 0; i < 4; i++) {
            Fate ignored = decide(annotator, 0);
        }
        assertEquals(2, annotator.timedPackets());
        assertEquals(2 * EACH, annotator.serialisationNanos());
        assertEquals(2 * EACH, annotator.queueNanos(), "those of packets 0 and 2");
    }

    @Test
    void aDelayLineHasDelayAlone() {
        Annotator annotator = annotator(Map.of(Role.DELAY, "3ms"));
        annotator.delay(new long[] {0, 5, 5}, 3, new long[3]);
        assertEquals(3, annotator.timedPackets());
        assertEquals(9_000_000, annotator.delayNanos());
        assertEquals(0, annotator.queueNanos());
        assertEquals(3_000_000, annotator.longestDelayNanos());
    }
}
