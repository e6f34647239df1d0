package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "10M, 10000000",
        "10m, 10000000",
        "1.5G, 1500000000",
        "64k, 64000",
        "64K, 64000",
        "100Mbit/s, 100000000",
        "100Mbit, 100000000",
        "100mbps, 100000000",
        "100Mb/s, 100000000",
        "100MBit/s, 100000000",
        "8b, 8",
        "2.5e9, 2500000000",
        "1T, 1000000000000",
        "9.6k, 9600"
    })
    void bandwidths(String text, long bitsPerSecond) {
        assertEquals(bitsPerSecond, Units.parseBandwidth(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1000000000",
        "0.02, 20000000",
        "10m, 10000000",
        "10ms, 10000000",
        "5u, 5000",
        "5us, 5000",
        "5\u00b5s, 5000",
        "5\u03bcs, 5000",
        "7n, 7",
        "7ns, 7",
        "2s, 2000000000",
        "1.5ms, 1500000",
        "3600, 3600000000000"
    })
    void times(String text, long nanos) {
        assertEquals(nanos, Units.parseTime(text));
    }

    @ParameterizedTest
    @CsvSource({
        "10MBps, 80M, 10M",
        "100kBps, 800k, 100k",
        "1.5MB/s, 12M, 1.5M",
        "10BPS, 80, 10",
        "2Gbytes, 16G, 2G",
        "1KiB, 8K, 1K"
    })
    void bytesAreNotTakenForBits(String text, String inBits, String asBits) {
        String message = assertThrows(SpecException.class, () -> Units.parseBandwidth(text))
                .getMessage();
        assertEquals(
                "'" + text + "' is in bytes, and a bandwidth is in bit/s: write " + inBits + ", or " + asBits
                        + " if bits were meant",
                message);
    }

    @ParameterizedTest
    @CsvSource({"50kb, 50kB", "50kbit, 50kB", "8Mbps, 8MB", "100b, 100B"})
    void bitsAreNotTakenForBytes(String text, String inBytes) {
        String message =
                assertThrows(SpecException.class, () -> Units.parseBytes(text)).getMessage();
        assertEquals(
                "'" + text + "' is in bits, and a size is in bytes: write " + inBytes + " if bytes were meant",
                message);
        assertEquals(Units.parseBytes(inBytes), Units.parseBytes(inBytes.replace("B", "")));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "50000, 50000", "50k, 51200", "50K, 51200", "1M, 1048576", "1MiB, 1048576", "2GB, 2147483648"})
    void sizes(String text, long bytes) {
        assertEquals(bytes, Units.parseBytes(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "0.01, 0.01", "1%, 0.01", "100%, 1", "1e-6, 1e-6"})
    void probabilities(String text, double probability) {
        assertEquals(probability, Units.parseProbability(text), 1e-15);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x",
                "10x",
                "-1",
                "NaN",
                "Infinity",
                "inf",
                "1e999",
                "0x10",
                "10 M M",
                "--",
                "1,0",
                "٣",
                "11T",
                "0.5"
            })
    void badBandwidths(String text) {
        assertThrows(SpecException.class, () -> Units.parseBandwidth(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ms", "10x", "-1ms", "NaN", "3601", "1h", "1e300", "10mss"})
    void badTimes(String text) {
        assertThrows(SpecException.class, () -> Units.parseTime(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.5", "-0.1", "NaN", "101%", "one", "0.5k"})
    void badProbabilities(String text) {
        assertThrows(SpecException.class, () -> Units.parseProbability(text));
    }

    /** Whatever is thrown at the parsers, they return something in range or say in one line what is wrong. */
    @Property(tries = 5_000)
    void anythingIsParsedOrRefusedInOneLine(@ForAll String text) {
        try {
            long bitsPerSecond = Units.parseBandwidth(text);
            assertFalse(bitsPerSecond < 0 || bitsPerSecond > 10_000_000_000_000L);
        } catch (SpecException e) {
            assertFalse(e.getMessage().isBlank());
        }
        try {
            long nanos = Units.parseTime(text);
            assertFalse(nanos < 0 || nanos > 3_600_000_000_000L);
        } catch (SpecException e) {
            assertFalse(e.getMessage().isBlank());
        }
    }
}
