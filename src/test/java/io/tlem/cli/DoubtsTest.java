package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.Doubts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was probably not meant is said in a line with what was understood; what is usual is not. */
class DoubtsTest {
    @TempDir
    static Path folder;

    private static List<String> doubts(String options) {
        Map<Role, String> models = new EnumMap<>(Role.class);
        String[] words = options.isEmpty() ? new String[0] : options.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            String option = words[i].equals("-P") ? "--order" : words[i];
            Role role = Arrays.stream(Role.values())
                    .filter(possible -> possible.option().equals(option))
                    .findFirst()
                    .orElseThrow();
            models.put(role, words[i + 1]);
        }
        return Doubts.of(DirectionSpec.of(models));
    }

    private static void one(String options, String... parts) {
        List<String> found = doubts(options);
        assertEquals(1, found.size(), found.toString());
        for (String part : parts) {
            assertTrue(found.getFirst().contains(part), found + " should say " + part);
        }
    }

    @Test
    void chancesOfOne() {
        one("-L 1", "-L 1: every packet is lost", "1% is one in a hundred");
        one("--loss-after random,1", "every packet is lost");
        one("--duplicate 1", "done to every packet");
        one("--corrupt 1", "done to every packet");
    }

    @Test
    void numbersWithoutUnits() throws IOException {
        one("-B 10M -Q 100", "-Q 100: 100 without a unit is 100 bytes", "packets,100");
        one("-D 10", "10 without a unit is 10 seconds; 10ms");
        one("-D uniform,1ms,5 -R jitter", "5 without a unit is 5 seconds");
        one("-B 100", "100 bit/s", "takes 121 s", "100M");
        Path bare = Files.writeString(folder.resolve("bare"), "10\n20\n30\n");
        one("-D samples," + bare + " -R jitter", "such as 10, are seconds", "30.0 s", "10ms");
        Path steps = Files.writeString(folder.resolve("steps"), "0 10\n1 20\n");
        one("-D trace," + steps + " -R jitter", "such as 10, are seconds", "20.0 s");
    }

    @Test
    void delaysThatKeepingOrderChanges() {
        one("-D exp,1ms,5ms -B 1G", "-D exp,1ms,5ms: packets keep their order", "at 1.00 Gbit/s", "-R jitter");
        one("-D exp,1ms,5ms", "at 1.00 Gbit/s");
        assertEquals(List.of(), doubts("-D exp,1ms,5ms -B 100k -Q 50k"));
        assertEquals(List.of(), doubts("-D exp,1ms,5ms -B 1G -R jitter"));
        assertEquals(List.of(), doubts("-D exp,1ms,5ms -B 1G -P drop"));
    }

    @Test
    void optionsWithoutEffect() {
        one("-Q 50k", "-Q 50k: there is never a queue");
        one("-O 1ms", "-O 1ms: there is no delay");
        one("-D 5ms -R jitter", "-R jitter: the delay does not vary");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-L 100%",
                "-L 0.01",
                "-L gemodel,1,0.5",
                "-B 10M -Q 100k",
                "-B 10M -Q packets,100",
                "-B 10M -Q 0",
                "-B 10M -Q 50000",
                "-D 0.02",
                "-D 20ms",
                "-D uniform,10ms,30ms",
                "-D normal,20ms,2ms",
                "--outage periodic,10,1",
                "-B 9600"
            })
    void whatIsUsualIsNot(String options) {
        assertEquals(List.of(), doubts(options));
    }
}
