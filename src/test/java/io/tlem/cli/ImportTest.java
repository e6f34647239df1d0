package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Annotator;
import io.tlem.impair.LinkModels;
import io.tlem.impair.LossModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import io.tlem.spec.importer.Dummynet;
import io.tlem.spec.importer.Imported;
import io.tlem.spec.importer.Tables;
import io.tlem.spec.importer.TcScript;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of tc and of dummynet, those of their manual pages among them, become configurations that are accepted. */
@Isolated // takes the process's standard output
class ImportTest {
    private static final String ROOT = "tc qdisc add dev eth0 root netem ";
    private static final String PIPE = "ipfw pipe 1 config ";
    private static final Tables NO_TABLES = new Tables(List.of(Path.of("/nonexistent")));

    @TempDir
    Path folder;

    /** The keys and values of the direction and of the whole, without comments: {@code delay=1ms loss=1%}. */
    private static String values(Imported imported) {
        String text = imported.text("a-to-b");
        LinkSpec ignored = SpecReader.parse("imported", text, Path.of(""));
        List<String> values = new ArrayList<>();
        text.lines()
                .filter(line -> !line.isBlank() && !line.strip().startsWith("#") && !line.startsWith("a-to-b:"))
                .forEach(line -> values.add(line.strip().replace(": ", "=")));
        return String.join(" ", values);
    }

    private static Imported tc(String line) {
        return one(TcScript.read(List.of(line), NO_TABLES));
    }

    private static Imported dummynet(String line) {
        return one(Dummynet.read(List.of(line)));
    }

    private static Imported one(List<Imported> directions) {
        assertEquals(1, directions.size());
        return directions.get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Those of the manual page.
                "delay 100ms | delay=100ms",
                "delay 100ms 10ms 25% | delay=netem,100ms,10ms,25% reorder=jitter",
                "delay 100ms 20ms distribution normal | delay=normal,100ms,20ms reorder=jitter",
                "loss 0.1% | loss=0.1%",
                "duplicate 1% | duplicate=1%",
                "loss 0.3% 25% | loss=random,0.3%,25%",
                "gap 5 delay 10ms | delay=10ms reorder=gap,5",
                "delay 10ms reorder 25% 50% | delay=10ms reorder=gap,1,25%,50%",
                "delay 10ms reorder 25% 50% gap 5 | delay=10ms reorder=gap,5,25%,50%",
                "delay 100ms 75ms | delay=netem,100ms,75ms reorder=jitter",
                "rate 5kbit 20 100 5 | queue=packets,1000 bandwidth=netem,5k,20,100,5",
                "delay 200us slot 800us 10ms bytes 64k packets 42 | "
                        + "queue=packets,1000 bandwidth=slots,800us,10ms,packets=42,bytes=64k delay=200us order=delay-first",
                "delay 200us slot 800us 10ms packets 42 bytes 64k limit 512 | "
                        + "queue=packets,512 bandwidth=slots,800us,10ms,packets=42,bytes=64k delay=200us order=delay-first",
                "delay 20ms rate 200mbit limit 10000 | queue=packets,10000 bandwidth=200M delay=20ms order=delay-first",
                // Delays: a bare number is microseconds.
                "delay 100 | delay=100us",
                "delay 1.5s | delay=1.5s",
                "delay 1500us | delay=1.5ms",
                "delay 100MSEC | delay=100ms",
                "delay 0.5msec | delay=500us",
                "delay 12nsecs | delay=12ns",
                "delay 1e2ms | delay=100ms",
                "delay 0 | ''",
                "delay 0 5ms | delay=netem,0,5ms reorder=jitter",
                "latency 1s | delay=1s",
                "delay 20ms 5ms distribution uniform | delay=netem,20ms,5ms reorder=jitter",
                "delay 20ms 5ms distribution paretonormal | delay=paretonormal,20ms,5ms reorder=jitter",
                // Abbreviations as tc takes them.
                "d 5ms | delay=5ms",
                "lo 1 | loss=1%",
                "l 7 r 1mbit | refused: '1mbit' is not a percentage as tc has it for reorder",
                "ra 1mbit l 7 | queue=packets,7 bandwidth=1M",
                "drop 2 | loss=2%",
                // Losses.
                "loss random 1 | loss=1%",
                "loss 0% | ''",
                "loss 0% 25% | ''",
                "loss state 1% | loss=state,1%",
                "loss state 1% 20% 10% 50% 0.1% | loss=state,1%,20%,10%,50%,0.1%",
                "loss gemodel 1% | loss=gemodel,1%",
                "loss gemodel 1% 10% 70% 0.1% | loss=gemodel,1%,10%,70%,0.1%",
                "loss gemodel 1% 10% limit 5 rate 8bit | loss=gemodel,1%,10% queue=packets,5 bandwidth=8",
                // Rates: bps is bytes a second.
                "rate 1mbps | queue=packets,1000 bandwidth=8M",
                "rate 1kibit | queue=packets,1000 bandwidth=1024",
                "rate 10Mbit | queue=packets,1000 bandwidth=10M",
                "rate 1000000 | queue=packets,1000 bandwidth=1M",
                "rate 1.5gbit | queue=packets,1000 bandwidth=1500M",
                "rate 8mbit -14 48 5 | queue=packets,1000 bandwidth=netem,8M,-14,48,5",
                "rate 8mbit 0 0x30 | queue=packets,1000 bandwidth=netem,8M,0,48",
                "rate 8mbit 010 | queue=packets,1000 bandwidth=netem,8M,8",
                "rate 7bit | ''",
                "rate 1mbit limit 1k | queue=packets,1024 bandwidth=1M",
                "rate 1mbit delay 10ms 5ms | queue=packets,1000 bandwidth=1M delay=netem,10ms,5ms order=delay-first",
                // Slots.
                "slot 10ms | queue=packets,1000 bandwidth=slots,10ms",
                "slot 0 | ''",
                "slot 10 200 packets 2000 bytes 9000 | "
                        + "queue=packets,1000 bandwidth=slots,10ns,200ns,packets=2000,bytes=9000",
                "rate 80mbit delay 20ms 2ms reorder 0.5% | queue=packets,1000 bandwidth=80M delay=netem,20ms,2ms"
                        + " order=delay-first reorder=gap,1,0.5%",
                // All the rest.
                "duplicate 1% 25% | duplicate=random,1%,25%",
                "corrupt 0.1% | corrupt=0.1%",
                "corrupt 0.1% 0 | corrupt=0.1%",
                "corrupt 1% 5% | corrupt=1%,correlation=5%",
                "loss 1% ecn | loss=random,1%,ecn=on",
                "loss random 1% 25% ecn | loss=random,1%,25%,ecn=on",
                "ecn loss gemodel 1% 10% | loss=gemodel,1%,10%,ecn=on",
                "loss state 1% ecn | loss=state,1%,ecn=on",
                "reorder 0 | ''",
                "seed 42 loss 1 | loss=1% seed=42",
                "seed 15392644102542209689 | seed='-3054099971167341927'",
                "seed 18446744073709551615 | seed='-1'",
                "seed -7 | seed='-7'",
                "'' | ''"
            })
    void aNetemBecomes(String options, String expected) {
        if (expected.startsWith("refused")) {
            ConfigException e = assertThrows(ConfigException.class, () -> tc(ROOT + options));
            assertTrue(e.getMessage().contains(expected.substring(9)), e.getMessage());
            return;
        }
        Imported imported = tc(ROOT + options);
        assertEquals(List.of(), imported.leftOut());
        assertEquals(expected, values(imported));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tc qdisc change dev eth0 parent 1:1 handle 10: netem delay 1ms",
                "sudo tc -n blue qdisc replace dev eth0 root netem delay 1ms",
                "ip netns exec blue tc qdisc add dev eth0 root netem delay 1ms",
                "/sbin/tc q a dev eth0 root netem delay 1ms",
                "qdisc add dev eth0 root netem delay 1ms",
                "netem delay 1ms",
                "tc qdisc add dev eth0 root \\\n  netem delay \\\n 1ms",
                "tc qdisc add dev eth0 root estimator 1s 8s netem delay 1ms",
                "qdisc netem 8001: dev eth0 root refcnt 2 limit 1000 delay 1ms",
                "tc -net blue qdisc add dev eth0 root netem delay 1ms",
                "tc -netns blue -s -det q ad dev eth0 root est 1s 8s netem delay 1ms",
                "tc -force qdisc replace dev eth0 root netem delay 1ms # slow",
                "sudo -n tc qdisc add dev eth0 root netem delay 1ms",
                "sudo -u root -E /usr/sbin/tc qdisc add dev eth0 root netem delay 1ms",
                "nsenter -t 1234 -n tc qdisc add dev eth0 root netem delay 1ms",
                "nsenter --net=/run/netns/x -- tc qdisc add dev eth0 root netem delay 1ms",
                "docker exec web tc qdisc add dev eth0 root netem delay 1ms",
                "docker exec --privileged tc tc qdisc add dev eth0 root netem delay 1ms",
                "kubectl exec pod -c main -- tc qdisc add dev eth0 root netem delay 1ms",
                "ip -n blue netns exec blue tc qdisc add dev eth0 root netem delay 1ms",
                "env LC_ALL=C tc qdisc add dev eth0 root netem delay 1ms",
                "tc qdisc add dev eth0 root netem delay 1ms 2>/dev/null || true",
                "tc qdisc netem 8001: dev eth0 root refcnt 2 limit 1000 delay 1ms Sent 0 bytes 0 pkt",
                "qdisc netem 8001: parent 1:1 limit 1000 delay 1.0ms"
            })
    void whatStandsBeforeNetemIsUnderstood(String line) {
        assertEquals("delay=1ms", values(tc(line)));
        assertEquals("delay=1ms", values(one(TcScript.read(List.of(line.split(" ")), NO_TABLES))));
    }

    /** In a script there are other commands, which are named; nothing of it is run, and what has no value is no number. */
    @Test
    void aScriptBecomesALink() {
        Imported imported = tc("""
                #!/bin/sh
                # A slow line.
                set -e
                DEV=eth0; DELAY="20ms 2ms"
                RATE=80mbit
                modprobe sch_netem
                tc qdisc del dev $DEV root 2>/dev/null || true
                tc qdisc add dev ${DEV} root handle 1: netem \\
                    rate $RATE delay $DELAY \\
                    reorder '0.5%'   # 1 in 200
                tc filter add dev $DEV parent 1: protocol ip u32 match ip dst 10.0.0.1 flowid 1:1
                sh -c "tc qdisc show dev $DEV"
                """);
        assertEquals(
                "queue=packets,1000 bandwidth=80M delay=netem,20ms,2ms order=delay-first reorder=gap,1,0.5%",
                values(imported));
        String text = imported.text("both");
        assertTrue(text.contains("# Not read: modprobe sch_netem\n"), text);
        assertTrue(text.contains("# Not read: tc filter add dev eth0 parent 1:"), text);
        ConfigException e =
                assertThrows(ConfigException.class, () -> tc("tc qdisc add dev $1 root netem delay $2\ntc qdisc show"));
        assertTrue(e.getMessage().contains("'$2' is not a time"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // netem in tbf, tbf in netem, as manual pages have them.
                "tc qdisc add dev e root handle 1: tbf rate 1mbit burst 32kbit latency 400ms;"
                        + "tc qdisc add dev e parent 1:1 handle 10: netem delay 100ms |"
                        + " queue=packets,1000 bandwidth=tbf,1M,4k delay=100ms order=delay-first",
                "tc qdisc add dev e root handle 1:0 netem delay 100ms;"
                        + "tc qdisc add dev e parent 1:1 handle 10: tbf rate 256kbit buffer 1600 limit 3000 |"
                        + " queue=3000 bandwidth=tbf,256k,1600 delay=100ms",
                "tc qdisc add dev e root handle 1: netem delay 100ms loss 1%;"
                        + "tc qdisc add dev e parent 1: handle 2: tbf rate 1mbit burst 32kbit latency 400ms |"
                        + " loss=1% queue=54096 bandwidth=tbf,1M,4k delay=100ms",
                // htb: what the class may send when nobody else does.
                "tc qdisc add dev e root handle 1: htb default 10;"
                        + "tc class add dev e parent 1: classid 1:1 htb rate 10mbit;"
                        + "tc class add dev e parent 1:1 classid 1:10 htb rate 1mbit ceil 5mbit burst 15k;"
                        + "tc qdisc add dev e parent 1:10 handle 10: netem delay 5ms |"
                        + " queue=packets,1000 bandwidth=tbf,5M,15k delay=5ms order=delay-first",
                "tc qdisc add dev e root handle 1: htb;tc class add dev e parent 1: classid 1:a htb rate 2mbit ceil 9mbit;"
                        + "tc qdisc add dev e parent 1:0a netem limit 5 | queue=packets,5 bandwidth=2M",
                // As tc shows them, with statistics.
                "qdisc tbf 1: dev e root refcnt 2 rate 1Mbit burst 4Kb lat 400ms ; Sent 0 bytes 0 pkt (dropped 0);"
                        + " backlog 0b 0p requeues 0;qdisc netem 10: dev e parent 1:1 limit 1000 delay 100ms;"
                        + " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0); backlog 0b 0p requeues 0 |"
                        + " queue=packets,1000 bandwidth=tbf,1M,4k delay=100ms order=delay-first",
                "qdisc htb 1: dev e root refcnt 2 r2q 10 default 0x10 direct_packets_stat 0 direct_qlen 1000;"
                        + "qdisc netem 10: dev e parent 1:10 limit 1000 loss 1%;"
                        + "class htb 1:10 root leaf 10: prio 0 rate 100Mbit ceil 100Mbit burst 1600b cburst 1600b;"
                        + " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0); lended: 0 borrowed: 0 giants: 0;"
                        + " tokens: 1920000 ctokens: 40000 | loss=1% queue=packets,1000 bandwidth=100M",
                // Changes, and others beside it.
                "tc qdisc add dev e root netem delay 1ms;tc qdisc change dev e root netem delay 2ms | delay=2ms",
                "qdisc noqueue 0: dev lo root refcnt 2;qdisc netem 1: dev e root limit 1000 delay 1ms | delay=1ms",
                "tc qdisc add dev e root handle 1: prio;tc qdisc add dev e parent 1:3 netem delay 3ms | delay=3ms",
                // JSON.
                "[{\"kind\":\"netem\",\"handle\":\"8001:\",\"dev\":\"e\",\"root\":true,\"refcnt\":2,\"options\":{\"limit\":7,"
                        + "\"delay\":{\"delay\":0.1,\"jitter\":0.01,\"correlation\":0.25},"
                        + "\"loss-random\":{\"loss\":0.003,\"correlation\":0.25},"
                        + "\"duplicate\":{\"duplicate\":0.01,\"correlation\":0},"
                        + "\"reorder\":{\"reorder\":0.25,\"correlation\":0.5},"
                        + "\"corrupt\":{\"corrupt\":0.001,\"correlation\":0},"
                        + "\"rate\":{\"rate\":625,\"packetoverhead\":20,\"cellsize\":100,\"celloverhead\":5},"
                        + "\"ecn\":false,\"gap\":5}}] | loss=random,0.3%,25% queue=packets,7"
                        + " bandwidth=netem,5k,20,100,5 corrupt=0.1% delay=netem,100ms,10ms,25% order=delay-first"
                        + " reorder=gap,5,25%,50% duplicate=1%",
                "[{\"kind\":\"tbf\",\"handle\":\"1:\",\"dev\":\"e\",\"root\":true,\"refcnt\":2,"
                        + "\"options\":{\"rate\":125000,\"burst\":4096,\"lat\":400000}},"
                        + "{\"kind\":\"netem\",\"handle\":\"2:\",\"dev\":\"e\",\"parent\":\"1:1\",\"options\":{\"limit\":1000,"
                        + "\"loss-gemodel\":{\"p\":0.01,\"r\":0.1,\"1-h\":0.7,\"1-k\":0.001},"
                        + "\"slot\":{\"min-delay\":0,\"max-delay\":0},\"ecn\":true,\"gap\":0}}] |"
                        + " loss=gemodel,1%,10%,70%,0.1%,ecn=on queue=packets,1000 bandwidth=tbf,1M,4k"
            })
    void whatSeveralLinesSayBecomesOneLink(String lines, String expected) {
        Imported imported = tc(lines.replace(";", "\n"));
        assertEquals(List.of(), imported.leftOut());
        assertEquals(expected, values(imported));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tc qdisc add dev a root netem;tc qdisc add dev b root netem;tc qdisc add dev c root netem | a, b, c",
                "tc qdisc add dev e parent 1:1 netem;tc qdisc add dev e parent 1:2 netem | e has several netem",
                "tc qdisc add dev e root tbf rate 1mbit;tc qdisc show | there is no netem",
                "tc qdisc add dev e root netem;tc qdisc del dev e root | there is no netem",
                "tc qdisc add dev e root handle 1: tbf burst 5k;tc qdisc add dev e parent 1: netem | tbf needs rate",
                "[{\"kind\":\"netem\"}] | the JSON is not that of tc",
                "[{\"kind\": | not YAML",
                "[] | there is no netem"
            })
    void whatIsNotOneLinkIsRefused(String lines, String message) {
        ConfigException e =
                assertThrows(ConfigException.class, () -> TcScript.read(List.of(lines.replace(";", "\n")), NO_TABLES));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void twoDevicesAndTwoPipesAreTwoDirections() {
        Ran result = run(
                "import",
                "tc",
                "tc qdisc add dev eth0 root netem delay 1ms seed 5",
                "tc qdisc add dev eth1 root netem delay 2ms");
        assertEquals(0, result.status(), result.err());
        assertTrue(result.out().contains("# What leaves eth0.\n"), result.out());
        assertTrue(result.out().contains("\na-to-b:\n  delay: 1ms\n"), result.out());
        assertTrue(result.out().contains("\nb-to-a:\n  delay: 2ms\n"), result.out());
        LinkSpec ignored = SpecReader.parse("imported", result.out(), Path.of(""));
        result = run(
                "import",
                "dnctl",
                "ipfw -q pipe 1 config delay 1\nipfw add 1 pipe 1 ip from any to any\nipfw pipe 2 config delay 2");
        assertEquals(0, result.status(), result.err());
        assertTrue(result.out().contains("\na-to-b:\n  delay: 1ms\n"), result.out());
        assertTrue(result.out().contains("\nb-to-a:\n  delay: 2ms\n"), result.out());
        assertTrue(result.out().contains("# Not read: ipfw add 1 pipe 1"), result.out());
        assertEquals(
                2,
                run("import", "tc", "--direction=both", "tc qdisc add dev a root netem\ntc qdisc add dev b root netem")
                        .status());
    }

    @Test
    void standardInputIsRead() {
        InputStream in = System.in;
        try {
            System.setIn(new ByteArrayInputStream(
                    "tc qdisc add dev eth0 root netem delay 3ms # a comment\n".getBytes(StandardCharsets.UTF_8)));
            assertTrue(run("import", "tc", "-").out().contains("  delay: 3ms\n"));
            System.setIn(new ByteArrayInputStream("ipfw pipe 1 config delay 4\n".getBytes(StandardCharsets.UTF_8)));
            assertTrue(run("import", "dnctl", "-").out().contains("  delay: 4ms\n"));
            System.setIn(new ByteArrayInputStream(new byte[1 << 20]));
            assertEquals(2, run("import", "tc", "-").status());
        } finally {
            System.setIn(in);
        }
    }

    /** 2000 packets at 73 Mbit/s through 80 Mbit/s: none overtakes but those that are sent early, 0.5 %. */
    @Test
    void withARateNetemKeepsOrder() throws IOException {
        Path file = Files.writeString(
                folder.resolve("link.yaml"),
                tc(ROOT + "rate 80mbit delay 20ms 2ms reorder 0.5% seed 4").text("both"));
        LinkSpec spec = Configured.of("--config=" + file);
        Annotator annotator = new Annotator(LinkModels.of(
                spec.direction(0).models(),
                new RandomStreams(spec.find(Setting.SEED).orElseThrow(), 0)));
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        PacketContext packet = new PacketContext();
        long last = Long.MIN_VALUE;
        int overtakes = 0;
        for (int i = 0; i < 2000; i++) {
            packet.reset(memory, 0, 1000, i * 110_000L);
            assertTrue(annotator.decide(packet).leaves());
            boolean early = packet.releaseNanos() < last;
            assertTrue(!early || packet.releaseNanos() == packet.arrivalNanos(), "packet " + i);
            overtakes += early ? 1 : 0;
            last = Math.max(last, packet.releaseNanos());
        }
        assertTrue(overtakes > 0 && overtakes < 20, overtakes + " of 2000");
    }

    /** The figure is that of the model, which is netem's recursion. */
    @Test
    void whatCorrelatedLossReallyLosesIsSaid() {
        String text = tc(ROOT + "loss 20% 75%").text("both");
        assertTrue(text.contains("netem's correlation makes it 0.11%."), text);
        LossModel loss = Models.loss("random,20%,75%", new RandomStreams(77, 0));
        int lost = 0;
        for (int i = 0; i < 1_000_000; i++) {
            lost += loss.loses(new PacketContext()) ? 1 : 0;
        }
        assertEquals(1100, lost, 200);
        for (String option : List.of("duplicate 20% 75%", "corrupt 20% 75%", "delay 1ms reorder 20% 75%")) {
            assertTrue(tc(ROOT + option).text("both").contains("makes it 0.11%."), option);
        }
        assertTrue(!tc(ROOT + "loss 20%").text("both").contains("correlation"));
        assertTrue(tc(ROOT + "loss 1% 90%").text("both").contains("none of a million"));
    }

    /** iproute2 6.8 and older read microseconds, later ones nanoseconds. */
    @Test
    void aBareDelayIsNoted() {
        String text = tc(ROOT + "delay 100 20").text("both");
        assertTrue(text.contains("# delay 100: a bare number is us up to iproute2 6.8"), text);
        assertTrue(text.contains("# delay 20: a bare number"), text);
        assertTrue(!tc(ROOT + "delay 100us 0").text("both").contains("bare"));
    }

    @Test
    void tablesAreFoundWhereSystemsHaveThem() throws IOException {
        Path debian = Files.createDirectories(folder.resolve("usr/lib/x86_64-linux-gnu/tc"));
        Path given = Files.createDirectories(folder.resolve("given"));
        Files.writeString(debian.resolve("pareto.dist"), "-100 0 100 8192\n");
        Files.writeString(debian.resolve("normal.dist"), "-100 0 100 8192\n");
        Files.writeString(given.resolve("normal.dist"), "-100 0 100 8192\n");
        Tables tables = Tables.ofSystem(folder, given.toString());
        for (Map.Entry<String, Path> expected :
                Map.of("pareto", debian, "normal", given).entrySet()) {
            Imported imported =
                    one(TcScript.read(List.of(ROOT + "delay 20ms 5ms distribution " + expected.getKey()), tables));
            assertEquals(List.of(), imported.leftOut());
            Path file = expected.getValue().resolve(expected.getKey() + ".dist");
            assertTrue(values(imported).contains("table=" + file), values(imported));
        }
        Files.createDirectories(folder.resolve("usr/lib64/tc"));
        Files.writeString(folder.resolve("usr/lib64/tc/experimental.dist"), "1 2 3\n");
        assertEquals(
                List.of(),
                one(TcScript.read(
                                List.of(ROOT + "delay 20ms 5ms distribution experimental"),
                                Tables.ofSystem(folder, "")))
                        .leftOut());
    }

    @Test
    void whatTcShowsIsUnderstood() {
        assertEquals(
                "loss=state,1%,99%,0%,100%,0% queue=packets,7 bandwidth=netem,5k,20,100,5 corrupt=0.1%"
                        + " delay=netem,100ms,10ms,25% order=delay-first reorder=gap,5,25%,50% duplicate=1% seed=9",
                values(tc("qdisc netem 1: root refcnt 2 limit 7 delay 100ms  10ms 25% loss state p13 1% p31 99% p32 0%"
                        + " p23 100% p14 0% duplicate 1% reorder 25% 50% corrupt 0.1% rate 5Kbit packetoverhead 20"
                        + " cellsize 100 celloverhead 5 seed 9 gap 5")));
    }

    @Test
    void tcsTablesAreUsedWhereTheyAre() throws IOException {
        Files.writeString(folder.resolve("pareto.dist"), "# table\n-100 0 100 8192\n");
        Imported imported = one(
                TcScript.read(List.of(ROOT + "delay 20ms 5ms 10% distribution pareto"), new Tables(List.of(folder))));
        assertEquals(List.of(), imported.leftOut());
        assertEquals(
                "delay=netem,20ms,5ms,10%,table=" + folder.resolve("pareto.dist") + " reorder=jitter",
                values(imported).replace("'", ""));
    }

    @Test
    void slotsHaveTablesToo() throws IOException {
        Files.writeString(folder.resolve("pareto.dist"), "# table\n-100 0 100 8192\n");
        Imported imported = one(TcScript.read(
                List.of(ROOT + "slot distribution pareto 1ms 100us packets 7"), new Tables(List.of(folder))));
        assertEquals(List.of(), imported.leftOut());
        assertEquals(
                "queue=packets,1000 bandwidth=slot-table,1ms,100us," + folder.resolve("pareto.dist") + ",packets=7",
                values(imported).replace("'", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delay 20ms 3ms distribution pareto | distribution pareto: there is no pareto.dist in /nonexistent; |"
                        + " delay=netem,20ms,3ms reorder=jitter",
                "delay 20ms 3ms 5% distribution normal | the correlation of delay 20ms 3ms 5% | "
                        + "delay=normal,20ms,3ms reorder=jitter",
                "rate 50% | rate 50%: the speed of the device | ''",
                "rate 1mbit slot 10ms | slot 10ms: a link has a rate or slots | queue=packets,1000 bandwidth=1M",
                "delay 10ms 1ms slot 10ms | slot 10ms: a jitter | delay=netem,10ms,1ms reorder=jitter",
                "slot distribution normal 10ms 1ms packets 3 | slot distribution normal 10ms 1ms packets 3: there is no | ''",
                "rate 1mbit 5000 | rate 1mbit 5000: | ''",
                "rate 1mbit 0 48 -5 | rate 1mbit 0 48 -5: | ''",
                "rate 1mbit limit 2000000 | limit 2000000: '2000000' is not a whole number from 1 | bandwidth=1M",
                "limit 0 | limit 0: | ''",
                "delay 2h | refused | ",
                "delay 5000s | delay 5000s: | ''",
                "delay 10s 3s | delay 10s 3s: a jitter of 3000000000 ns | ''",
                "delay 1ms reorder 1% gap 9999999 | reorder 1% gap 9999999: | delay=1ms"
            })
    void whatNetemHasAndTheEmulatorHasNotIsNamed(String options, String named, String rest) {
        if (named.equals("refused")) {
            assertThrows(ConfigException.class, () -> tc(ROOT + options));
            return;
        }
        Imported imported = tc(ROOT + options);
        assertEquals(1, imported.leftOut().size(), imported.leftOut().toString());
        assertTrue(
                imported.leftOut().get(0).startsWith(named), imported.leftOut().toString());
        assertTrue(imported.text("both").contains("#   " + named), imported.text("both"));
        assertEquals(rest, values(imported));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delay 20ms lossy 1% | unknown word 'lossy'; did you mean 'loss'?",
                "delay 100xs | '100xs' is not a time",
                "delay | nothing follows delay",
                "delay -5ms | '-5ms' is not a time",
                "delay nan | 'nan' is not a time",
                "delay 1ms delay 2ms | delay is given twice",
                "latency 1ms delay 2ms | delay is given twice",
                "delay 1ms 2ms 3% 4 | unknown word '4'",
                "loss 101% | loss 101% is above 100%",
                "loss often | unknown word 'often'",
                "loss 1%% | '1%%' is not a percentage",
                "loss 1% drop 2% | loss is given twice",
                "reorder 25% | reorder needs a delay",
                "delay 1ms distribution normal | distribution needs a delay and a jitter",
                "ecn | ecn needs a loss",
                "rate 1mbyte | '1mbyte' is not a rate",
                "gap -1 | gap -1 is negative",
                "gap 08 | '08' is not a whole number",
                "slot | nothing follows slot",
                "slot 10ms 5ms | slot's largest delay is below",
                "limit 1e999 | '1e999' is not a number",
                "seed 18446744073709551616 | '18446744073709551616' is not a whole number",
                "seed -9223372036854775809 | '-9223372036854775809' is not a whole number",
                "rate 1mbit 'limit 7 | the quote ' is not closed"
            })
    void whatTcWouldNotTakeIsRefused(String options, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> tc(ROOT + options));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tc qdisc del dev eth0 root | unknown word 'del'",
                "tc qdisc add dev eth0 root tbf rate 1mbit | 'tbf' where netem was expected",
                "tc qdisc add dev eth0 ingress | 'ingress' where netem was expected",
                "tc qdisc add dev eth0 root | there is no netem in the line",
                "tc class add dev eth0 | there is no netem in the line",
                "tc qdisc add dev | nothing follows dev",
                "ip link set eth0 up | 'ip link set eth0 up' is no command of tc",
                "sudo reboot | 'sudo reboot' is no command of tc",
                "'' | nothing follows tc"
            })
    void whatIsNotNetemIsRefused(String line, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> tc(line));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Those of the manual page.
                "bw 300Kbit/s | queue=packets,51 bandwidth=netem,300k,-14",
                "bw 300Kbit/s queue 50KBytes | queue=50k bandwidth=netem,300k,-14",
                "bw 500Kbit/s queue 30KB delay 12ms plr 0.02 | "
                        + "loss=0.02 queue=30k bandwidth=netem,500k,-14 delay=12ms",
                "delay 250ms bw 1Mbit/s | queue=packets,51 bandwidth=netem,1M,-14 delay=250ms",
                // Bandwidths: a capital B is bytes unless it is Bit.
                "bandwidth 10Mbit/s | queue=packets,51 bandwidth=netem,10M,-14",
                "bw 10MBit/s | queue=packets,51 bandwidth=netem,10M,-14",
                "bw 10MBit | queue=packets,51 bandwidth=netem,10M,-14",
                "bw 512Kbit/sec | queue=packets,51 bandwidth=netem,512k,-14",
                "bw 128kb/s | queue=packets,51 bandwidth=netem,128k,-14",
                "bw 128KB/s | queue=packets,51 bandwidth=netem,1024k,-14",
                "bw 10Mbps | queue=packets,51 bandwidth=netem,10M,-14",
                "bw 10MBps | queue=packets,51 bandwidth=netem,80M,-14",
                "bw 10Mbits # fast | queue=packets,51 bandwidth=netem,10M,-14",
                "bw 1MByte/s | queue=packets,51 bandwidth=netem,8M,-14",
                "bw 1Mbytes | queue=packets,51 bandwidth=netem,8M,-14",
                "bw 1GB | queue=packets,51 bandwidth=netem,8G,-14",
                "bw 1000000 | queue=packets,51 bandwidth=netem,1M,-14",
                "bw 0x10k | queue=packets,51 bandwidth=netem,16k,-14",
                "bw 0 | ''",
                "bw 0 queue 10 | ''",
                // The rest.
                "delay 50 | delay=50ms",
                "delay 0 | ''",
                "plr 0 | ''",
                "plr 1 | loss=1",
                "plr .05 | loss=0.05",
                "plr 0.001,0.01,.7,1e-1 | loss=dummynet,0.001,0.01,0.7,0.1",
                "bw 1M queue 100 | queue=packets,101 bandwidth=netem,1M,-14",
                "bw 1M queue 0 | queue=packets,51 bandwidth=netem,1M,-14",
                "bw 1M queue 3000B | queue=3000 bandwidth=netem,1M,-14",
                "bw 1M queue 64bytes | queue=64 bandwidth=netem,1M,-14",
                "bw 1M red 0.002/5/15/0.1 | queue=red,51,5,15,0.1,0.002,packets bandwidth=netem,1M,-14",
                "bw 1M queue 30KB gred 0.002/5K/15Kbytes/0.1 ecn | "
                        + "queue=gred,30k,5k,15k,0.1,0.002,ecn=all,longest=1500 bandwidth=netem,1M,-14",
                "bw 1M codel | queue=codel,51 bandwidth=netem,1M,-14",
                "bw 1M queue 100 codel target 5ms interval 100 ecn | "
                        + "queue=codel,101,target=5ms,interval=100ms,ecn=on bandwidth=netem,1M,-14",
                "bw 1M pie target 20 tupdate 15ms alpha 0.125 beta 1.25 max_burst 150 max_ecnth 0.1 noecn capdrop derand ts | "
                        + "queue=pie,51,target=20ms,update=15ms,alpha=0.125,beta=1.25,burst=150ms bandwidth=netem,1M,-14",
                "red 0.002/5/15/0.1 | ''",
                "bw 1M burst 15k | queue=packets,51 bandwidth=tbf,1M,15k",
                "burst 15k | ''",
                "bw 1M buckets 64 noerror droptail type fifo weight 5 | queue=packets,51 bandwidth=netem,1M,-14",
                "profile wifi.profile | queue=packets,51 bandwidth=profile,0,wifi.profile",
                "bw 1M profile wifi.profile | queue=packets,51 bandwidth=profile,1M,wifi.profile",
                "BW 1M Delay 5 | queue=packets,51 bandwidth=netem,1M,-14 delay=5ms"
            })
    void aPipeBecomes(String options, String expected) {
        Imported imported = dummynet(PIPE + options);
        assertEquals(List.of(), imported.leftOut());
        if (options.contains("profile")) { // which is not there, so that the file cannot be judged
            assertTrue(imported.text("both").contains("the file is not here now"), imported.text("both"));
            assertTrue(imported.text("both").contains(expected.substring(expected.indexOf("profile,"))));
        } else {
            assertEquals(expected, values(imported));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dnctl pipe 1 config delay 1",
                "sudo dnctl -q pipe 1 config delay 1",
                "/sbin/ipfw pipe 1 config delay 1ms",
                "ipfw pipe config 1 delay 1",
                "ipfw pipe 1 conf delay 1",
                "ipfw -qf pipe 1 config delay 1",
                "sudo -n ipfw -q -f pipe 1 config delay 1",
                "/sbin/ipfw -qp m4 pip 1 config delay 1 # slow",
                "jexec 3 ipfw pipe 1 config delay 1",
                "pipe 1 config delay 1"
            })
    void whatStandsBeforeAPipesOptionsIsUnderstood(String line) {
        assertEquals("delay=1ms", values(dummynet(line)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bw 1M queue 30KB codel | codel: a queue in bytes",
                "bw 1M pie nocapdrop | nocapdrop: pie is as in RFC 8033",
                "bw 1M pie max_ecnth 0.2 | max_ecnth 0.2: pie",
                "bw 1M red 2/5/15/0.1 | red 2/5/15/0.1: ",
                "bw 1M red 0.002/15/5/0.1 | red 0.002/15/5/0.1: max, 5, must be above",
                "type fq_codel target 5ms quantum 300 limit 1000 flows 64 | type fq_codel target 5ms",
                "mask all | mask all: ",
                "mask src-ip 0xffffffff dst-port 0xffff | mask src-ip 0xffffffff dst-port 0xffff: ",
                "sched_mask proto 0xff | sched_mask proto 0xff: ",
                "bw tun0 | bw tun0: a device",
                "bw 1M queue 1000000 | queue 1000000: ",
                "bw 100T | refused | ",
                "bw 99999G | bw 99999G: ",
                "profile x burst 10k | burst 10k: "
            })
    void whatDummynetHasAndTheEmulatorHasNotIsNamed(String options, String named) {
        if (named.startsWith("refused")) {
            assertThrows(ConfigException.class, () -> dummynet(PIPE + options));
            return;
        }
        Imported imported = dummynet(PIPE + options);
        assertEquals(1, imported.leftOut().size(), imported.leftOut().toString());
        assertTrue(
                imported.leftOut().get(0).startsWith(named), imported.leftOut().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dealy 5 | unknown word 'dealy'; did you mean 'delay'?",
                "delay 10001 | delay 10001 is not 0 to 10000 ms",
                "delay 1.5 | '1.5' is not a delay",
                "delay fast | 'fast' is not a delay",
                "bw 1.5Mbit/s | '1.5Mbit/s' is not a bandwidth",
                "bw 10 Mbit/s | unknown word 'Mbit/s'",
                "bw | nothing follows bw",
                "bw 1M bandwidth 2M | bw is given twice",
                "plr 5 | plr 5 is not from 0 to 1",
                "plr 1% | '1%' is not a loss rate",
                "plr 0.1,0.2 | plr 0.1,0.2 is neither a loss rate nor K,p,H,r",
                "plr 0.1,0.2,0.3,4 | plr 4 is not from 0 to 1",
                "plr 0.1,,0.2,0.3 | '' is not a loss rate",
                "queue 5MBytes | '5MBytes' is not a queue",
                "queue -5 | '-5' is not a queue",
                "mask | nothing follows mask",
                "mask delay 5 | unknown word 'delay'",
                "mask src-ip | nothing follows src-ip",
                "red 0.002/5/15 | '0.002/5/15' is not w_q/min_th/max_th/max_p",
                "ecn | ecn needs red or gred",
                "codel bw 1M | unknown word 'bw'",
                "codel target soon | 'soon' is not a value of target",
                "codel target 5 target 6 | target is given twice",
                "type lifo | unknown word 'lifo'",
                "burst lots | 'lots' is not a size",
                "buckets many | 'many' is not a whole number"
            })
    void whatDummynetWouldNotTakeIsRefused(String options, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> dummynet(PIPE + options));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ipfw queue 1 config pipe 1 | only a pipe",
                "ipfw add 100 pipe 1 ip from any to any | unknown word 'add'",
                "ipfw pipe 1 show | unknown word 'show'",
                "ipfw pipe 0 config | '0' is not the number of a pipe",
                "ipfw pipe config bw 1M | 'bw' is not the number of a pipe",
                "ipfw pipe | nothing follows pipe",
                "'' | nothing follows ipfw"
            })
    void whatIsNotAPipeIsRefused(String line, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> dummynet(line));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static final List<String> TC_WORDS = List.of(
            "limit",
            "delay",
            "loss",
            "random",
            "state",
            "gemodel",
            "ecn",
            "reorder",
            "corrupt",
            "gap",
            "duplicate",
            "distribution",
            "rate",
            "slot",
            "packets",
            "bytes",
            "seed",
            "normal",
            "pareto",
            "5",
            "10ms",
            "20ms",
            "1%",
            "25%",
            "1mbit",
            "-14",
            "48",
            "0",
            "99999999999999999999",
            "1e99ms",
            "x",
            "\u0000",
            "../../etc",
            "#",
            "'",
            "0x7fffffff");

    private static final List<String> DUMMYNET_WORDS = List.of(
            "bw",
            "delay",
            "plr",
            "queue",
            "burst",
            "profile",
            "mask",
            "all",
            "src-ip",
            "buckets",
            "noerror",
            "red",
            "gred",
            "ecn",
            "codel",
            "pie",
            "type",
            "fifo",
            "fq_codel",
            "target",
            "10Mbit/s",
            "50",
            "0.1",
            "100Kbytes",
            "0.002/5/15/0.1",
            "5ms",
            "-1",
            "99999999999999999999",
            "0xffffffff",
            "x",
            "a,b",
            "\u0000",
            "#");

    /** Whatever the words, either the line is refused in one line, or what comes out is a configuration. */
    private static void judge(boolean tc, long choice, List<String> possible) {
        Random random = new Random(choice);
        StringBuilder line = new StringBuilder(tc ? ROOT : PIPE);
        for (int count = random.nextInt(9); count > 0; count--) {
            line.append(' ').append(possible.get(random.nextInt(possible.size())));
        }
        try {
            Imported imported = tc ? tc(line.toString()) : dummynet(line.toString());
            String text = imported.text("both");
            try {
                LinkSpec ignored = SpecReader.parse("imported", text, Path.of(""));
            } catch (ConfigException e) {
                assertTrue(text.contains("the file is not here now"), line + ": " + e.getMessage());
            }
        } catch (ConfigException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
    }

    @Property(tries = 10000)
    void anyWordsOfTcAreJudged(@ForAll long choice) {
        judge(true, choice, TC_WORDS);
    }

    @Test
    void whatCannotBeAFilesNameIsNamed() {
        assertEquals(
                List.of("profile \u0000: that is not the name of a file"),
                dummynet(PIPE + "bw 1M profile \u0000").leftOut());
        assertEquals(List.of(), dummynet(PIPE + "bw 1M profile a,b").leftOut());
    }

    @Property(tries = 10000)
    void anyWordsOfDummynetAreJudged(@ForAll long choice) {
        judge(false, choice, DUMMYNET_WORDS);
    }

    @Test
    void wordsMayBeApartAndBeginWithAHyphen() {
        Ran result = run((Object[]) ("import tc " + ROOT + "rate 5kbit -14").split(" "));
        assertEquals(0, result.status(), result.err());
        assertTrue(result.out().contains("  bandwidth: netem,5k,-14\n"), result.out());
        assertTrue(run("import", "dnctl", "--direction=both", PIPE + "delay 5")
                .out()
                .contains("\nboth:\n  delay: 5ms\n"));
    }

    @Test
    void whatIsNotPossibleIsALineEachAndNothingIsPrinted() {
        Ran result = run("import", "tc", ROOT + "rate 50% limit 0");
        assertEquals(2, result.status());
        assertEquals("", result.out());
        assertEquals(2, result.err().lines().count(), result.err());
        assertTrue(result.err().lines().allMatch(line -> line.startsWith("tlem: not possible here: ")), result.err());
        Ran lenient = run("import", "tc", "--lenient", ROOT + "rate 50% limit 0");
        assertEquals(0, lenient.status(), lenient.err());
        assertEquals("", lenient.err());
        assertTrue(lenient.out().contains("# Left out:\n#   rate 50%: "), lenient.out());
    }

    @Test
    void mistakesAreOneLine() {
        for (String line : List.of(
                "import",
                "import pf",
                "import tc",
                "import tc --direction=up netem",
                "import tc netem fly",
                "import dnctl pipe")) {
            Ran result = run((Object[]) line.split(" "));
            assertEquals(2, result.status(), line);
            assertEquals("", result.out());
            assertEquals(1, result.err().lines().count(), result.err());
        }
    }
}
