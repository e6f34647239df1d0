package io.tlem.impair.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.SpecException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BandwidthModelsTest {
    @TempDir
    Path directory;

    private BandwidthModel model(String spec, long seed) throws IOException {
        Path steps = Files.writeString(directory.resolve("steps"), "0 100M\n10ms 0\n15ms 10M\n20ms 0\n");
        Path trace = Files.writeString(directory.resolve("trace"), "0\n1\n1\n3\n");
        Path profile = Files.writeString(directory.resolve("profile"), "bw 10M\nprob delay\n0 1\n0.9 2\n1 5\n");
        return Models.bandwidth(
                spec.replace("STEPS", steps.toString())
                        .replace("TRACE", trace.toString())
                        .replace("PROFILE", profile.toString()),
                new RandomStreams(seed, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10M",
                "netem,10M,-14,48,5",
                "avg,10M",
                "tbf,10M,15k",
                "tdm,10M,10ms,5ms,10us",
                "slots,1ms,2ms,10,10k",
                "steps,STEPS,wrap",
                "markov,10M,1ms,100M,2ms",
                "mahimahi,TRACE",
                "profile,0,PROFILE"
            })
    void allocatesNothingAndRepeatsItself(String spec) throws IOException {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        PacketContext packet = new PacketContext();
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        long[] sums = new long[2];
        for (int run = 0; run < 2; run++) {
            BandwidthModel model = model(spec, 7);
            long before = threads.getThreadAllocatedBytes(thread);
            long last = Long.MIN_VALUE;
            for (int i = 0; i < 1_000_000; i++) {
                if (i == 100_000) { // compiled by now: the interpreter makes objects of its own for memory accesses
                    before = threads.getThreadAllocatedBytes(thread);
                }
                packet.reset(memory, 0, 60 + i % 1455, i * 500_000L);
                long exit = model.exitNanos(packet);
                if (exit != BandwidthModel.REFUSED) {
                    assertTrueCheaply(exit >= last && exit >= packet.arrivalNanos());
                    last = exit;
                }
                sums[run] = 31 * sums[run] + exit;
            }
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertTrue(allocated < 100_000, allocated + " bytes for 900,000 packets");
        }
        assertEquals(sums[0], sums[1]);
    }

    private static void assertTrueCheaply(boolean condition) {
        if (!condition) {
            throw new AssertionError("an exit went back");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "netem,10M,2000 | out of range",
                "netem,10M,0.5 | whole number",
                "netem,10M,0,-1 | whole number",
                "avg,7629 | at least 7630",
                "tbf,10M | takes 2 arguments",
                "tbf,10M,2G | at most 1G",
                "tdm,0,10ms,1ms | above 0",
                "tdm,1M,10ms,11ms | at most period",
                "tdm,1M,10ms,1ms,1ms | longer than guard",
                "tdm,1M,0,0 | longer than guard",
                "slots,2ms,1ms | max is below min",
                "slots,1ms,2ms,1.5 | whole number",
                "markov,0,1s,0,1s | both 0",
                "markov,1M,1us,1M,1s | at least 100us",
                "steps,/nowhere | no such file",
                "steps,STEPS,once | one of hold, wrap",
                "mahimahi,TRACE,0 | whole number",
                "mahimahi,TRACE,1504,hold | one of wrap, once"
            })
    void badArgumentsAreRefusedInOneLine(String spec, String reason) {
        SpecException e = assertThrows(SpecException.class, () -> model(spec, 1));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps,FILE | 1ms 10M | FILE:1: the first time is 0",
                "steps,FILE | 0 10M;0 20M | FILE:2: the time is not after",
                "steps,FILE | 0 10M;1 | FILE:2: expected a time and a rate",
                "steps,FILE | 0 10Q | FILE:1: '10Q' is not a bandwidth",
                "steps,FILE | # none | FILE: there is no line",
                "steps,FILE | 0 0 | FILE: the link stands still",
                "steps,FILE,wrap | 0 10M | FILE: to wrap",
                "mahimahi,FILE | 1;;2 | FILE:2: expected a time",
                "mahimahi,FILE | 2;1 | FILE:2: the time is before",
                "mahimahi,FILE | 0;0 | FILE: the last time must be above 0",
                "mahimahi,FILE | -1 | FILE:1: expected a time",
                "mahimahi,FILE | 1234567890 | FILE:1: expected a time",
                "profile,0,FILE | prob delay;0 1;1 2 | there is no bw",
                "profile,1M,FILE | prob delay;0 1 | at least two points",
                "profile,1M,FILE | prob delay;0 1;1.5 2 | FILE:3: expected a number from 0 to 1",
                "profile,1M,FILE | prob delay;0 -1 | FILE:2: expected a number",
                "profile,1M,FILE | prob prob | FILE:1: expected 'prob delay'",
                "profile,1M,FILE | samples 1025 | FILE:1: expected a number from 0 to 1024",
                "profile,1M,FILE | samples 1.5 | FILE:1: expected a whole number",
                "profile,1M,FILE | samples 5;samples 6 | FILE:2: a second samples",
                "profile,1M,FILE | 0 1 | FILE:1: expected name",
                "profile,1M,FILE | name a b | FILE:1: expected two words",
                "profile,1M,FILE | bw fast | FILE:1: expected a bandwidth"
            })
    void badFilesAreRefusedWithFileLineAndReason(String spec, String content, String reason) throws IOException {
        Path file = Files.writeString(directory.resolve("bad"), content.replace(';', '\n'));
        SpecException e = assertThrows(SpecException.class, () -> model(spec.replace("FILE", file.toString()), 1));
        assertTrue(e.getMessage().contains(reason.replace("FILE", file.toString())), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }
}
