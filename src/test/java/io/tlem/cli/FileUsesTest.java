package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No command writes a file over one that it reads, or over another that it writes; all are left as they were. */
@Isolated // takes the process's outputs
class FileUsesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        Captures.write(folder.resolve("in.pcap"), Captures.random(100, 1));
        for (String copy :
                List.of("in.pcapng", "in.csv", "in.html", "in.json", "in.log", "f.delays.txt", "s.done.gz")) {
            Files.copy(folder.resolve("in.pcap"), folder.resolve(copy));
        }
        Files.createLink(folder.resolve("hard.pcap"), folder.resolve("in.pcap"));
        Files.createSymbolicLink(folder.resolve("soft.pcap"), Path.of("in.pcap"));
        Files.createSymbolicLink(folder.resolve("here"), Path.of("."));
        Files.writeString(folder.resolve("link.yaml"), "both: {delay: 1ms}\n");
        Files.writeString(folder.resolve("set.yaml"), "steps: [{set: {both: {delay: 1ms}}}]\n");
        Files.writeString(folder.resolve("sweep.yaml"), "captures: [in.csv]\n");
        Files.writeString(
                folder.resolve("ping.yaml"),
                "64 bytes from x: icmp_seq=1 ttl=64 time=1 ms\n64 bytes from x: icmp_seq=2 ttl=64 time=2 ms\n");
    }

    private Map<String, byte[]> contents() throws IOException {
        Map<String, byte[]> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "simulate @in.pcap -o @here/in.pcap",
                "simulate @in.pcap -o @hard.pcap",
                "simulate @in.pcap -o @soft.pcap",
                "simulate @in.pcap @in.pcapng -o @new.pcap @here/../new.pcap",
                "simulate @in.pcap @in.pcapng -o @new.pcap @here/new.pcap",
                "simulate @in.pcap -o @new.pcapng --ledger @new.pcapng",
                "simulate @in.pcapng -o @new.pcap --ledger @in.pcapng",
                "simulate @in.pcap -o @new.pcap --ledger @hard.pcap",
                "simulate @in.json -o @new.pcap --report @in.json",
                "simulate @in.log -o @new.pcap --histogram-log @in.log",
                "simulate @in.log -o @new.pcap --junit @here/in.log",
                "simulate @in.pcap -o @new.pcap --junit @new.pcap",
                "simulate @in.pcap -o @new.pcap --report @new.json --ledger @new.json",
                "simulate @in.pcap -o @new.pcap --report @new.json --report @here/new.json",
                "simulate @in.pcap -o @new.pcap --config @link.yaml --junit @link.yaml",
                "simulate @in.pcap -o @new.pcap --scenario @set.yaml --histogram-log @set.yaml",
                "run -i pcap:@in.pcap,write=@here/in.pcap -i pcap:,write=@new.pcap",
                "run -i pcap:@in.pcap,write=@hard.pcap -i pcap:,write=@new.pcap",
                "run -i pcap:@in.pcap -i pcap:,write=@here/in.pcap",
                "run -i pcap:@in.pcap,write=@new.pcap -i pcap:,write=@new.pcap",
                "run -i pcap:@in.pcap -i sink: --record @in.pcap",
                "run -i pcap:@in.pcap -i sink: --ledger @in.pcap",
                "run -i pcap:@in.pcap -i sink: --config @link.yaml --journal @link.yaml",
                "run -i pcap:@in.pcap -i sink: --record @new.pcapng --ledger @new.pcapng",
                "generate pcap:,write=@new.pcap --junit @new.pcap --count 1",
                "receive pcap:@in.log --histogram-log @in.log",
                "demo --duration 1s --histogram-log @new --junit @new",
                "fit @in.pcap @in.pcapng -o @hard.pcap",
                "fit @in.pcap @f.delays.txt -o @f.yaml",
                "fit @in.html @in.pcap -o @f.yaml --report @in.html",
                "fit @in.pcap @in.pcapng -o @f.html --report @f.html",
                "fit --ping @ping.yaml -o @ping.yaml",
                "sweep @sweep.yaml -o @in",
            })
    void isRefusedAndNothingIsWritten(String line) throws IOException {
        Map<String, byte[]> before = contents();
        List<Object> words =
                new ArrayList<>(List.of(line.replace("@", folder + "/").split(" ")));
        Ran refused = run(words.toArray()).expect(2);
        assertTrue(refused.err().contains(": is the same file as "), refused.err());
        assertEquals(1, refused.err().lines().count(), refused.err());
        Map<String, byte[]> after = contents();
        assertEquals(before.keySet(), after.keySet());
        before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
    }

    @Test
    void whatIsNoFileOfTheDiskHasRoomForSeveral() {
        run(
                        "simulate",
                        folder.resolve("in.pcap"),
                        folder.resolve("in.pcap"),
                        "-o",
                        folder.resolve("new.pcap"),
                        "--histogram-log",
                        "/dev/null",
                        "--junit",
                        "/dev/null")
                .expect(0);
    }
}
