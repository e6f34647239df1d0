package io.tlem.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.DelayModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ping prints on several systems, and the link that is made of it. */
class PingLogTest {
    @TempDir
    Path folder;

    private PingLog log(String... lines) throws IOException {
        return PingLog.read(Files.writeString(folder.resolve("ping.log"), String.join("\n", lines) + "\n"));
    }

    @Test
    void linuxWithAndWithoutTimesOfDay() throws IOException {
        PingLog log = log(
                "PING example.org (93.184.216.34) 56(84) bytes of data.",
                "64 bytes from 93.184.216.34: icmp_seq=2 ttl=56 time=11.1 ms",
                "[1700000000.123456] 64 bytes from host.example (93.184.216.34): icmp_seq=3 ttl=56 time=0.045 ms",
                "[1700000000.123456] no answer yet for icmp_seq=4",
                "From 10.0.0.1 icmp_seq=5 Destination Host Unreachable",
                "64 bytes from 93.184.216.34: icmp_seq=6 ttl=56 time=1000 ms",
                "64 bytes from 93.184.216.34: icmp_seq=6 ttl=56 time=1001 ms (DUP!)",
                "64 bytes from 93.184.216.34: icmp_seq=4 ttl=56 time=2500.5 ms",
                "",
                "--- example.org ping statistics ---",
                "8 packets transmitted, 4 received, +1 duplicates, +1 errors, 50% packet loss, time 7013ms",
                "rtt min/avg/max/mdev = 0.045/3.1/11.1/0.1 ms");
        assertEquals(8, log.sent());
        assertEquals(4, log.answered());
        assertEquals(1, log.duplicates());
        assertEquals(1, log.reordered());
        assertArrayEquals(new long[] {11_100_000, 45_000, 2_500_500_000L, 1_000_000_000}, log.times());
        LossSequence losses = log.losses(); // 1, 5, 7 and 8
        assertEquals(4, losses.count(LossSequence.Fate.LOST));
        assertArrayEquals(new long[] {2, 1, 0}, losses.bursts(3));
    }

    @Test
    void freeBsdAndBusyBoxCountFrom0() throws IOException {
        PingLog bsd = log(
                "PING 10.0.0.1 (10.0.0.1): 56 data bytes",
                "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.072 ms",
                "64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=0.080 ms",
                "3 packets transmitted, 2 packets received, 33.3% packet loss");
        assertEquals(3, bsd.sent());
        assertEquals(1, bsd.losses().count(LossSequence.Fate.LOST));
        PingLog six = log(
                "PING6(56=40+8+8 bytes) ::1 --> ::1",
                "16 bytes from ::1, icmp_seq=0 hlim=64 time=0.150 ms",
                "16 bytes from ::1, icmp_seq=1 hlim=64 time=0.160 ms");
        assertEquals(2, six.sent());
        PingLog busy = log("64 bytes from 10.0.0.1: seq=7 ttl=64 time=0.072 ms"); // the end of a log
        assertEquals(1, busy.sent());
        PingLog linuxSix = log("PING ::1(::1) 56 data bytes", "64 bytes from ::1: icmp_seq=1 ttl=64 time=0.020 ms");
        assertEquals(1, linuxSix.sent());
    }

    @Test
    void numbersBeginAnew() throws IOException {
        PingLog log = log(
                "64 bytes from 10.0.0.1: icmp_seq=65534 ttl=64 time=1 ms",
                "64 bytes from 10.0.0.1: icmp_seq=65535 ttl=64 time=2 ms",
                "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=4 ms",
                "64 bytes from 10.0.0.1: icmp_seq=0 ttl=64 time=3 ms");
        assertEquals(4, log.sent());
        assertEquals(1, log.reordered());
        assertArrayEquals(new long[] {1_000_000, 2_000_000, 3_000_000, 4_000_000}, log.times());
    }

    @Test
    void otherFilesAreRefusedInOneLine() throws IOException {
        for (String text : new String[] {"", "hello\n", "x".repeat(10_000), "PING a (1.2.3.4): 56 data bytes\n"}) {
            Path file = Files.writeString(folder.resolve("other.log"), text);
            String message = assertThrows(IllegalArgumentException.class, () -> PingLog.read(file))
                    .getMessage();
            assertTrue(message.startsWith(file + ": "), message);
            assertEquals(1, message.lines().count(), message);
        }
        Path none = folder.resolve("none");
        assertThrows(IllegalArgumentException.class, () -> PingLog.read(none));
    }

    /** Both ways together have the mean and the variance that ping saw, and with all on one way its distribution. */
    @Test
    void theLinkHasTheRoundTripTimesThatPingSaw() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        int count = 3000;
        String[] lines = new String[count];
        double[] rtts = new double[count];
        for (int i = 0; i < count; i++) {
            rtts[i] = Math.round(200 - 30 * Math.log(1 - random.nextDouble())) / 10.0;
            lines[i] = "64 bytes from 10.0.0.1: icmp_seq=" + (i + 1) + " ttl=64 time=" + rtts[i] + " ms";
        }
        double mean = Arrays.stream(rtts).average().orElseThrow();
        double variance = Arrays.stream(rtts).map(r -> (r - mean) * (r - mean)).sum() / count;
        for (PingFit.Split split : PingFit.Split.values()) {
            Path file = folder.resolve(split + ".yaml");
            assertEquals(3, new PingFit(log(lines), split).write(file).size());
            LinkSpec.Builder builder = new LinkSpec.Builder();
            SpecReader.read(file, builder);
            LinkSpec spec = builder.conclude();
            DelayModel there = Models.delay(spec.direction(0).of(Role.DELAY), new RandomStreams(1, 0));
            DelayModel back = Models.delay(spec.direction(1).of(Role.DELAY), new RandomStreams(1, 1));
            int draws = 50_000;
            double[] drawn = new double[draws];
            PacketContext packet = new PacketContext();
            for (int i = 0; i < draws; i++) {
                drawn[i] = (there.delayNanos(packet) + back.delayNanos(packet)) / 1e6;
            }
            double drawnMean = Arrays.stream(drawn).average().orElseThrow();
            double drawnVariance = Arrays.stream(drawn)
                            .map(r -> (r - drawnMean) * (r - drawnMean))
                            .sum()
                    / draws;
            assertEquals(mean, drawnMean, 0.05, split.toString());
            assertEquals(variance, drawnVariance, variance * 0.05, split.toString());
            Arrays.sort(drawn);
            double[] sorted = rtts.clone();
            Arrays.sort(sorted);
            if (split == PingFit.Split.THERE) {
                for (double part : new double[] {0.01, 0.25, 0.5, 0.75, 0.99}) {
                    assertEquals(sorted[(int) (part * count)], drawn[(int) (part * draws)], 0.5, "" + part);
                }
            }
        }
    }
}
