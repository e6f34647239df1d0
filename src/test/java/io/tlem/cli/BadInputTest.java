package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be done is refused before anything starts: one line on standard error and exit status 2. */
@Isolated // takes the process's standard error
class BadInputTest {
    private static final String PORTS = "run -i generator: -i sink: ";

    static Stream<Arguments> lines() {
        return Stream.of(
                line("--nonsense", "--nonsense"),
                line("fly", "'fly' is no command", "run, demo"),
                line("rnu -i eth0", "'rnu' is no command; did you mean 'run'?"),
                line("run --dleay 10ms", "unknown option '--dleay'; did you mean '--delay'?"),
                line("--dleay=10ms", "unknown option '--dleay'; did you mean '--delay'?"),
                line("run eth0", "unexpected argument 'eth0'"),
                line("models dely", "'dely' is no role of models; did you mean 'delay'?"),
                line("models nosuch", "possible are outage, loss"),
                line(PORTS + "--json=x", "--json takes no value, found 'x'"),
                line(PORTS + "-L gemodl,1%", "'gemodl' is not a loss model; did you mean 'gemodel'?"),
                line(PORTS + "-D samples,/", "/: is a folder"),
                line(PORTS + "-D samples,nosuch", "nosuch: there is no such file"),
                line(PORTS + "-D \u001b[31mred\u202e", "-D \\x1b[31mred\\u202e: '\\x1b[31mred\\u202e' is not"),
                line("run -i packet:\u001b[2J -i sink:", "packet:\\x1b[2J: no such interface"),
                line("\u001b[2J", "'\\x1b[2J' is no command"),
                line(PORTS + "-B 10MBps", "write 80M"),
                line(PORTS + "-Q 10kb", "write 10kB"),
                line(PORTS + "--buffer 1", "--buffer 1: '1' is out of range; a buffer has at least 64k"),
                line("config --buffer 65535", "at least 64k"),
                line(PORTS + "-D trace,a\\", "ends in a backslash"),
                line("run --config /", "/: is a folder"),
                line("", "missing command"),
                line("proxy", "Missing required parameter"),
                line("proxy 8080=localhost:80", "'8080=localhost:80' is not of the form", "in brackets"),
                line("proxy sctp:1=localhost:80", "is not of the form"),
                line("proxy tcp:0=localhost:80", "0 is not a port"),
                line("proxy tcp:8080=localhost:65536", "65536 is not a port"),
                line("proxy tcp:8080=nosuch.invalid:80", "no address is known for 'nosuch.invalid'"),
                line("proxy udp:8080=0.0.0.0:80", "0.0.0.0 is no address to send to"),
                line("proxy tcp:8080=localhost:80 -L 1% -D x", "-D x"),
                line("proxy tcp:8080=localhost:80 -L 1%", "nothing in a stream can be lost", "--loss", "for udp: only"),
                line("proxy tcp:8080=localhost:80 -B 1M -Q codel", "codel", "wait instead of being dropped"),
                line("proxy -i lo tcp:8080=localhost:80", "unknown option '-i'"),
                line("shell -i lo", "unknown option '-i'"),
                line("shell -D x -- true", "-D x"),
                line("shell --peer", "--peer"),
                line("mm-link", "mm-link needs two traces"),
                line("mm-link up", "mm-link needs two traces"),
                line("mm-link up down --meter-uplink", "mm-link --meter-uplink is not possible here"),
                line("mm-link up down --uplink-queue=red", "no queue 'red'"),
                line("mm-link up down --uplink-queue=droptail", "droptail needs packets=N or bytes=N"),
                line("mm-link u d --uplink-queue=codel --uplink-queue-args=packets=9", "codel needs target=N"),
                line("mm-link u d --uplink-queue-args=packets=9", "infinite takes no argument 'packets'"),
                line("mm-link u d --uplink-queue-args=x", "'x' is not of the form name=NUMBER"),
                line("mm-link nosuch nosuch -- true", "nosuch: there is no such file"),
                line("mm-delay", "mm-delay needs a delay in ms"),
                line("mm-delay 1s", "mm-delay '1s': not a number of ms"),
                line("mm-loss up 0.1", "mm-loss 'up': neither uplink nor downlink"),
                line("mm-loss uplink 2", "mm-loss '2': not a rate from 0 to 1"),
                line("mm-loss uplink", "mm-loss needs a rate"),
                line("mm-loss uplink 0 mm-loss uplink 0", "mm-loss is there twice for the uplink"),
                line("mm-onoff uplink 1 1", "'mm-onoff' is not possible here"),
                line("generate", "Missing required parameter"),
                line("generate sink: --pps 0", "--pps '0' is out of range"),
                line("generate sink: --pps 1k --rate 1M", "--pps and --rate exclude each other"),
                line("generate sink: --rate max --pattern poisson", "--pattern needs a rate"),
                line("generate sink: --framing", "--framing is for --rate"),
                line("generate sink: --pattern fast", "--pattern 'fast' is not constant"),
                line("generate sink: --pattern bursts", "bursts needs a number of packets"),
                line("generate sink: --pattern on-off:0", "--pattern '0' is out of range; it is at least 1us"),
                line("generate sink: --pattern sine:1s:2", "--pattern '2' is out of range; a probability"),
                line("generate sink: --pattern on-off:1:1:1", "--pattern '1' is out of range"),
                line("generate sink: --pps 1k*x", "--pps '1k*x' has 'x', which is not known"),
                line("generate sink: --rate 1M*sin(t", "--rate '1M*sin(t' lacks a closing parenthesis"),
                line("generate sink: --rate 1MBps", "--rate '1MBps' is in bytes"),
                line("nmreplay", "Missing required options"),
                line("nmreplay -f nosuch -i sink:", "pcap:nosuch,rate=max,loop=forever: there is no such file"),
                line("generate nosuch.pcapng --count 1", "no such interface; there are", "pcap:write=nosuch.pcapng"),
                line("receive nosuch.pcap.gz --count 1", "no such interface; there are", "pcap:nosuch.pcap.gz"),
                line("generate pcap:nosuch.pcap --count 1", "there is no such file", "pcap:write=nosuch.pcap"),
                line("nmreplay -f nosuch -i sink: -B real,0", "pcap:nosuch,speed=0"),
                line("nmreplay -f x -i sink: -B ether", "-B 'ether' is not BPS"),
                line("nmreplay -f x -i sink: -B 1,2", "-B '1,2' is not BPS"),
                line("nmreplay -f x -i sink: -B fast", "-B 'fast' is not a bandwidth"),
                line("run -i pcap:x,framing=on -i sink:", "framing is for rate"),
                line("generate sink: --size 59", "--size '59' is not a number of bytes from 60"),
                line("generate sink: --size 60 --vlan 1", "from 64, which these headers need"),
                line("generate sink: --size 90-80", "the minimum is above the maximum"),
                line("generate sink: --src 10.0.0.1 --dst ::1", "--dst is not of the same kind as --src"),
                line("generate sink: --dst 10.0.0.9-10.0.0.1", "--dst '10.0.0.9-10.0.0.1': the first address is above"),
                line("generate sink: --dst host", "--dst 'host' is not an address"),
                line("generate sink: --dst-port 70000", "--dst-port '70000' is not a port"),
                line("generate sink: --src-mac 1:2", "--src-mac '1:2' is not an Ethernet address"),
                line("generate sink: --vlan 4096", "--vlan '4096' is not a VLAN"),
                line("generate sink: --stream sise=60", "'sise' is no property of a stream; did you mean 'size'?"),
                line("generate sink: --stream pps=1,pps=2", "pps is given twice"),
                line("generate generator:", "only receives; nothing can be sent to it"),
                line("generate sink: --assert sent.rte<1", "'rte' is no number of what was sent; did you mean 'rate'?"),
                line("generate sink: --assert received.loss<1", "'received' is no direction"),
                line("receive sink:", "only transmits; nothing can be received from it"),
                line("receive generator: --count 0", "--count '0' is not a whole number"),
                line("receive generator: --idle x", "--idle 'x' is not a time"),
                line("receive generator: --assert received.1.los<1", "did you mean 'loss'?"),
                line("simulate", "Missing required option: '--output"),
                line("simulate nosuch -o out.pcap", "nosuch: there is no such file"),
                line("simulate nosuch -o out.txt", "-o out.txt: its name does not end in .pcap"),
                line("simulate in.pcap -i lo -o out.pcap", "unknown option '-i'"),
                line("run -i pcap:nosuch -i sink:", "pcap:nosuch: there is no such file"),
                line(PORTS + "--http x", "--http x: 'x' is not of the form [ADDRESS:]PORT"),
                line(PORTS + "--http 65536", "a port of up to 65535"),
                line(PORTS + "--http ::1:80", "an IPv6 address in brackets"),
                line(PORTS + "--http nosuch.invalid:80", "no address is known for 'nosuch.invalid'"),
                line(PORTS + "--http 0.0.0.0:0", "--http 0.0.0.0:0", "need a token: --http-token-file"),
                line(PORTS + "--http 0 --http-token-file nosuch", "nosuch: there is no such file"),
                line("proxy --http 0 udp:1=localhost:9 tcp:1=localhost:9", "--http is for one link"),
                line("run", "two ports are needed", "found 0"),
                line("run -i generator:", "found 1"),
                line("run -i generator: -i sink: -i sink:", "found 3"),
                line("run -i lo -i lo", "same", "lo"),
                line("run -i packet:lo -i lo", "same", "lo"),
                line("run -i nosuch0 -i lo", "nosuch0"),
                line("run -i carrier:pigeon -i sink:", "carrier", "known"),
                line("run -i tap: -i sink:", "tap:", "is no name of an interface"),
                line("run -i tap:lo -i sink:", "lo is there already, and no tap interface"),
                line("run -i tun:tltun,header=9 -i sink:", "header=9 is not a number from 14 to 256"),
                line("run -i xdp:nosuch0 -i sink:", "xdp:nosuch0", "no such interface"),
                line("run -i xdp:lo,mode=fast -i sink:", "mode=fast is none of zerocopy, copy and skb"),
                line("run -i generator:speed=9 -i sink:", "speed"),
                line("run -i sink: -i sink:", "nothing can pass"),
                line("run -i netmap:eth0-x -i sink:", "'-x' is not a mode"),
                line(
                        "run -i vale0:1,library=nosuch.so -i sink: --netmap-library pom.xml",
                        "vale0:1",
                        "library 'nosuch.so': there is no such file"),
                line("run -i netmap:eth0,library=/dev/null -i sink:", "'/dev/null': is not a regular file"),
                line(PORTS + "--netmap-library /dev/null", "--netmap-library /dev/null: is not a regular file"),
                line(PORTS + "--netmap-library nosuch.so", "--netmap-library nosuch.so", "no such file"),
                line(
                        "run -i netmap:eth0 -i sink: --netmap-library pom.xml",
                        "netmap:eth0",
                        "pom.xml' is not a shared library"),
                line(PORTS + "-B 10x", "-B 10x", "bandwidth"),
                line(PORTS + "-B -5", "-B -5"),
                line(PORTS + "-B NaN", "-B NaN"),
                line(PORTS + "-B ether", "-B ether"),
                line(PORTS + "-B 1M -B 2M -B 3M", "-B", "3 times"),
                line(PORTS + "-D -1ms", "-D -1ms"),
                line(PORTS + "-D NaN", "-D NaN"),
                line(PORTS + "-D 2h", "-D 2h"),
                line(PORTS + "-D uniform,5ms,1ms", "-D uniform,5ms,1ms", "minimum"),
                line(PORTS + "-L 1.5", "-L 1.5", "0 to 1"),
                line(PORTS + "-L -0.1", "-L -0.1"),
                line(PORTS + "-L nan", "-L nan"),
                line(PORTS + "-Q lots", "-Q lots"),
                line(PORTS + "-Q -1", "-Q -1"),
                line(PORTS + "-b 0", "-b 0", "8192"),
                line(PORTS + "-b 9000", "-b 9000"),
                line(PORTS + "-w 101", "-w 101"),
                line(PORTS + "--stages 4", "--stages 4"),
                line(PORTS + "--spin fast", "--spin fast"),
                line(PORTS + "--sleep -1us", "--sleep -1us"),
                line(PORTS + "--seed abc", "--seed", "'abc' is not a whole number"),
                line(PORTS + "--realtime 100", "--realtime 100", "from 1 to 99"),
                line(PORTS + "--duration forever", "--duration forever"),
                line(PORTS + "-C 0,99999", "99999", "there are"),
                line(PORTS + "-C 0,0,0", "3 values"),
                line(PORTS + "-C x", "-C x"),
                line(PORTS + "-C 1,", "-C 1,: a number is missing beside a comma"),
                line(PORTS + "-B 10T -D 3600s", "of buffer", "of memory is available"),
                line(PORTS + "--buffer 100000G", "--buffer", "of memory is available"),
                line("run --config nosuch.yaml", "nosuch.yaml: there is no such file"),
                line("run --config pom.xml", "pom.xml:1:"),
                line("config -i generator:", "two ports are needed", "found 1"),
                line("config -B 10x", "-B 10x"),
                line("config nonsense", "nonsense"),
                line("config --stages 9", "--stages 9"),
                line("config --drain x", "--drain x"),
                line("config -w 101", "-w 101"),
                line("demo -B 10x", "-B 10x"),
                line("-i generator: -i sink: -B 10x", "-B 10x"),
                line("ports --colour", "--colour"));
    }

    private static Arguments line(String command, String... parts) {
        return Arguments.of(command, parts);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void isRefusedInOneLineWithStatus2(String command, String[] parts) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        int status;
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            status = Main.execute(command.isEmpty() ? new String[0] : command.split(" "));
        } finally {
            System.setErr(standardError);
        }
        String message = captured.toString(StandardCharsets.UTF_8);
        assertEquals(2, status, message);
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.codePoints().noneMatch(c -> Character.isISOControl(c) && c != '\n'), message);
        assertTrue(message.startsWith("tlem: "), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message + " should name " + part);
        }
    }
}
