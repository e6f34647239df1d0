package io.tlem.port.pipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.HeldLock;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.Packets;
import io.tlem.testing.StalledReceiver;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two ends of a pipe in one process, as the stages use them. */
@Timeout(60)
class PipePortTest {
    private static final PipePortProvider PIPES = new PipePortProvider();

    static PacketPort open(String address) {
        return PIPES.open(PortAddress.parse(address));
    }

    @Test
    void packetsOfEveryLengthPassBothWays() {
        try (PacketPort a = open("pipe:lengths{1,slots=16");
                PacketPort b = open("pipe:lengths}1")) {
            for (PacketPort[] way : new PacketPort[][] {{a, b}, {b, a}}) {
                PacketSink sink = way[0].sink().orElseThrow();
                PacketSource source = way[1].source().orElseThrow();
                for (int length = 14; length <= 9216; length += length < 200 || length > 9200 ? 1 : 97) {
                    byte[] sent = new byte[length];
                    new Random(length).nextBytes(sent);
                    assertTrue(send(sink, sent), () -> "no room");
                    assertArrayEquals(sent, receive(source).getFirst());
                }
                assertEquals(0, source.missedPackets());
            }
        }
    }

    @Test
    void noPacketArrivesBeforeItWasSent() {
        try (PacketPort a = open("pipe:stalled{1");
                PacketPort b = open("pipe:stalled}1")) {
            PacketSink sink = a.sink().orElseThrow();
            for (int length : new int[] {60, 5000}) {
                new StalledReceiver(packet -> Packets.send(sink, packet), length, 10_000)
                        .receiveAll(b.source().orElseThrow(), 8);
            }
        }
    }

    @Test
    void whatCameBeforeTheBeginningIsMissed() {
        try (PacketPort a = open("pipe:begun{1");
                PacketPort b = open("pipe:begun}1")) {
            PacketSink sink = a.sink().orElseThrow();
            PacketSource source = b.source().orElseThrow();
            for (int length : new int[] {60, 9000, 1514}) {
                assertTrue(send(sink, new byte[length]));
            }
            source.begin(System::nanoTime);
            assertEquals(3, source.missedPackets());
            assertEquals(0, receive(source).size());
            assertTrue(send(sink, new byte[100]));
            assertEquals(1, receive(source).size());
            assertEquals(3, source.missedPackets());
        }
    }

    /** Long and short packets in one batch: the long ones take several slots, and the batch gets smaller. */
    @Test
    void longPacketsShareABatchWithShortOnes() {
        try (PacketPort a = open("pipe:mixed{1,slots=64");
                PacketPort b = open("pipe:mixed}1")) {
            PacketSink sink = a.sink().orElseThrow();
            PacketSource source = b.source().orElseThrow();
            Random random = new Random(7);
            PacketBatch batch = new PacketBatch(32);
            List<byte[]> expected = new ArrayList<>();
            for (int round = 0; round < 500; round++) {
                int free = sink.reserve(batch, 32);
                int used = 0;
                while (used < free) {
                    byte[] packet =
                            new byte[random.nextInt(3) == 0 ? 2049 + random.nextInt(7168) : 60 + random.nextInt(1989)];
                    random.nextBytes(packet);
                    if (packet.length > sink.slotBytes()) {
                        if (!sink.enlarge(batch, used, packet.length)) {
                            break;
                        }
                        free = batch.count;
                    }
                    MemorySegment.copy(
                            packet, 0, sink.memory(), ValueLayout.JAVA_BYTE, batch.offset[used], packet.length);
                    batch.length[used++] = packet.length;
                    expected.add(packet);
                }
                assertTrue(used > 0);
                sink.transmit(batch, used, 0);
                for (byte[] received : receive(source)) {
                    assertArrayEquals(expected.removeFirst(), received);
                }
            }
            assertTrue(expected.isEmpty());
        }
    }

    @Test
    void aFullPipeTakesNoMoreAndLosesNothing() {
        try (PacketPort a = open("pipe:full{1,slots=8");
                PacketPort b = open("pipe:full}1")) {
            PacketSink sink = a.sink().orElseThrow();
            PacketSource source = b.source().orElseThrow();
            int sent = 0;
            while (send(sink, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, (byte) sent})) {
                sent++;
            }
            assertEquals(14, sent, "seven slots of each ring");
            List<byte[]> received = new ArrayList<>();
            while (received.size() < sent) {
                received.addAll(receive(source));
                sink.flush();
            }
            for (int i = 0; i < sent; i++) {
                assertEquals(i, received.get(i)[14]);
            }
            assertTrue(send(sink, new byte[60]));
        }
    }

    @Test
    void whatTheOtherEndDoesNotTakeIsRefusedAtTheEnd() {
        try (PacketPort a = open("pipe:unread{1,slots=8")) {
            PacketSink sink = a.sink().orElseThrow();
            int sent = 0;
            while (send(sink, new byte[60])) {
                sent++;
            }
            sink.finish();
            assertEquals(14, sent);
            assertEquals(7, sink.refusedPackets(), "those that did not get into the other end's ring");
            assertEquals(7 * 60, sink.refusedBytes());
        }
    }

    @Test
    void anEndBelongsToOne() {
        try (PacketPort a = open("pipe:one{1")) {
            assertTrue(a.description().contains("1 receive ring of 1024 x 2048 B"), a.description());
            PortException refused = assertThrows(PortException.class, () -> open("pipe:one{1"));
            assertTrue(refused.getMessage().startsWith("pipe:one{1: somebody has this end: "), refused.getMessage());
        }
        open("pipe:one{1").close();
    }

    @Test
    void theFilesGoWithTheLastEnd() throws IOException {
        PacketPort a = open("pipe:file{1");
        PacketPort b = open("pipe:file}1");
        assertEquals(List.of("file.1.0", "file.1.1", "file.1.pipe"), filesOf("file"));
        a.close();
        assertEquals(3, filesOf("file").size());
        b.close();
        assertEquals(List.of(), filesOf("file"));
    }

    private static List<String> filesOf(String pipe) throws IOException {
        try (Stream<Path> files = Files.list(NamedPipes.folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.startsWith(pipe + "."))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aPrivatePipeHasNoFiles() throws IOException {
        try (PacketPort a = open("pipe:private{1,private=on,slots=16");
                PacketPort b = open("pipe:private}1,private=on")) {
            assertEquals(List.of(), filesOf("private"));
            assertTrue(send(a.sink().orElseThrow(), new byte[61]));
            assertEquals(61, receive(b.source().orElseThrow()).getFirst().length);
            PortException refused = assertThrows(PortException.class, () -> open("pipe:private}1,private=on"));
            assertEquals("pipe:private}1,private=on: another port of this process has this end", refused.getMessage());
            try (PacketPort named = open("pipe:private}1")) { // another pipe
                assertEquals(0, receive(named.source().orElseThrow()).size());
            }
        }
        try (PacketPort again = open("pipe:private{1,private=on,slots=32")) {
            assertTrue(again.description().contains("1 receive ring of 32 x"), again.description());
        }
    }

    /** Whoever holds it has stopped in between, for example: whoever waits is told what for. */
    @Test
    void theWaitForTheFoldersLockEnds() throws IOException {
        HeldLock held = HeldLock.takeFolder(NamedPipes.folder(), 1_000_000_000);
        try (Arena arena = Arena.ofConfined()) {
            NamedPipes impatient = new NamedPipes(OptionalInt.empty(), 100_000_000);
            IOException refused = assertThrows(IOException.class, () -> impatient.attach(arena, "locked.1", 0, 0, 16));
            assertTrue(
                    refused.getMessage().contains(NamedPipes.folder() + ", which another process has kept locked"),
                    refused.getMessage());
            open("pipe:locked{1,private=on").close(); // needs no lock
        } finally {
            held.close();
        }
        open("pipe:locked{1").close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "private=yes | private 'yes' is not on or off",
                "user=root | user 'root' is not the number of a user",
                "user=-1 | user '-1' is not the number of a user",
                "user=1+private=on | a pipe within this process (private=on) has no other user"
            })
    void optionsAreRefusedInOneLine(String options, String why) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> open("pipe:x{1," + options.replace('+', ',')));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
    }

    @Test
    void anEndThatComesBackFindsWhatIsThere() {
        try (PacketPort a = open("pipe:back{1,slots=8")) {
            PacketPort b = open("pipe:back}1");
            assertTrue(send(a.sink().orElseThrow(), new byte[61]));
            b.close();
            assertTrue(send(a.sink().orElseThrow(), new byte[62]));
            try (PacketPort again = open("pipe:back}1")) {
                List<byte[]> received = receive(again.source().orElseThrow());
                assertEquals(
                        List.of(61, 62), received.stream().map(p -> p.length).toList());
            }
        }
    }

    static boolean send(PacketSink sink, byte[] packet) {
        PacketBatch batch = new PacketBatch(1);
        if (sink.reserve(batch, 1) == 0
                || (packet.length > sink.slotBytes() && !sink.enlarge(batch, 0, packet.length))) {
            return false;
        }
        MemorySegment.copy(packet, 0, sink.memory(), ValueLayout.JAVA_BYTE, batch.offset[0], packet.length);
        batch.length[0] = packet.length;
        sink.transmit(batch, 1, System.nanoTime());
        return true;
    }

    /** All that is there. */
    static List<byte[]> receive(PacketSource source) {
        PacketBatch batch = new PacketBatch(5);
        List<byte[]> packets = new ArrayList<>();
        while (source.receive(batch, System::nanoTime) > 0) {
            for (int i = 0; i < batch.count; i++) {
                packets.add(source.memory()
                        .asSlice(batch.offset[i], batch.length[i])
                        .toArray(ValueLayout.JAVA_BYTE));
            }
            source.release();
        }
        return packets;
    }
}
