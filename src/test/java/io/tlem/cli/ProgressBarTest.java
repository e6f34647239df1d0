package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private long now = 7 * SECOND;

    private ProgressBar bar(OptionalInt columns) {
        return new ProgressBar(columns, () -> now, new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    private String taken() {
        String text = written.toString(StandardCharsets.UTF_8);
        written.reset();
        return text;
    }

    @Test
    void aLineSaysHowMuchIsDoneAndHowLongTheRestTakes() {
        ProgressBar bar = bar(OptionalInt.of(80));
        bar.show(0, "simulating");
        assertEquals("", taken()); // what is done at once needs no bar
        now += SECOND;
        bar.show(0.25, "simulating");
        assertEquals("\rsimulating [#######-----------------------]  25 %  3 s left", taken());
        bar.show(0.5, "simulating");
        assertEquals("", taken()); // not all the time
        now += 399 * SECOND;
        bar.show(0.01, "simulating");
        assertEquals("\rsimulating [------------------------------]   1 %          ", taken());
        now += SECOND;
        bar.show(0.04, "simulating");
        assertTrue(taken().endsWith("]   4 %  2:40:24 left"));
        bar.show(-1, "reading");
        String unknown = taken();
        assertTrue(unknown.startsWith("\rreading ...  "), unknown); // which nothing may follow for long
        bar.show(-1, "reading");
        assertEquals("", taken());
        now += SECOND;
        bar.show(1, "simulating");
        assertTrue(taken().contains("##] 100 %"));
        bar.close();
        String end = taken();
        assertTrue(end.startsWith("\r ") && end.endsWith(" \r") && end.isBlank(), end);
        bar.close();
        assertEquals("", taken());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 20, 32, 40, 200})
    void itFits(int columns) {
        ProgressBar bar = bar(OptionalInt.of(columns));
        for (double share = 0; share <= 1; share += 0.01) {
            now += SECOND;
            bar.show(share, "100000 of 200000 runs");
            String line = taken();
            assertTrue(line.length() <= columns, line); // with the return ahead of it; the last column stays free
        }
    }

    @Test
    void whatWasDoneBeforeSaysNothingOfTheTimeThatIsLeft() {
        ProgressBar bar = bar(OptionalInt.of(80));
        bar.show(0.5, "runs");
        now += 10 * SECOND;
        bar.show(0.6, "runs");
        assertTrue(taken().endsWith("60 %  40 s left"));
    }

    @Test
    void withoutATerminalThereIsNone() {
        ProgressBar bar = bar(OptionalInt.empty());
        now += SECOND;
        bar.show(0.5, "simulating");
        bar.close();
        assertEquals("", taken());
    }
}
