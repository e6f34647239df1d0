package io.tlem.impair.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.tlem.impair.LossModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is true of every kind of loss. */
class LossModelsTest {
    private static final int PACKETS = 1_000_000;
    private static final int[] LENGTHS = {60, 576, 1514, 9014, 65_535};
    private static final Set<String> WITHOUT_CHANCE = Set.of("every", "packets", "bits");

    @TempDir
    Path folder;

    private static List<ModelKind> kinds() {
        return Models.kinds(Role.LOSS);
    }

    private static Stream<String> names() {
        return kinds().stream().map(ModelKind::name);
    }

    private LossModel example(String name, long seed) throws IOException {
        String spec = kinds().stream()
                .filter(kind -> kind.name().equals(name))
                .findFirst()
                .orElseThrow()
                .example();
        Path losses = Files.writeString(folder.resolve("losses.txt"), "0010110\n");
        Path rates = Files.writeString(folder.resolve("loss-rates.txt"), "0 0.2\n1us 0.5\n");
        return Models.loss(
                spec.replace("losses.txt", losses.toString()).replace("loss-rates.txt", rates.toString()),
                new RandomStreams(seed, 0));
    }

    private static BitSet losses(LossModel model, int packets) {
        BitSet losses = new BitSet(packets);
        PacketContext packet = new PacketContext();
        for (int i = 0; i < packets; i++) {
            packet.reset(MemorySegment.NULL, 0, LENGTHS[i % LENGTHS.length], i);
            if (model.loses(packet)) {
                losses.set(i);
            }
        }
        return losses;
    }

    @Test
    void theKindsAreThere() {
        assertTrue(names().collect(Collectors.toSet())
                .containsAll(Set.of(
                        "plr", "ber", "burst", "random", "state", "gemodel", "gilbert", "every", "packets", "bits")));
    }

    @ParameterizedTest
    @MethodSource("names")
    void theSameSeedGivesTheSameDecisions(String name) throws IOException {
        BitSet first = losses(example(name, 42), 100_000);
        assertTrue(!first.isEmpty() && first.cardinality() < 100_000, name + ": " + first.cardinality());
        assertEquals(first, losses(example(name, 42), 100_000));
        if (!WITHOUT_CHANCE.contains(name)) {
            assertNotEquals(first, losses(example(name, 43), 100_000));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingIsAllocated(String name) throws IOException {
        LossModel model = example(name, 1);
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        long self = Thread.currentThread().threadId();
        count(model, PACKETS); // classes are loaded and code is compiled
        long before = threads.getThreadAllocatedBytes(self);
        long lost = count(model, PACKETS);
        long allocated = threads.getThreadAllocatedBytes(self) - before;
        assertTrue(allocated < 4096, name + ": " + allocated + " bytes, " + lost + " lost");
    }

    private static long count(LossModel model, int packets) {
        PacketContext packet = new PacketContext();
        long lost = 0;
        for (int i = 0; i < packets; i++) {
            packet.reset(MemorySegment.NULL, 0, LENGTHS[i % LENGTHS.length], i);
            lost += model.loses(packet) ? 1 : 0;
        }
        return lost;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ber                      | takes 1 argument",
                "ber,2                    | out of range",
                "ber,-1                   | not a probability",
                "ber,1e-6,1               | takes 1 argument",
                "burst,0.1,2              | takes 3 arguments",
                "burst,0.1,0,2            | whole number from 1",
                "burst,0.1,3,2            | minimum of 3 packets is above its maximum of 2",
                "burst,0.1,1.5,2          | whole number",
                "burst,0.1,1,2G           | whole number",
                "burst,nan,1,2            | not a probability",
                "random                   | takes 1 to 3 arguments",
                "random,101%              | out of range",
                "random,1%,1.1            | out of range",
                "random,1%,rho=1          | 'rho=1' is not an argument",
                "random,1%,1%,rho=1       | 'rho=1' is not an argument of 'random'",
                "random,1%,               | correlation has no value",
                "state                    | takes 1 to 6 arguments",
                "state,0.1,0.2,0.3,0.4,0.5,0.6 | '0.6' is not possible for ecn",
                "state,0.1,0.2,0.3,0.4,0.5,on,1 | takes 1 to 6 arguments",
                "state,0.6,0.1,0,1,0.5    | p13 = 0.6 and p14 = 0.5 are more than 1",
                "state,0.1,0.6,0.5        | p31 = 0.6 and p32 = 0.5 are more than 1",
                "state,0.1,p32=0.5        | p31 = 0.9 and p32 = 0.5 are more than 1",
                "state,0.1,1,0,x          | not a probability",
                "gemodel                  | takes 1 to 5 arguments",
                "gemodel,0.1,p=0.2        | p is given twice",
                "gemodel,0.1,0.2,0.3,1.4  | out of range",
                "gilbert,0.1              | takes 2 arguments",
                "gilbert,0.1,7            | out of range",
                "every                    | takes 1 to 2 arguments",
                "every,0                  | whole number from 1",
                "every,5,0                | whole number from 1",
                "every,2.5                | whole number",
                "packets                  | takes 1 or more",
                "packets,0                | counted from 1",
                "packets,0-3              | counted from 1",
                "packets,3,,4             | has no value",
                "packets,9-3              | ends before it begins",
                "packets,3-               | neither the number",
                "packets,-3               | neither the number",
                "packets,1-2-3            | neither the number",
                "packets,x                | neither the number",
                "packets,1.5              | neither the number",
                "packets,1000000000000000 | neither the number",
                "bits                     | takes 1 to 2 arguments",
                "bits,/nonexistent/losses | no such file",
                "bits,/                   | is a folder",
                "bits,pom.xml,twice       | 'twice' is not possible for end",
                "bits,pom.xml             | :1: '<' is neither 0 nor 1"
            })
    void badArgumentsAreRefusedInOneLine(String spec, String reason) {
        SpecException e = assertThrows(SpecException.class, () -> Models.loss(spec, new RandomStreams(1, 0)));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state,0.1         | state,p13=0.1,p31=0.9,p32=0,p23=1,p14=0",
                "state,0.1,0.4,0.3 | state,p32=0.3,p31=0.4,p13=0.1",
                "gemodel,0.1       | gemodel,p=0.1,r=0.9,bad-loss=1,good-loss=0",
                "gemodel,1%,10%    | gemodel,1%,good-loss=0,r=0.1",
                "random,1%         | random,0.01,correlation=0",
                "burst,1%,2,3      | burst,max=3,min=2,p=0.01"
            })
    void defaultsAreThoseOfTheOriginals(String spec, String inFull) {
        assertEquals(
                losses(Models.loss(inFull, new RandomStreams(9, 0)), 50_000),
                losses(Models.loss(spec, new RandomStreams(9, 0)), 50_000));
    }
}
