package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DropReason;
import io.tlem.stats.LinkTimesRecorder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is decided about packets does not depend on the exempt ones among them. */
class ExemptPacketsTest {
    private static final int PACKETS = 2000;
    private static final int LENGTH = 60;
    private static final Map<Role, String> MODELS =
            Map.of(Role.LOSS, "0.2", Role.BANDWIDTH, "10M", Role.QUEUE, "8000", Role.DELAY, "uniform,1ms,9ms");

    /**
     * Fate and release time of each packet that is no ARP, of which every third is one if so wanted.
     *
     * @param setting that says what becomes of those
     * @param leave whether they do
     */
    private static List<String> decisions(boolean withArp, Setting<?> setting, String value, boolean leave) {
        LinkSpec.Builder spec = new LinkSpec.Builder().with(setting, value);
        MODELS.forEach((role, model) -> spec.with(Setting.of(role), model));
        DirectionModels models = DirectionModels.of(spec.conclude().direction(0), new RandomStreams(5, 0));
        assertTrue(models.decidesInRecords(), "where one can be left out");
        assertEquals(leave, models.reorders(), "exempt packets overtake others");
        assertEquals(leave, models.slackNanos() == 0);
        Counters counters = new Counters();
        Decider decider =
                new Decider(models.newAnnotator(), models.gate(), new Settlement(counters), new LinkTimesRecorder());
        List<String> decisions = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            SharedBuffer buffer = SharedBuffer.over(arena.allocate(1 << 20, 4096));
            RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
            MemorySegment memory = buffer.segment();
            long record = writer.claim(LENGTH);
            for (int i = 0; i < PACKETS; i++) {
                long arrival = 1_000_000_000L + i * 40_000L;
                boolean arp = i % 3 == 0;
                if (arp && !withArp) {
                    continue;
                }
                memory.asSlice(PacketRecord.packetOffset(record), LENGTH).fill((byte) 0);
                memory.set(
                        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN),
                        PacketRecord.packetOffset(record) + 12,
                        (short) (arp ? 0x0806 : 0x0800));
                PacketRecord.setArrival(memory, record, arrival, i);
                boolean leaves = decider.annotate(memory, record);
                long release = PacketRecord.releaseNanos(memory, record);
                if (arp) {
                    assertEquals(leave, leaves);
                    assertTrue(!leaves || release == arrival);
                } else {
                    decisions.add(leaves + " " + (leaves ? release : 0));
                }
            }
        }
        decider.publish();
        long exempt = counters.get(Counter.EXEMPT_PACKETS);
        assertEquals(withArp && leave ? Math.ceilDiv(PACKETS, 3) : 0, exempt);
        assertEquals(exempt * LENGTH, counters.get(Counter.EXEMPT_BYTES));
        assertEquals(
                withArp && !leave ? Math.ceilDiv(PACKETS, 3) : 0,
                counters.dropped(DropReason.FILTER).packets());
        return decisions;
    }

    @Test
    void areDecidedAboutByNoModel() {
        assertEquals(decisions(false, Setting.EXEMPT, "arp", true), decisions(true, Setting.EXEMPT, "arp", true));
        assertEquals(
                decisions(false, Setting.FILTER, "exempt arp", true),
                decisions(true, Setting.FILTER, "exempt arp", true));
        assertEquals(
                decisions(false, Setting.FILTER, "drop arp", false),
                decisions(true, Setting.FILTER, "drop arp", false));
    }
}
