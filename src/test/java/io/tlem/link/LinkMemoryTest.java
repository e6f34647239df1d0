package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.os.SystemMemory;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.thread.WaitThresholds;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a link says about the memory of its buffers. */
class LinkMemoryTest {
    private static final Pattern HINT = Pattern.compile("vm\\.nr_hugepages=([0-9]+)");

    private static final class Port implements PacketPort {
        private final PacketSource source = new MemoryPorts.Source(number -> 60);
        private final PacketSink sink = new MemoryPorts.Sink(false, 60);

        @Override
        public PortAddress address() {
            return PortAddress.parse("memory:");
        }

        @Override
        public String description() {
            return "memory";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(source);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(sink);
        }

        @Override
        public void close() {}
    }

    private static DirectionModels models(int direction) {
        return new DirectionModels(LinkModels.of(Map.of(), new RandomStreams(1, direction)));
    }

    private static long hint(Pipeline pipeline) {
        Matcher hint = HINT.matcher(pipeline.buffer().memoryKind());
        assertTrue(hint.find(), pipeline.buffer().memoryKind());
        return Long.parseLong(hint.group(1));
    }

    /** Who follows the hint has enough for the whole link. */
    @Test
    void theHintOnHugePagesIsForBothDirections() {
        long page = SystemMemory.hugePageBytes();
        assumeTrue(page > 0, "no huge pages on this system");
        LinkConfig config = new LinkConfig(
                2, 64, List.of(), 0, new WaitThresholds(0, 0, 50_000), SharedBuffer.Pages.HUGE_PREFERRED);
        long beyondFree = SystemMemory.freeHugePageBytes() + page / 2;
        long[] bytes = {beyondFree, beyondFree + 3 * page};
        try (Link both = new Link(new Port(), new Port(), config, List.of(models(0), models(1)), bytes)) {
            long pages = hint(both.pipelines().get(0));
            assertEquals(pages, hint(both.pipelines().get(1)), "one link, one number");
            long free = SystemMemory.freeHugePageBytes() / page;
            long forOne = hugePagesFor(bytes[0]) - free;
            assertTrue(pages >= forOne + hugePagesFor(bytes[1]), pages + " pages");
        }
    }

    private static long hugePagesFor(long bytes) {
        return Math.ceilDiv(bytes + SharedBuffer.HEADER_PAGE_BYTES, SystemMemory.hugePageBytes());
    }
}
