package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file of times and values says at a time, and the models that use one. */
class TimelineTest {
    @TempDir
    Path folder;

    @Property(tries = 500)
    void isTheLastStepThatHasBegun(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 1000) Integer> lengths,
            @ForAll boolean wraps,
            @ForAll @LongRange(min = -10_000, max = 10_000) long start,
            @ForAll @Size(min = 1, max = 50) List<@IntRange(max = 5000) Integer> gaps) {
        int steps = lengths.size();
        long[] times = new long[steps + 1];
        for (int i = 0; i < steps; i++) {
            times[i + 1] = times[i] + lengths.get(i);
        }
        Timeline timeline = new Timeline(times, wraps);
        long now = start;
        for (int gap : gaps) {
            long since = wraps ? (now - start) % times[steps] : now - start;
            int expected = 0;
            for (int i = 0; i < times.length; i++) {
                expected = times[i] <= since ? i : expected;
            }
            assertEquals(expected, timeline.at(now));
            now += gap;
        }
    }

    @Test
    void aDelayFollowsItsTrace() throws IOException {
        Path file = Files.writeString(folder.resolve("delays"), "# measured\n0 10ms\n1s 20ms # rain\n\n2s 5ms\n");
        DelayModel hold = Models.delay("trace," + file, new RandomStreams(1, 0));
        DelayModel wrap = Models.delay("trace," + file + ",wrap", new RandomStreams(1, 0));
        PacketContext packet = new PacketContext();
        long[] expected = {10, 10, 20, 20, 5, 5, 5};
        long[] wrapped = {10, 10, 20, 20, 10, 10, 20};
        for (int i = 0; i < expected.length; i++) {
            packet.reset(MemorySegment.NULL, 0, 60, 77 + i * 500_000_000L);
            assertEquals(expected[i] * 1_000_000, hold.delayNanos(packet));
            assertEquals(wrapped[i] * 1_000_000, wrap.delayNanos(packet));
        }
        assertEquals(5_000_000, hold.minNanos());
        assertEquals(20_000_000, hold.maxNanos());
    }

    /** A binomial bound of 4 deviations for each step. */
    @Test
    void aLossFollowsItsTrace() throws IOException {
        Path file = Files.writeString(folder.resolve("losses"), "0 1%\n1s 0.5\n2s 0\n3s 1\n4s 0\n");
        LossModel model = Models.loss("trace," + file + ",wrap", new RandomStreams(1, 0));
        PacketContext packet = new PacketContext();
        int[] lost = new int[4];
        int perStep = 250_000;
        for (int i = 0; i < 8 * perStep; i++) {
            packet.reset(MemorySegment.NULL, 0, 60, 5 + i * (1_000_000_000L / perStep));
            lost[i / perStep % 4] += model.loses(packet) ? 1 : 0;
        }
        double packets = 2 * perStep;
        assertEquals(0.01 * packets, lost[0], 4 * Math.sqrt(packets * 0.01 * 0.99));
        assertEquals(0.5 * packets, lost[1], 4 * Math.sqrt(packets * 0.25));
        assertEquals(0, lost[2]);
        assertEquals(packets, lost[3]);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            trace,FILE      | ''            | FILE: there is no line in it
            trace,FILE,wrap | 0 1ms         | FILE: to wrap it needs a line and one with the end
            trace,FILE      | 1s 1ms        | FILE:1: the first time is 0, found '1s'
            trace,FILE      | 0 1ms;0 2ms   | FILE:2: the time is not after the one before it
            trace,FILE      | 0 1ms;1s      | FILE:2: expected a time and a delay, found '1s'
            trace,FILE      | # none;0 soon | FILE:2: 'soon' is not a time
            trace,FILE/none | 0 1ms         | FILE/none: there is no such file
            """)
    void aBadFileIsNamedWithItsLine(String spec, String content, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), content.replace(';', '\n'));
        SpecException e = assertThrows(
                SpecException.class,
                () -> Models.delay(spec.replace("FILE", file.toString()), new RandomStreams(1, 0)));
        assertTrue(e.getMessage().startsWith(message.replace("FILE", file.toString())), e.getMessage());
    }
}
