package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tlem.testing.Captures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sweeps over small captures: rows are those of single simulations, and the same however they came about. */
@Isolated // takes the process's outputs
@Timeout(60)
class SweepTest {
    private static final int PACKETS = 2000;
    private static final List<String> ENDINGS = List.of(".csv", ".parquet", ".svg");

    private static final String SWEEP = """
            captures: [one.pcap, two.pcap]
            seeds: 5-7
            link:
              both: {queue: 20k}
            grid:
              both:
                bandwidth: [80M, 110M]
                delay: [5ms, {kind: uniform, min: 1ms, max: 9ms}]
              a-to-b:
                loss: [none, "2%"]
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void captures() throws IOException {
        Captures.write(folder.resolve("one.pcap"), Captures.random(PACKETS, 1));
        Captures.write(folder.resolve("two.pcap"), Captures.random(PACKETS / 2, 2));
    }

    private Path sweep(String text) throws IOException {
        return Files.writeString(folder.resolve("s.yaml"), text);
    }

    private List<Map<String, String>> rows(String name) throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve(name + ".csv"));
        List<String> columns = cells(lines.getFirst());
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = cells(line);
            assertEquals(columns.size(), cells.size(), line);
            Map<String, String> row = new TreeMap<>();
            for (int i = 0; i < cells.size(); i++) {
                row.put(columns.get(i), cells.get(i));
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (char c : (line + ",").toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        return cells;
    }

    private void assertSameFiles(String one, String other) throws IOException {
        for (String ending : ENDINGS) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve(one + ending)),
                    Files.readAllBytes(folder.resolve(other + ending)),
                    ending);
        }
    }

    @Test
    void rowsAreThoseOfSimulationsWhateverTheThreads() throws IOException {
        Path file = sweep(SWEEP);
        Ran result = run("sweep", file).expect(0);
        assertTrue(result.out().contains("48 runs: " + folder.resolve("s") + ".csv"), result.out());
        run("sweep", file, "-o", folder.resolve("t"), "--threads", 3).expect(0);
        run("sweep", file, "-o", folder.resolve("u"), "--threads", 1, "-q").expect(0);
        assertSameFiles("s", "t");
        assertSameFiles("s", "u");
        List<Map<String, String>> rows = rows("s");
        assertEquals(48, rows.size());
        for (int i : new int[] {0, 16, 47}) {
            Map<String, String> row = rows.get(i);
            assertEquals(Integer.toString(i), row.get("run"));
            List<Object> words =
                    new ArrayList<>(List.of("simulate", row.get("capture"), "-o", folder.resolve("out.pcap")));
            String delay = row.get("both.delay");
            words.addAll(List.of("-B", row.get("both.bandwidth"), "-Q", "20k"));
            words.addAll(List.of("-D", delay.startsWith("{") ? "uniform,1ms,9ms" : delay));
            words.addAll(List.of("-L", row.get("a-to-b.loss"), "--seed", row.get("seed"), "--json"));
            words.addAll(List.of("--report", folder.resolve("report.json")));
            run(words.toArray()).expect(0);
            JsonNode numbers = new ObjectMapper()
                    .readTree(folder.resolve("report.json").toFile())
                    .path("numbers")
                    .path("a-b");
            for (String column : row.keySet().stream()
                    .filter(name -> name.startsWith("a-b."))
                    .toList()) {
                JsonNode number = numbers;
                for (String part : parts(column.substring(4))) {
                    number = number.path(part);
                }
                double expected = number.asDouble(Double.NaN);
                double found = row.get(column).isEmpty() ? Double.NaN : Double.parseDouble(row.get(column));
                assertEquals(expected, found, Math.abs(expected) * 1e-12, i + " " + column);
            }
        }
        assertNotEquals(rows.get(0).get("a-b.time.p50"), rows.get(47).get("a-b.time.p50"));
    }

    /** In data {@code p99.9} is one name. */
    private static List<String> parts(String name) {
        int point = name.indexOf('.');
        return point < 0 ? List.of(name) : List.of(name.substring(0, point), name.substring(point + 1));
    }

    @Test
    void whatIsDoneIsKept() throws IOException {
        Path file = sweep(SWEEP);
        run("sweep", file, "-q").expect(0);
        for (String ending : ENDINGS) {
            Files.copy(folder.resolve("s" + ending), folder.resolve("first" + ending));
        }
        Path done = folder.resolve("s.done");
        byte[] all = Files.readAllBytes(done);
        for (int kept : new int[] {48, 20, 0}) { // as a program leaves it that is killed while it writes
            int end = 0;
            for (int lines = 0; lines < kept; end++) {
                lines += all[end] == '\n' ? 1 : 0;
            }
            Files.write(done, Arrays.copyOf(all, Math.min(all.length, end + 100)));
            ENDINGS.forEach(
                    ending -> assertTrue(folder.resolve("s" + ending).toFile().delete()));
            Ran result = run("sweep", file).expect(0);
            assertEquals(kept > 0, result.out().contains(kept + " of 48 runs were done before\n"), result.out());
            assertSameFiles("s", "first");
            assertEquals(48, Files.readAllLines(done).size());
        }
        String more = SWEEP.replace("5-7", "5-8").replace("110M", "110M, 120M");
        assertTrue(
                run("sweep", sweep(more)).expect(0).out().contains("48 of 96 runs were done before"),
                "another sweep takes over what is the same");
        Captures.write(folder.resolve("two.pcap"), Captures.random(PACKETS / 2, 3));
        assertTrue(
                run("sweep", sweep(SWEEP)).expect(0).out().contains("24 of 48 runs"), "other packets are other runs");
    }

    /** Of each file that a run reads, whoever names it: the runs that read it are done again, and no others. */
    @Test
    void runsWhoseFilesHaveChangedAreDoneAgain() throws IOException {
        String samples = "1.5ms\n2ms\n";
        for (String name : List.of("model.txt", "step.txt", "looped.txt")) {
            Files.writeString(folder.resolve(name), samples);
        }
        Path ofCell = Files.writeString(folder.resolve("cell.txt"), samples);
        Files.writeString(
                folder.resolve("table.csv"), "time,delay\n0,1.5ms\n1ms,\"samples," + ofCell + "\"\n2ms,7ms\n3ms,2ms\n");
        Files.writeString(folder.resolve("scenario.yaml"), """
                steps:
                  - {at: 1ms, set: {both: {delay: "samples,step.txt"}}}
                  - {at: 2ms, table: table.csv}
                  - at: 10ms
                    repeat: 2
                    every: 5ms
                    steps: [{at: 0s, set: {a-to-b: {delay: "samples,looped.txt"}}}, {after: 2ms, table: table.csv}]
                """);
        Path file = sweep("""
                captures: [one.pcap]
                list:
                  - {both: {delay: 1ms}}
                  - {both: {delay: "samples,model.txt"}}
                  - {both: {delay: 3ms}, scenario: scenario.yaml}
                """);
        run("sweep", file).expect(0);
        List<String> before = Files.readAllLines(folder.resolve("s.csv"));
        assertTrue(run("sweep", file).expect(0).out().contains("3 of 3 runs were done before"));
        for (String name : List.of("model.txt", "step.txt", "looped.txt", "cell.txt", "table.csv", "scenario.yaml")) {
            Path changed = folder.resolve(name);
            String text = Files.readString(changed);
            Files.writeString(changed, text.replace("1.5ms", "4ms").replace("at: 10ms", "at: 11ms"));
            Ran again = run("sweep", file).expect(0);
            assertTrue(again.out().contains("2 of 3 runs were done before"), name + ": " + again.out());
            List<String> after = Files.readAllLines(folder.resolve("s.csv"));
            int row = name.equals("model.txt") ? 2 : 3;
            for (int i = 0; i < after.size(); i++) {
                assertEquals(i != row, before.get(i).equals(after.get(i)), name + ": row " + i);
            }
            before = after;
        }
    }

    @Test
    void theNameMayBeThatOfOneOfTheFiles() throws IOException {
        Path file = sweep("captures: [one.pcap]\n");
        String said =
                run("sweep", file, "-o", folder.resolve("r.csv")).expect(0).out();
        assertTrue(said.endsWith("r.csv, " + folder + "/r.parquet, " + folder + "/r.svg\n"), said);
        assertEquals(1, rows("r").size());
        String wrong =
                run("sweep", file, "-o", folder.resolve("no/r")).expect(2).err();
        assertTrue(wrong.endsWith("/no/r.done: there is no folder " + folder + "/no\n"), wrong);
    }

    @Test
    void aListOfPointsWithBothDirections() throws IOException {
        Path file = sweep("""
                captures:
                  - {a-to-b: one.pcap, b-to-a: two.pcap}
                  - {file: one.pcap, client: 10.0.0.1}
                  - one.pcap
                  - {file: one.pcap, client-filter: src host 10.0.0.1}
                list:
                  - {both: {delay: 5ms}, b-to-a: {loss: "every,2"}}
                  - {both: {filter: "drop len > 700"}, exempt: arp}
                """);
        run("sweep", file).expect(0);
        List<Map<String, String>> rows = rows("s");
        assertEquals(8, rows.size());
        assertEquals("5000000.0", rows.get(0).get("a-b.time.p99"));
        assertEquals("0.5", rows.get(0).get("b-a.loss"));
        assertEquals(Integer.toString(PACKETS), rows.get(0).get("a-b.transmitted.packets"));
        assertEquals("", rows.get(0).get("both.filter"));
        int clients = Integer.parseInt(rows.get(1).get("a-b.received.packets"));
        assertTrue(clients > PACKETS / 4 && clients < PACKETS / 2, clients + " come from the client");
        assertEquals(PACKETS - clients, Integer.parseInt(rows.get(1).get("b-a.received.packets")));
        assertEquals(
                folder.resolve("one.pcap") + ", client 10.0.0.1", rows.get(1).get("capture"));
        assertEquals("", rows.get(2).get("b-a.time.p50"), "nothing comes from there");
        long longer = Captures.random(PACKETS, 1).stream()
                .filter(packet -> packet.data().length > 700)
                .count();
        assertEquals(Long.toString(longer), rows.get(6).get("a-b.dropped.filter"));
        assertEquals("arp", rows.get(6).get("exempt"));
        Map<String, String> filtered = rows.get(3);
        assertEquals(folder.resolve("one.pcap") + ", client-filter src host 10.0.0.1", filtered.get("capture"));
        for (String way : List.of("a-b", "b-a")) {
            assertEquals(rows.get(1).get(way + ".received.packets"), filtered.get(way + ".received.packets"));
        }
        assertTrue(run("sweep", file).expect(0).out().contains("8 of 8 runs were done before"));
        String other = Files.readString(file).replace("client-filter: src", "client-filter: dst");
        assertTrue(run("sweep", sweep(other)).expect(0).out().contains("6 of 8 runs were done before"));
    }

    @Test
    void thePictureIsXmlWithALineForEachCombination() throws Exception {
        run("sweep", sweep(SWEEP)).expect(0);
        String svg = Files.readString(folder.resolve("s.svg"));
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertEquals("svg", document.getDocumentElement().getTagName());
        assertTrue(svg.contains("both.delay 5ms, a-to-b.loss none"), svg.substring(0, 3000));
        assertEquals(8 + 4 * 8, document.getElementsByTagName("polyline").getLength());
        assertTrue(svg.contains(">110M</text>"));
    }

    @Test
    void aDamagedCaptureIsToldAndNotKept() throws IOException {
        Path one = folder.resolve("one.pcap");
        byte[] bytes = Files.readAllBytes(one);
        Files.write(one, Arrays.copyOf(bytes, bytes.length / 2));
        for (int i = 0; i < 2; i++) {
            Ran result = run("sweep", sweep("captures: [one.pcap, two.pcap]\n")).expect(3);
            assertTrue(result.err().contains("one.pcap: is damaged: at byte "), result.err());
            assertEquals(2, rows("s").size());
            assertEquals(i > 0, result.out().contains("1 of 2 runs were done before"), result.out());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            seeds: 1                                            | : 'captures' is missing
            captures: one.pcap                                  | :1:11: a list of captures is expected, found 'one.pcap'
            captures: []                                        | :1:11: a list of captures is expected, found an empty one
            captures: [three.pcap]                              | three.pcap: there is no such file
            captures: [{a: x}]                                  | :1:12: a capture is a name, or has the keys a-to-b and b-to-a
            captures: [{file: one.pcap, client-filter: tcpp}]   | :1:44: --client-filter 'tcpp': at character 1: 'tcpp' is no test
            captures: [{file: one.pcap, client-filter: ip, client: a}] | file and client, or file and client-filter
            {captures: [one.pcap], seed: 1}                     | :1:24: 'seed' is not a key of a sweep; did you mean 'seeds'?
            {captures: [one.pcap], seeds: x}                    | 'x' is not a whole number
            {captures: [one.pcap], seeds: 5-1}                  | :1:31: '5-1' is no range of at most 100000 seeds
            {captures: [one.pcap], link: {ports: [a, b]}}       | : 'ports' is not of a sweep's link
            {captures: [one.pcap], link: {both: {delay: x}}}    | :1:45: delay x: 'x' is not a delay model
            {captures: [one.pcap], grid: {both: {delay: [1ms, x]}}} | :1:51: delay x: 'x' is not a delay model
            {captures: [one.pcap], grid: {both: {dely: [1ms]}}} | :1:38: 'dely' is not a key of both; did you mean 'delay'?
            {captures: [one.pcap], grid: {both: {delay: []}}}   | :1:45: a list of values is expected, found an empty one
            {captures: [one.pcap], grid: {seed: [1, 2]}}        | : 'seed' is not of a sweep's link
            {captures: [one.pcap], list: [1ms]}                 | :1:31: keys with values are expected, found '1ms'
            {captures: [one.pcap, two.pcap], seeds: 1-60000}    | : the sweep has 120000 runs; at most 100000 are possible
            {captures: [one.pcap], seeds: [1-99999, 1-99999]}    | :1:41: up to here there are more than 100000 seeds
            {captures: [/dev/null]}                             | /dev/null: is not a regular file
            """)
    void mistakesAreToldWithTheirPlace(String text, String message) throws IOException {
        String err = run("sweep", sweep(text)).expect(2).err();
        assertTrue(err.contains(message), err);
        assertEquals(1, err.lines().count(), err);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(3, left.count(), "nothing is written");
        }
    }

    /** It is refused before there are so many points that they would take all memory. */
    @Test
    void aGridIsCountedBeforeItIsMade() throws IOException {
        String delays = IntStream.rangeClosed(1, 60_000).mapToObj(i -> i + "us").collect(Collectors.joining(", "));
        String rates = IntStream.rangeClosed(1, 60_000).mapToObj(i -> i + "k").collect(Collectors.joining(", "));
        Path file =
                sweep("{captures: [one.pcap], grid: {both: {delay: [" + delays + "], bandwidth: [" + rates + "]}}}");
        String err = run("sweep", file).expect(2).err();
        assertEquals("tlem: " + file + ": the grid has more than 100000 points\n", err);
    }

    @Test
    void aClusterNeedsSparkAndHasItsOwnThreads() throws IOException {
        Path file = sweep(SWEEP);
        assertTrue(run("sweep", file, "--master", "local[2]")
                .expect(2)
                .err()
                .startsWith("tlem: --master local[2]: Apache Spark is not in this program"));
        assertTrue(run("sweep", file, "--master", "local[2]", "--threads", 2)
                .expect(2)
                .err()
                .contains("exclude each other"));
        assertTrue(run("sweep", file, "--threads", 0).expect(2).err().contains("--threads 0: "));
    }

    @Test
    void parquetHasTheSameCells() throws IOException {
        run("sweep", sweep(SWEEP.replace("uniform,", "uniform ,"))).expect(0);
        List<Map<String, String>> rows = rows("s");
        Parquet parquet = new Parquet(Files.readAllBytes(folder.resolve("s.parquet")));
        assertEquals(rows.size(), parquet.rows);
        assertEquals(rows.getFirst().keySet(), parquet.columns.keySet());
        for (int i = 0; i < rows.size(); i++) {
            for (Map.Entry<String, String> cell : rows.get(i).entrySet()) {
                Object found = parquet.columns.get(cell.getKey()).get(i);
                boolean none = found instanceof Double real && real.isNaN();
                assertEquals(cell.getValue(), none ? "" : found.toString(), cell.getKey());
            }
        }
    }

    /** Reads the part of the format that is written, knowing nothing but the format. */
    private static final class Parquet {
        final Map<String, List<Object>> columns = new TreeMap<>();
        final long rows;
        private final ByteBuffer bytes;

        Parquet(byte[] file) {
            bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            String magic = new String(file, 0, 4, StandardCharsets.US_ASCII);
            assertEquals("PAR1", magic);
            assertEquals(magic, new String(file, file.length - 4, 4, StandardCharsets.US_ASCII));
            int footer = bytes.getInt(file.length - 8);
            bytes.position(file.length - 8 - footer);
            Map<Integer, Object> meta = structure();
            assertEquals(file.length - 8, bytes.position());
            rows = (Long) meta.get(3);
            List<?> schema = (List<?>) meta.get(2);
            List<?> chunks = (List<?>) of(((List<?>) meta.get(4)).getFirst()).get(1);
            assertEquals((long) schema.size() - 1, of(schema.getFirst()).get(5));
            for (int i = 0; i < chunks.size(); i++) {
                Map<?, ?> element = of(schema.get(i + 1));
                assertEquals(0L, element.get(3), "required");
                Map<?, ?> chunk = of(of(chunks.get(i)).get(3));
                assertEquals(List.of(element.get(4)), chunk.get(3));
                bytes.position(Math.toIntExact((Long) chunk.get(9)));
                int start = bytes.position();
                Map<Integer, Object> page = structure();
                assertEquals(rows, of(page.get(5)).get(1));
                int values = bytes.position();
                assertEquals(chunk.get(7), (long) values - start + (Long) page.get(3));
                columns.put((String) element.get(4), values((Long) chunk.get(1)));
                assertEquals((Long) page.get(2), (long) bytes.position() - values);
            }
        }

        private static Map<?, ?> of(Object structure) {
            return (Map<?, ?>) structure;
        }

        private List<Object> values(long type) {
            List<Object> values = new ArrayList<>();
            for (long i = 0; i < rows; i++) {
                values.add(
                        type == 2
                                ? (Object) bytes.getLong()
                                : type == 5 ? (Object) bytes.getDouble() : text(bytes.getInt()));
            }
            return values;
        }

        private String text(int length) {
            byte[] text = new byte[length];
            bytes.get(text);
            return new String(text, StandardCharsets.UTF_8);
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte part = bytes.get();
                value |= (long) (part & 0x7f) << shift;
                if (part >= 0) {
                    return value;
                }
            }
        }

        private Object value(int type) {
            return switch (type) {
                case 5, 6 -> {
                    long value = varint();
                    yield (value >>> 1) ^ -(value & 1);
                }
                case 8 -> text((int) varint());
                case 9 -> {
                    int header = Byte.toUnsignedInt(bytes.get());
                    long size = header >> 4 == 15 ? varint() : header >> 4;
                    List<Object> values = new ArrayList<>();
                    for (long i = 0; i < size; i++) {
                        values.add(value(header & 15));
                    }
                    yield values;
                }
                case 12 -> structure();
                default -> throw new AssertionError("type " + type);
            };
        }

        private Map<Integer, Object> structure() {
            Map<Integer, Object> fields = new TreeMap<>();
            int number = 0;
            for (int header = Byte.toUnsignedInt(bytes.get()); header != 0; header = Byte.toUnsignedInt(bytes.get())) {
                number += header >> 4;
                fields.put(number, value(header & 15));
            }
            return fields;
        }
    }
}
