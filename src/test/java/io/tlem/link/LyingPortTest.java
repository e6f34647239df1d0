package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.thread.Stage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that do not keep their word: the link ends with an error that names them, and no packet is unaccounted for. */
class LyingPortTest {
    private static final int SLOTS = 16;
    private static final int SLOT_BYTES = 256;

    /** What a source does wrong with its tenth batch. */
    @SuppressWarnings("ImmutableEnumChecker") // what they do is fixed
    private enum SourceLie {
        TOO_LONG("hands out a packet of 9000 bytes, and says its longest has 60", (s, b) -> b.length[1] = 9000),
        NEGATIVE_LENGTH("hands out a packet of -1 bytes", (s, b) -> b.length[0] = -1),
        BEHIND_THE_MEMORY("hands out a packet of 60 bytes at 4033 of its 4096", (s, b) -> b.offset[2] = 4096 - 63),
        BEFORE_THE_MEMORY("hands out a packet of 60 bytes at -64", (s, b) -> b.offset[3] = -64),
        FAR_AWAY("of its 4096 bytes of memory", (s, b) -> b.offset[3] = Long.MAX_VALUE - 10),
        MORE_THAN_THE_BATCH("says it has received 17 packets", (s, b) -> s.claim = b.capacity() + 1),
        FEWER_THAN_NONE("says it has received -3 packets", (s, b) -> s.claim = -3),
        BACK_IN_TIME("arrival times decrease", (s, b) -> b.arrivalNanos[2] -= 1_000_000_000);

        private final String complaint;
        private final BiConsumer<Port, PacketBatch> act;

        SourceLie(String complaint, BiConsumer<Port, PacketBatch> act) {
            this.complaint = complaint;
            this.act = act;
        }
    }

    /** What a sink does wrong at its tenth reservation. */
    @SuppressWarnings("ImmutableEnumChecker") // what they do is fixed
    private enum SinkLie {
        MORE_THAN_ASKED_FOR("free slots", (s, b) -> s.claim = b.capacity() + 1),
        FEWER_THAN_NONE("says it has -1 free slots", (s, b) -> s.claim = -1),
        BEHIND_THE_MEMORY("has a slot of 60 bytes at 4090 of its 4096", (s, b) -> b.offset[0] = 4090),
        BEFORE_THE_MEMORY("has a slot of 60 bytes at -1", (s, b) -> b.offset[0] = -1);

        private final String complaint;
        private final BiConsumer<Port, PacketBatch> act;

        SinkLie(String complaint, BiConsumer<Port, PacketBatch> act) {
            this.complaint = complaint;
            this.act = act;
        }
    }

    /** Both halves of a port, four packets a batch. */
    private static final class Port implements PacketPort, PacketSource, PacketSink {
        private final PortAddress address;
        private final MemorySegment memory;
        private final BiConsumer<Port, PacketBatch> lie;
        private int calls;
        private int claim = Integer.MIN_VALUE;

        Port(String address, MemorySegment memory, BiConsumer<Port, PacketBatch> lie) {
            this.address = PortAddress.parse(address);
            this.memory = memory;
            this.lie = lie;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            for (int i = 0; i < 4; i++) {
                batch.length[i] = 60;
                batch.arrivalNanos[i] = clock.getAsLong();
            }
            return fill(batch, 4);
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            return fill(batch, Math.min(limit, 4));
        }

        private int fill(PacketBatch batch, int count) {
            for (int i = 0; i < count; i++) {
                batch.offset[i] = (long) (i % SLOTS) * SLOT_BYTES;
            }
            batch.count = count;
            if (++calls == 10) {
                lie.accept(this, batch);
                batch.count = claim == Integer.MIN_VALUE ? count : claim;
            }
            return batch.count;
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {}

        @Override
        public void release() {}

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public boolean memoryStays() {
            boolean byDefault = PacketSource.super.memoryStays() || PacketSink.super.memoryStays();
            return memory.byteSize() == SLOTS * SLOT_BYTES || byDefault; // which the file has
        }

        @Override
        public int maxPacketBytes() {
            return 60;
        }

        @Override
        public PortAddress address() {
            return address;
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(this);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(this);
        }

        @Override
        public void close() {}
    }

    /** No lie. */
    private static void honest(Port port, PacketBatch batch) {}

    private static MemorySegment memory() {
        return Arena.ofAuto().allocate(SLOTS * SLOT_BYTES, 64);
    }

    private static Pipeline pipeline(PacketPort from, PacketPort to, String queue) {
        Map<Role, String> specs = queue.isEmpty()
                ? Map.of(Role.LOSS, "0.3")
                : Map.of(Role.BANDWIDTH, "10G", Role.QUEUE, queue, Role.LOSS, "0.3");
        return new Pipeline(
                "a->b",
                System::nanoTime,
                from,
                to,
                SharedBuffer.over(Arena.ofAuto().allocate(1 << 20, 64)),
                new DirectionModels(LinkModels.of(specs, new RandomStreams(5, 0))),
                2,
                16);
    }

    private static void assertFails(Pipeline pipeline, String start, String complaint) {
        PortException failure = assertThrows(PortException.class, () -> {
            for (int i = 0; i < 100_000; i++) {
                pipeline.stages().forEach(Stage::doWork);
            }
        });
        assertTrue(failure.getMessage().startsWith(start + ": "), failure.getMessage());
        assertTrue(failure.getMessage().contains(complaint), failure.getMessage());
        assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()), pipeline.snapshot()::toString);
    }

    @ParameterizedTest
    @EnumSource(SourceLie.class)
    void aSourceThatLiesIsNamed(SourceLie lie) {
        for (String queue : new String[] {"", "codel"}) {
            Port liar = new Port("liar:in", memory(), lie.act);
            assertFails(
                    pipeline(liar, new Port("honest:out", memory(), LyingPortTest::honest), queue),
                    "liar:in",
                    lie.complaint);
        }
    }

    @ParameterizedTest
    @EnumSource(SinkLie.class)
    void aSinkThatLiesIsNamed(SinkLie lie) {
        Port liar = new Port("liar:out", memory(), lie.act);
        assertFails(
                pipeline(new Port("honest:in", memory(), LyingPortTest::honest), liar, ""), "liar:out", lie.complaint);
    }

    /** C would take the offsets in it for addresses. */
    @Test
    void memoryOnTheHeapWorks() {
        Port in = new Port("heap:in", MemorySegment.ofArray(new byte[SLOTS * SLOT_BYTES]), LyingPortTest::honest);
        Port out = new Port("heap:out", MemorySegment.ofArray(new byte[SLOTS * SLOT_BYTES]), LyingPortTest::honest);
        Pipeline pipeline = pipeline(in, out, "");
        for (int i = 0; i < 10_000; i++) {
            in.memory.fill((byte) i);
            pipeline.stages().forEach(Stage::doWork);
        }
        assertTrue(pipeline.snapshot().transmittedPackets() > 1000, pipeline.snapshot()::toString);
        assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileThatIsMadeShorterIsNamed(boolean in, @TempDir Path folder) throws IOException {
        Path path = folder.resolve("memory");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
                Arena arena = Arena.ofShared()) {
            file.setLength(1 << 20);
            MemorySegment mapped = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20, arena);
            BiConsumer<Port, PacketBatch> cut = (port, batch) -> {
                try {
                    file.setLength(0);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            };
            Port from = in ? new Port("file:in", mapped, cut) : new Port("honest:in", memory(), LyingPortTest::honest);
            Port to = in ? new Port("honest:out", memory(), LyingPortTest::honest) : new Port("file:out", mapped, cut);
            assertFails(pipeline(from, to, ""), in ? "file:in" : "file:out", "its memory has gone");
        }
    }
}
