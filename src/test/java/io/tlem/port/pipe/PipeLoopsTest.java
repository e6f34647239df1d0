package io.tlem.port.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.NetmapLayout;
import io.tlem.os.SlotKernel;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.netmap.NetmapPort;
import io.tlem.testing.Privileged;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two pipes to which the same happens, one with the loops over slots in Java and one in C: calls return the same, say the same,
 * and leave the same behind, with packets of one slot and of many and with nonsense written into the rings.
 */
@Timeout(60)
class PipeLoopsTest {
    private static final int SLOTS = 24;
    private static final int BATCH = 40;

    /** Both ends of a pipe, in one memory. */
    private static final class Pipe implements AutoCloseable {
        private final PacketPort a;
        private final PacketPort b;
        private final PacketBatch batch = new PacketBatch(BATCH);
        private final int[] lengths = new int[BATCH];

        Pipe(boolean inC) {
            a = open("pipe:loops" + (inC ? 1 : 0) + "{1,private=on,slots=" + SLOTS, inC);
            b = open("pipe:loops" + (inC ? 1 : 0) + "}1,private=on", inC);
            assertEquals(inC, a.sink().orElseThrow().memoryStays());
        }

        private static PacketPort open(String address, boolean inC) {
            PortAddress parsed = PortAddress.parse(address);
            PipeAddress pipe = PipeAddress.parse(parsed);
            SoftwareNetmap device = new SoftwareNetmap(pipe.place(), PipeAddress.DEFAULT_SLOTS, inC);
            return new NetmapPort(parsed, device, pipe.registration(), Optional.empty(), NetmapPort.MAX_PACKET_BYTES);
        }

        MemorySegment memory() {
            return a.sink().orElseThrow().memory();
        }

        private static String entries(PacketBatch batch) {
            return Arrays.toString(Arrays.copyOf(batch.offset, batch.count))
                    + Arrays.toString(Arrays.copyOf(batch.place, batch.count));
        }

        /** Sends packets, some of them longer than a slot; returns what there was to see. */
        String send(Random random) {
            PacketSink sink = a.sink().orElseThrow();
            int free = sink.reserve(batch, 1 + random.nextInt(BATCH));
            StringBuilder seen = new StringBuilder("free ").append(entries(batch));
            int count = random.nextInt(free + 1);
            for (int i = 0; i < count; i++) {
                lengths[i] = 14 + random.nextInt(random.nextInt(10) == 0 ? 9203 : 2035);
                if (lengths[i] > sink.slotBytes() && !sink.enlarge(batch, i, lengths[i])) {
                    count = i;
                    break;
                }
                count = Math.min(count, batch.count);
                batch.tag[i] = random.nextInt(3) - 1;
                memory().set(ValueLayout.JAVA_INT, batch.offset[i], random.nextInt());
            }
            System.arraycopy(lengths, 0, batch.length, 0, count);
            seen.append(entries(batch));
            if (count > 0) {
                sink.transmit(batch, count, 0);
            }
            return seen.append(sink.hasPending()).toString();
        }

        String receive(Random random) {
            PacketSource source = b.source().orElseThrow();
            batch.setCapacity(1 + random.nextInt(BATCH));
            int count = source.receive(batch, () -> 1);
            StringBuilder seen = new StringBuilder("received ")
                    .append(entries(batch))
                    .append(Arrays.toString(Arrays.copyOf(batch.length, count)));
            for (int i = 0; i < count; i++) {
                seen.append(source.memory().get(ValueLayout.JAVA_INT, batch.offset[i]));
            }
            batch.setCapacity(BATCH);
            if (count > 0) {
                source.release();
            }
            return seen.append(source.missedPackets()).toString();
        }

        /** Writes something into a ring's slots. */
        String scribble(Random random) {
            MemorySegment memory = memory();
            long at = NetmapLayout.slot(256 + random.nextInt(4) * ringBytes(), random.nextInt(SLOTS));
            switch (random.nextInt(4)) {
                case 0 -> memory.set(ValueLayout.JAVA_INT, at, random.nextInt(4 * SLOTS + 8));
                case 1 -> memory.set(ValueLayout.JAVA_INT, at, random.nextInt());
                case 2 -> memory.set(ValueLayout.JAVA_SHORT, at + 4, (short) random.nextInt());
                default -> memory.set(ValueLayout.JAVA_SHORT, at + 6, (short) random.nextInt());
            }
            return "";
        }

        private static long ringBytes() {
            return Math.ceilDiv(NetmapLayout.slot(0, SLOTS), 128) * 128;
        }

        String step(long seed, boolean hostile) {
            Random random = new Random(seed);
            try {
                return switch (random.nextInt(hostile ? 9 : 8)) {
                    case 0, 1, 2 -> send(random);
                    case 3 -> {
                        a.sink().orElseThrow().flush();
                        yield "flushed";
                    }
                    case 8 -> scribble(random);
                    default -> receive(random);
                };
            } catch (PortException e) {
                return e.getMessage().replace("loops1", "loops0");
            }
        }

        @Override
        public void close() {
            a.close();
            b.close();
        }
    }

    @BeforeEach
    void library() {
        if (!SlotKernel.isAvailable()) {
            Privileged.missing("no C library beside the classes: is there a C compiler?");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSameHappensInJavaAndInC(boolean hostile) {
        Random random = new Random(hostile ? 1 : 2);
        int received = 0;
        int refused = 0;
        for (int round = 0; round < (hostile ? 300 : 10); round++) {
            try (Pipe java = new Pipe(false);
                    Pipe c = new Pipe(true)) {
                boolean failed = false;
                for (int step = 0; step < 300 && !failed; step++) {
                    long seed = random.nextLong();
                    String seen = java.step(seed, hostile);
                    assertEquals(seen, c.step(seed, hostile), "round " + round + ", step " + step);
                    failed = seen.startsWith("port ") || seen.startsWith("pipe:");
                    received += seen.startsWith("received [") && !seen.startsWith("received []") ? 1 : 0;
                }
                refused += failed ? 1 : 0;
                long bytes = java.memory().byteSize();
                assertEquals(bytes, c.memory().byteSize());
                assertEquals(-1, MemorySegment.mismatch(java.memory(), 256, bytes, c.memory(), 256, bytes));
            }
        }
        assertTrue(received > 500, received + " batches");
        assertEquals(hostile, refused > 50, refused + " refused");
    }
}
