package io.tlem.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The benchmark itself: that it runs, counts right and writes what it has counted. Not how fast anything is. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BenchTest {
    private static final long INTERVAL_NANOS = 50_000_000;
    private static final long BUFFER_BYTES = 1 << 20;

    @Test
    void writesJsonCsvAndPlots(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("bench.json");
        Path csv = folder.resolve("bench.csv");
        int status = Bench.execute(
                ("--quiet --only throughput --seconds 0.05 --repeat 2 --sizes 60,1514 --delays 1 --endpoints memory,pipe"
                                + " --json " + json + " --csv " + csv + " --plots " + folder)
                        .split(" ", -1));
        assertEquals(0, status);
        // Two sizes over two kinds of endpoints.
        List<Map<String, Object>> figures = figures(json);
        assertEquals(
                4, figures.stream().filter(f -> "wall".equals(f.get("metric"))).count());
        for (Map<String, Object> figure : figures) {
            double least = (double) figure.get("min");
            double median = (double) figure.get("median");
            assertTrue(least >= 0 && least <= median && median <= (double) figure.get("max"), figure::toString);
            boolean plausible = !"wall".equals(figure.get("metric")) || (median > 1 && median < 1_000_000);
            assertTrue(plausible, figure::toString);
        }
        List<String> lines = Files.readAllLines(csv);
        assertEquals("section,of,metric,unit,median,min,max,runs", lines.get(0));
        assertEquals(figures.size() + 1, lines.size());
        assertTrue(lines.stream().allMatch(line -> line.split(",", -1).length == 8));
    }

    @Test
    void aNameWithACommaIsOneFieldOfTheCsv(@TempDir Path folder) throws IOException {
        Figures figures = new Figures();
        figures.add("footprint", Map.of("of", "idle, default"), "ping, mean", "us", 1.5);
        figures.writeCsv(folder.resolve("csv"));
        assertEquals(
                "footprint,\"of=idle, default\",\"ping, mean\",us,1.5,1.5,1.5,1.5",
                Files.readAllLines(folder.resolve("csv")).get(1));
    }

    private static List<Map<String, Object>> figures(Path file) throws IOException {
        List<Map<String, Object>> figures = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
            Map<String, Object> figure = new HashMap<>();
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.START_OBJECT && json.currentName() == null) {
                    figure = new HashMap<>();
                } else if (token == JsonToken.VALUE_STRING) {
                    figure.put(json.currentName(), json.getText());
                } else if (token.isNumeric() && json.currentName() != null) {
                    figure.put(json.currentName(), json.getDoubleValue());
                } else if (token == JsonToken.END_OBJECT && figure.containsKey("median")) {
                    figures.add(figure);
                    figure = new HashMap<>();
                }
            }
        }
        return figures;
    }

    /** {@link LinkRig#stop} refuses packets lost, unaccounted for or changed. */
    @ParameterizedTest
    @ValueSource(strings = {"memory 60 2 1", "memory imix 3 1", "memory 9014 2 2", "pipe 1514 2 1"})
    void everyPacketThatComesIsCounted(String text) {
        String[] words = text.split(" ", -1);
        LinkCase link = new LinkCase(
                words[0],
                PacketSizes.parse(words[1]),
                1_000_000,
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]));
        Threads machine = Threads.ofMachine();
        long bufferBytes = link.bufferBytes(1_000_000);
        try (LinkRig rig = new LinkRig(link, bufferBytes, 0, machine, machine.waiting(link.threads()))) {
            rig.settle(INTERVAL_NANOS);
            Sample sample = rig.measure(INTERVAL_NANOS);
            long received = rig.stop();
            assertTrue(sample.packets() > 0 && sample.packets() <= received, () -> sample + " of " + received);
            assertTrue(sample.bytes() >= 60 * sample.packets() && sample.bytes() <= 9014 * sample.packets());
        }
    }

    @ParameterizedTest
    @CsvSource({"60, 0", "imix, 0", "1514, 0", "9014, 0", "60, 900000", "imix, 500000"})
    void theFloorCopiesWhatItShould(String size, long lagBytes) {
        try (CopyFloor floor = new CopyFloor(PacketSizes.parse(size), BUFFER_BYTES, lagBytes, 1, Threads.ofMachine())) {
            Sample sample = floor.measure(INTERVAL_NANOS, INTERVAL_NANOS);
            floor.stop(); // compares every slot
            assertTrue(sample.packets() > PacketMemory.SLOTS, sample::toString);
        }
    }

    @Test
    void theFloorInCCopiesWhatItShould() throws IOException {
        NativeFloor.compile().ifPresent(floor -> {
            PacketSizes sizes = PacketSizes.parse("imix");
            for (long lagBytes : new long[] {0, 500_000}) {
                Sample sample = floor.measure(
                        sizes, BUFFER_BYTES, lagBytes, 1, Threads.ofMachine(), INTERVAL_NANOS, INTERVAL_NANOS);
                assertTrue(sample.packets() > PacketMemory.SLOTS, sample::toString); // it has compared every slot
            }
        });
    }

    /** It needs root and interfaces to run. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatMeasuresPacketsSentOutOfTheBufferCompiles() throws IOException {
        assertEquals(
                Command.find("cc").isPresent(), Command.compiled("xdp_records").isPresent());
    }

    @Test
    void aDifferenceInOneByteIsSeen() {
        try (Arena arena = Arena.ofConfined()) {
            PacketSizes sizes = PacketSizes.parse("60");
            PacketMemory one = new PacketMemory(arena, sizes).filled();
            PacketMemory other = new PacketMemory(arena, sizes).filled();
            assertEquals(-1, one.firstDifference(other));
            long at = other.offset(700) + 59;
            byte was = other.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, at);
            other.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, at, (byte) ~was);
            assertEquals(700, one.firstDifference(other));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--only speed",
                "--sizes 59",
                "--sizes big",
                "--delays -1",
                "--stages 4",
                "--endpoints wire",
                "--repeat 0",
                "--seconds much",
                "--cpus 99999",
                "--json /no/such/folder/file",
                "--unknown"
            })
    void whatIsWrongIsSaidInOneLine(String options) {
        PrintStream standard = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status;
        try {
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            status = Bench.execute(options.split(" ", -1));
        } finally {
            System.setErr(standard);
        }
        String text = said.toString(StandardCharsets.UTF_8);
        assertEquals(2, status, text);
        assertEquals(1, text.lines().count(), text);
    }
}
