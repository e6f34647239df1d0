package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.TimeHistogram;
import io.tlem.testing.OwnJava;
import io.tlem.thread.HiccupMeter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Packets hardly leave later while many ask and listen by HTTP. The link, those who ask and this test are three programs; rounds
 * without and with the load take turns, so that what the machine does besides hits both.
 *
 * <p>The property {@code tlem.http.rounds} says how many rounds of each kind there are, of 5 s each: then the lateness p99 may be
 * 10 % more under load, and by so much more as the machine's own hiccups are, p99 too. Without it there are two short rounds of each,
 * and their longest hiccup and 10 ms more are let pass, as machines that run tests do other things besides. {@code tlem.http.pps} is
 * the link's rate.
 */
class HttpLatenessTest {
    private static final int ROUNDS = Integer.getInteger("tlem.http.rounds", 0);
    private static final String RATE = System.getProperty("tlem.http.pps", "20k");
    private static final double MORE = 1.1;
    private static final long SHORT_ROUNDS_NANOS = 10_000_000;

    /** What a round has shown, ns. */
    private record Round(long packets, long median, long p99, long insideP99, long hiccupsP99, long longestHiccup) {
        /** Lets the link go on for a while, and measures beside it, in this program that does nothing else. */
        static Round of(Program link, String seconds) throws IOException {
            TimeHistogram hiccups = new TimeHistogram();
            String line;
            HiccupMeter meter =
                    new HiccupMeter(nanos -> hiccups.recordValue(Math.min(nanos, LatencyRecorder.MAX_NANOS)));
            try {
                line = link.say(seconds);
            } finally {
                meter.close();
            }
            long[] numbers = Arrays.stream(line.split(" ", -1))
                    .mapToLong(Long::parseLong)
                    .toArray();
            return new Round(
                    numbers[0],
                    numbers[1],
                    numbers[2],
                    numbers[3],
                    hiccups.getValueAtPercentile(99),
                    hiccups.getMaxValue());
        }

        String shown(String kind) {
            return String.format(
                    Locale.ROOT,
                    "%-6s %7d packets, lateness p50 %7.1f us, p99 %8.1f us; hiccups p99 %7.1f us in its process,"
                            + " %7.1f us beside it, the longest %8.1f us",
                    kind,
                    packets,
                    median / 1e3,
                    p99 / 1e3,
                    insideP99 / 1e3,
                    hiccupsP99 / 1e3,
                    longestHiccup / 1e3);
        }
    }

    /** Another Java, which answers each line by one. */
    private static final class Program implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final Writer in;

        Program(List<String> before, Class<?> main, String... arguments) throws IOException {
            List<String> command = new ArrayList<>(before);
            command.addAll(
                    List.of(OwnJava.launcher(), "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED"));
            command.addAll(OwnJava.classes());
            command.add(main.getName());
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            out = process.inputReader(StandardCharsets.UTF_8);
            in = process.outputWriter(StandardCharsets.UTF_8);
        }

        String read() throws IOException {
            String line = out.readLine();
            assertTrue(line != null, "it has ended");
            return line;
        }

        String say(String line) throws IOException {
            in.write(line + "\n");
            in.flush();
            return read();
        }

        int end() throws IOException, InterruptedException {
            in.close();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not end");
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static long median(List<Round> rounds, ToLongFunction<Round> value) {
        long[] sorted = rounds.stream().mapToLong(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void whoAsksByHttpHardlyDelaysPackets() throws Exception {
        String seconds = ROUNDS > 0 ? "5" : "1";
        List<Round> quiet = new ArrayList<>();
        List<Round> loaded = new ArrayList<>();
        String heard = "";
        try (Program link = new Program(List.of(), LinkUnderLoad.class, RATE);
                Program load = new Program(List.of("nice", "-n", "10"), HttpLoad.class, link.read())) {
            String ignored = load.say("on"); // once for the code, which is compiled meanwhile
            HiccupMeter first = new HiccupMeter(nanos -> {}); // the same of this program
            Thread.sleep(300);
            first.close();
            ignored = load.say("off");
            for (int i = 0; i < Math.max(2, ROUNDS); i++) {
                quiet.add(Round.of(link, seconds));
                System.out.println(quiet.getLast().shown("quiet"));
                ignored = load.say("on");
                loaded.add(Round.of(link, seconds));
                heard = load.say("off");
                System.out.println(loaded.getLast().shown("loaded") + "; so far " + heard);
            }
            assertEquals(0, link.end());
            assertEquals(0, load.end());
        }
        long[] counts = Arrays.stream(heard.split("[^0-9]+", -1))
                .filter(text -> !text.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        assertTrue(counts[0] + counts[1] > 30L * loaded.size() && counts[0] > 0, heard);
        assertTrue(counts[2] >= 50L * loaded.size(), heard);
        long hiccups = Math.max(0, median(loaded, Round::hiccupsP99) - median(quiet, Round::hiccupsP99));
        if (ROUNDS == 0) { // too short for a p99 of what the machine does
            hiccups = loaded.stream().mapToLong(Round::longestHiccup).max().orElseThrow() + SHORT_ROUNDS_NANOS;
        }
        long before = median(quiet, Round::p99);
        long under = median(loaded, Round::p99);
        String said = String.format(
                Locale.ROOT,
                "lateness p99, median of rounds: %.1f us quiet, %.1f us under load (%+.1f %%); %.1f us more for hiccups",
                before / 1e3,
                under / 1e3,
                100.0 * (under - before) / before,
                hiccups / 1e3);
        System.out.println(said);
        assertTrue(under <= MORE * before + hiccups, said);
    }
}
