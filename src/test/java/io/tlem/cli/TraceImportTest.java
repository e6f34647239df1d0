package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.scenario.Scenario;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.importer.Phantomlink;
import io.tlem.spec.importer.Theaterq;
import io.tlem.spec.importer.TraceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces of other emulators become tables that scenarios play. */
@Isolated // takes the process's standard output
class TraceImportTest {
    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("trace.csv"), text.replace('|', '\n') + "\n");
    }

    private static List<String> rows(TraceTable table) {
        return table.text().lines().filter(line -> !line.startsWith("#")).toList();
    }

    /** What the one line of a table makes of a link, and of a longer one its largest values. */
    private DirectionSpec played(TraceTable table) throws IOException {
        Files.writeString(folder.resolve("table.csv"), table.text());
        Path scenario = Files.writeString(folder.resolve("scenario.yaml"), "steps: [{table: table.csv}]\n");
        return Scenario.read(scenario)
                .check(new LinkSpec.Builder().conclude())
                .getLast()
                .direction(0);
    }

    @Test
    void theaterqsSimpleFormat() throws IOException {
        TraceTable table = Theaterq.read(
                file("KEEP,LATENCY,RATE,LOSS,LIMIT|2000000,20000000,10000000,0,1000|500,7,1000,42949673,5"), false);
        assertEquals(List.of(), table.leftOut());
        assertEquals(
                List.of(
                        "time[us],delay[ns],jitter[ns],loss,rate[bit/s],queue,duplication,route",
                        "0,20000000,0,0,10000000,\"packets,1000\",0,jitter",
                        "2000000,7,0,0.01,1000,\"packets,5\",0,jitter"),
                rows(table));
        assertTrue(table.text().contains("{repeat: forever, every: 2000500us, steps: "), table.text());
        assertEquals(
                Stream.of("netem,20000000ns,0ns", "10000000bit/s", "packets,1000", "0.01", "0", "jitter")
                        .toList(),
                Stream.of(Role.DELAY, Role.BANDWIDTH, Role.QUEUE, Role.LOSS, Role.DUPLICATE, Role.REORDER)
                        .map(played(table)::of)
                        .toList());
    }

    @Test
    void theaterqsExtendedFormat() throws IOException {
        TraceTable table = Theaterq.read(
                file("1000,20000000,3000000,10000000,0,9000,4294967295,0,0|"
                        + "1000,30000000,0,10000000,0,9000,2147483648,10000000,7"),
                true);
        assertEquals(
                List.of(
                        "0,20000000,3000000,0,10000000,\"bytes,9000\",1,jitter",
                        "1000,30000000,0,0,10000000,\"bytes,9000\",\"random,0.5,behind=10000000ns\",7"),
                rows(table).subList(1, 3));
        assertEquals("route,7", played(table).of(Role.REORDER));
        assertEquals("random,0.5,behind=10000000ns", played(table).of(Role.DUPLICATE));
        assertEquals(
                "0,20,3,0,\"random,1,behind=5ns\",jitter",
                rows(Theaterq.read(file("1000,20,3,0,0,0,4294967295,5"), false)).getLast(),
                "before there were routes");
    }

    @Test
    void whatTheaterqHasAndTheEmulatorNotIsSaid() throws IOException {
        TraceTable table = Theaterq.read(file("1000,20,0,0,100|1000,30,0,0,200"), false);
        assertEquals(List.of("LIMIT where RATE is 0: without a rate packets wait in no queue"), table.leftOut());
        assertEquals("1000,30,0,0,0,jitter", rows(table).getLast());
        table = Theaterq.read(file("1000,20,8000,0,0|1000,30,8000,0,20"), false);
        assertEquals(
                List.of("LIMIT 0 or above 1000000: a queue has a limit here, and the one before stays"),
                table.leftOut());
        assertTrue(table.text().contains("# Left out:\n#   LIMIT 0 or above"), table.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1,2,3;1: expected 5 values (simple format) or 9 (extended), found 3",
                "1,2,3,4,5|1,2,3,4,5,6,7,8,9;2: expected 5 values as above, found 9",
                "0,2,3,4,5;1: '0' is not a whole number from 1",
                "1,2,3,5000000000,5;1: '5000000000' is not a whole number from 0 to 4294967295",
                "1,2,0,4,5|1,2,3,4,5;2: a rate of 0, which is no limit, beside others is not possible here",
                "1,2,3,4,5,6,7,8,1024;1: '1024' is not a whole number from 0 to 1023",
                "1,-2,3,4,5;1: '-2'",
            })
    void aMistakeInATraceOfTheaterqsHasItsLine(String text, String message) throws IOException {
        Path file = file(text);
        String said = assertThrows(SpecException.class, () -> Theaterq.read(file, false))
                .getMessage();
        assertTrue(said.startsWith(file + ":" + message), said);
    }

    @Test
    void phantomlinksRoutesAndBuffers() throws IOException {
        TraceTable table = Phantomlink.read(
                file("Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,70000,41.0,80.0|11000,70000,41.2,80.2|23000,1,37,100"),
                1);
        assertEquals(
                List.of(
                        "time[ms],route,delay[ms],rate[Mbit/s],queue",
                        "0,0,41.0,80.0,820000",
                        "11000,0,41.2,80.2,",
                        "23000,1,37,100,925000"),
                rows(table));
        DirectionSpec played = played(table);
        assertEquals("route,1", played.of(Role.REORDER));
        assertEquals("925000", played.of(Role.QUEUE));
        assertEquals("41.2ms", played.of(Role.DELAY));
        assertEquals("100Mbit/s", played.of(Role.BANDWIDTH));
        assertEquals(
                "5,0,10,8,40000",
                rows(Phantomlink.read(file("RouteID, Time [ms], Btldr [Mbps], Delay [ms]|9,5,8,10"), 2))
                        .getLast());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Time[ms],Delay[ms];1: the column RouteID is missing",
                "Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,1,2;2: expected 4 values, found 3",
                "Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,1,2,3|0,1,2,3;3: the time is not after the one before it",
                "Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,one,2,3;2: 'one' is no number of a route",
                "Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,1,2,0;2: a rate of 0 is not possible here",
                "Time[ms],RouteID,Delay[ms],Btldr[Mbps]|0,1,2,fast;2: 'fast' is not a number",
            })
    void aMistakeInAFileOfPhantomlinksHasItsLine(String text, String message) throws IOException {
        Path file = file(text);
        String said = assertThrows(SpecException.class, () -> Phantomlink.read(file, 1))
                .getMessage();
        assertTrue(said.startsWith(file + ":" + message), said);
    }

    @Test
    void theCommandsPrintTheTableOrOneLineEach() throws IOException {
        String trace = file("1000,20,0,0,100").toString();
        assertEquals(
                new Ran(
                        2,
                        "",
                        "tlem: not possible here: LIMIT where RATE is 0: without a rate packets wait in no queue\n"),
                run("import", "theaterq", trace));
        Ran lenient = run("import", "theaterq", "--lenient", trace);
        assertEquals(0, lenient.status(), lenient.err());
        assertTrue(lenient.out().endsWith("\n0,20,0,0,0,jitter\n"), lenient.out());
        assertEquals(
                new Ran(2, "", "tlem: import phantomlink: " + trace + ":1: the column Time[ms] is missing\n"),
                run("import", "phantomlink", trace));
        for (String line : List.of(
                "import theaterq",
                "import theaterq --fly " + trace,
                "import theaterq nosuch.csv",
                "import theaterq " + Files.writeString(folder.resolve("names.csv"), "time,delay\n"),
                "import phantomlink --buffer-size-multiplier=-1 " + trace)) {
            Ran result = run((Object[]) line.split(" "));
            assertEquals(2, result.status(), line);
            assertEquals("", result.out());
            assertEquals(1, result.err().lines().count(), result.err());
        }
    }
}
