package io.tlem.port.pipe;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.Packets;
import io.tlem.thread.Stage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Another process that has the memory of a pipe writes anything into it. An end works on or says in a
 * {@link PortException} that the pipe is broken; it never touches anything else, and no call goes on for ever.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a loop without end is not interrupted
class HostilePipeTest {
    private static final String NAME = "hostile";
    private static final int SLOTS = 16;
    private static final long CONTROL_BYTES = 4096;
    private static final long LINE = 128;

    private static Path file() throws IOException {
        return NamedPipes.folder().resolve(NAME + ".1.pipe");
    }

    @AfterEach
    void remove() throws IOException {
        Files.deleteIfExists(file());
    }

    private static PacketPort open(String end) {
        return new PipePortProvider().open(PortAddress.parse("pipe:" + NAME + end + ",slots=" + SLOTS));
    }

    /** The pipe's memory, as another process gets it. */
    private static FileChannel memory() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            Path memory = open.filter(HostilePipeTest::isMemory).findFirst().orElseThrow();
            return FileChannel.open(memory, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
    }

    private static boolean isMemory(Path open) {
        try {
            return Files.readSymbolicLink(open).toString().startsWith("/memfd:" + NAME + ".1.pipe ");
        } catch (IOException e) {
            return false; // closed since
        }
    }

    /** A second mapping of a pipe's memory. */
    private static MemorySegment map(Arena arena) throws IOException {
        try (FileChannel channel = memory()) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
        }
    }

    /** Writes something somewhere, most often where it matters. */
    private static void scribble(MemorySegment file, Random random) {
        long control = file.byteSize() - CONTROL_BYTES;
        long rings = 2L * LINE + 4L * (256 + 16 * SLOTS);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> file.set(ValueLayout.JAVA_INT, random.nextLong(rings / 4) * 4, word(random));
            case 3 -> file.set(ValueLayout.JAVA_LONG, random.nextLong(rings / 8) * 8, count(random));
            case 4 -> file.set(ValueLayout.JAVA_LONG, control + random.nextLong(9 * LINE / 8) * 8, count(random));
            case 5 -> file.set(ValueLayout.JAVA_LONG, control + random.nextInt(9) * LINE, count(random));
            case 6 -> { // all counts of one direction, close to each other
                long value = count(random);
                for (int line = 0; line < 3; line++) {
                    long at = control + (3 + 3 * random.nextInt(2) + line) * LINE;
                    file.set(ValueLayout.JAVA_LONG, at, value - random.nextInt(SLOTS));
                }
            }
            default -> file.set(ValueLayout.JAVA_INT, random.nextLong(file.byteSize() / 4) * 4, word(random));
        }
    }

    /** Does something while another process writes all the time. */
    private static void whileWritten(MemorySegment memory, Runnable action) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        Thread peer = new Thread(() -> {
            Random random = new Random();
            while (!stop.get()) {
                scribble(memory, random);
            }
        });
        peer.start();
        try {
            action.run();
        } finally {
            stop.set(true);
            peer.join();
        }
    }

    private static int word(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(3) - 1;
            case 2 -> Integer.MAX_VALUE - random.nextInt(3);
            default -> random.nextInt(2 * SLOTS);
        };
    }

    private static long count(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> -random.nextInt(3 * SLOTS);
            case 2 -> Long.MAX_VALUE - random.nextInt(SLOTS);
            case 3 -> Long.MIN_VALUE + random.nextInt(SLOTS);
            default -> random.nextInt(3 * SLOTS);
        };
    }

    /** One packet each way and what else a stage does; false when the port says that it is broken. */
    private static boolean use(PacketPort port, Random random) {
        try {
            Packets.send(port.sink().orElseThrow(), new byte[14 + random.nextInt(9216 - 14)]);
            port.sink().orElseThrow().flush();
            Packets.receive(port.source().orElseThrow());
            return true;
        } catch (PortException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anythingMayBeWrittenBetweenTwoCalls(int seed) throws IOException {
        Random random = new Random(seed);
        int broken = 0;
        for (int round = 0; round < 60; round++) {
            try (Arena arena = Arena.ofShared();
                    PacketPort a = open("{1");
                    PacketPort b = open("}1")) {
                MemorySegment file = map(arena);
                boolean whole = true;
                for (int i = 0; whole && i < 30; i++) {
                    boolean first = use(a, random);
                    whole = use(b, random) && first;
                    for (int n = random.nextInt(3); n > 0; n--) {
                        scribble(file, random);
                    }
                }
                broken += whole ? 0 : 1;
                if (round % 20 == 0) { // it waits for 100 ms where something is left
                    assertDoesNotThrow(() -> a.sink().orElseThrow().finish());
                }
            }
            Files.deleteIfExists(file());
        }
        assertTrue(broken > 15, broken + " broken");
    }

    @Test
    void anythingMayBeWrittenAtAnyTime() throws Exception {
        long end = System.nanoTime() + 1_500_000_000L;
        Random random = new Random(4);
        while (System.nanoTime() < end) {
            try (Arena arena = Arena.ofShared();
                    PacketPort a = open("{1");
                    PacketPort b = open("}1")) {
                whileWritten(map(arena), () -> {
                    for (int i = 0; i < 1000 && use(a, random) && use(b, random); i++) {
                        // until one breaks
                    }
                });
            }
            Files.deleteIfExists(file());
        }
    }

    /** They are consistent, and would lead in front of the ring. */
    @Test
    void negativeCountsAreRefused() throws IOException {
        try (Arena arena = Arena.ofShared();
                PacketPort a = new PipePortProvider().open(PortAddress.parse("pipe:" + NAME + "{1,slots=1024"))) {
            MemorySegment file = map(arena);
            for (int line = 3; line < 9; line++) {
                file.set(ValueLayout.JAVA_LONG, file.byteSize() - CONTROL_BYTES + line * LINE, -1000);
            }
            PortException broken = assertThrows(
                    PortException.class, () -> Packets.send(a.sink().orElseThrow(), new byte[60]));
            assertTrue(broken.getMessage().contains("NIOCTXSYNC failed: EIO"), broken.getMessage());
            broken = assertThrows(
                    PortException.class, () -> Packets.receive(a.source().orElseThrow()));
            assertTrue(broken.getMessage().contains("NIOCRXSYNC failed: EIO"), broken.getMessage());
        }
    }

    /** So that the loops in C may serve it: a touch of memory that is gone would end the process. */
    @Test
    void nobodyCanTakeTheMemoryAway() throws IOException {
        try (PacketPort a = open("{1");
                PacketPort b = open("}1");
                FileChannel memory = memory()) {
            assertThrows(IOException.class, () -> memory.truncate(0));
            assertThrows(IOException.class, () -> memory.truncate(65536));
            assertThrows(IOException.class, () -> memory.write(ByteBuffer.allocate(1), memory.size()));
            for (PacketPort port : List.of(a, b)) {
                assertTrue(port.source().orElseThrow().memoryStays());
                assertTrue(port.sink().orElseThrow().memoryStays());
            }
            assertTrue(Packets.send(a.sink().orElseThrow(), new byte[3000]));
            assertEquals(1, Packets.receive(b.source().orElseThrow()).size());
        }
    }

    /** A link that sends back what comes copies it out of the memory and into it, in C where there is a compiler. */
    @Test
    void anythingMayBeWrittenWhileALinkCopies() throws Exception {
        long end = System.nanoTime() + 1_500_000_000L;
        Random random = new Random(6);
        long copied = 0;
        int broken = 0;
        while (System.nanoTime() < end || copied == 0 || broken == 0) {
            try (Arena arena = Arena.ofShared();
                    PacketPort a = open("{1");
                    PacketPort b = open("}1")) {
                Pipeline pipeline = new Pipeline(
                        "b->b",
                        System::nanoTime,
                        b,
                        b,
                        SharedBuffer.over(arena.allocate(1 << 20, 64)),
                        new DirectionModels(LinkModels.of(Map.of(Role.LOSS, "0.3"), new RandomStreams(6, 0))),
                        2,
                        16);
                try {
                    whileWritten(map(arena), () -> {
                        for (int i = 0; i < 1000 && use(a, random); i++) {
                            pipeline.stages().forEach(Stage::doWork);
                        }
                    });
                } catch (PortException e) {
                    broken++;
                    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                }
                copied += pipeline.snapshot().transmittedPackets();
            }
            Files.deleteIfExists(file());
        }
    }

    /** Attaches to a pipe that has been written over while its other end lives. */
    @Test
    void aBrokenPipeIsRefusedOrUsed() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 60; round++) {
            try (Arena arena = Arena.ofShared();
                    PacketPort a = open("{1")) {
                MemorySegment file = map(arena);
                for (int n = 0; n < 4; n++) {
                    scribble(file, random);
                }
                try (PacketPort b = open("}1")) {
                    use(b, random);
                    use(a, random);
                } catch (PortException e) {
                    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                }
            }
            Files.deleteIfExists(file());
        }
    }

    /** What is no pipe is replaced by one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, 5000, 4096 + 4, 8192, 100_001})
    void anyFileMayBeInItsPlace(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        Files.write(file(), content);
        try (PacketPort a = open("{1");
                PacketPort b = open("}1")) {
            assertTrue(Packets.send(a.sink().orElseThrow(), new byte[60]));
            assertEquals(1, Packets.receive(b.source().orElseThrow()).size());
        }
    }
}
