package io.tlem.classify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.classify.Filter.Verdict;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {
    private static final String ARP =
            "0806" + "0001080006040001" + "020000000001" + "0a000001" + "000000000000" + "0a000002";
    private static final String UDP = udp(0x45, "");
    private static final String UDP_WITH_OPTIONS = udp(0x46, "01010101");

    private static String udp(int first, String options) {
        return "0800" + String.format("%02x", first) + "000030000040004011" + "0000" + "0a000001" + "0a000002" + options
                + "03e8" + "0035" + "001c0000";
    }

    private static Verdict judge(String rules, String afterAddresses) {
        byte[] frame = HexFormat.of().parseHex("020000000002" + "020000000001" + afterAddresses);
        return Filter.parse(rules).judge(MemorySegment.ofArray(frame), 0, frame.length);
    }

    @Test
    void theFirstRuleThatMatchesDecides() {
        assertEquals(Verdict.DROP, judge("drop udp; exempt ip", UDP));
        assertEquals(Verdict.EXEMPT, judge("exempt ip; drop udp", UDP));
        assertEquals(Verdict.EXEMPT, judge("drop tcp; drop arp and src host 10.0.0.9; exempt arp;", ARP));
    }

    @Test
    void whatNoRuleMatchesMeetsTheModelsUnlessSomethingIsKept() {
        assertEquals(Verdict.KEEP, judge("drop tcp", UDP));
        assertEquals(Verdict.KEEP, judge("exempt arp", UDP));
        assertEquals(Verdict.DROP, judge("keep tcp", UDP));
        assertEquals(Verdict.DROP, judge("exempt arp; keep tcp; drop icmp", UDP));
        assertEquals(Verdict.KEEP, judge("drop port 80; keep udp", UDP));
        assertEquals(Verdict.KEEP, Filter.NONE.judge(MemorySegment.NULL, 0, 0));
    }

    @Test
    void headersAreFoundBehindOptionsAndTags() {
        for (String packet : List.of(UDP, UDP_WITH_OPTIONS)) {
            assertEquals(Verdict.DROP, judge("drop dst port 53 and src port 1000", packet));
            assertEquals(Verdict.KEEP, judge("drop src port 53", packet));
            assertEquals(Verdict.DROP, judge("drop vlan 5 and udp[0:2] = 1000", "81000005" + packet));
            assertEquals(Verdict.KEEP, judge("drop udp", "81000005" + packet));
        }
    }

    /** Here libpcap divides by whatever stands there in packets of other protocols, and its remainder binds less. */
    @Test
    void numbersOfAHeaderNeedTheHeaderOnEitherSide() {
        assertEquals(Verdict.KEEP, judge("drop len / ip[8] >= 0", ARP));
        assertEquals(Verdict.DROP, judge("drop len / ip[8] >= 0", UDP));
        assertEquals(Verdict.DROP, judge("drop 10 * 3 % 7 = 2", ARP));
    }

    /** Here libpcap goes on at a wrong place behind AH. */
    @Test
    void protochainFindsWhatIsBehindOtherHeaders() {
        String ah = "04" + "00".repeat(22); // behind its next header: 24 bytes
        String tcp = "03e80035" + "00".repeat(16);
        String in4 = "0800" + "4500" + "00400000" + "0000" + "4033" + "0000" + "0a000001" + "0a000002";
        String in6 = "86dd" + "60000000" + "0040" + "0040" + "00".repeat(32);
        String routing = "3301" + "00".repeat(14);
        for (String packet : List.of(
                in4 + "06" + ah + tcp,
                in4 + "33" + ah + "06" + ah + tcp,
                in6 + "2b00" + "00".repeat(6) + routing + "06" + ah + tcp)) {
            assertEquals(Verdict.DROP, judge("drop protochain 6", packet), packet);
            assertEquals(Verdict.DROP, judge("drop protochain \\ah", packet), packet);
            assertEquals(Verdict.KEEP, judge("drop protochain 17", packet), packet);
            assertEquals(Verdict.KEEP, judge("drop tcp", packet), packet);
            String cut = packet.substring(0, packet.length() - tcp.length() - ah.length() - 2);
            assertEquals(Verdict.KEEP, judge("drop not protochain 17", cut), packet);
        }
    }

    @Test
    void whoAsksForWhatIsNotThereIsNotMatched() {
        assertEquals(Verdict.KEEP, judge("drop ether[500] = 1", UDP));
        assertEquals(Verdict.KEEP, judge("drop not ether[500] = 1", UDP));
        assertEquals(Verdict.KEEP, judge("drop len / (len - len) = 1 or udp", UDP));
        assertEquals(Verdict.DROP, judge("drop udp or ether[500] = 1", UDP));
        assertEquals(Verdict.EXEMPT, judge("drop ether[500] = 1; exempt udp", UDP), "that ends one rule only");
    }

    @Test
    void areEqualWhenTheyAreWrittenAlike() {
        assertEquals(Filter.parse("drop tcp"), Filter.parse(" drop tcp "));
        assertNotEquals(Filter.parse("drop tcp"), Filter.parse("drop udp"));
        assertEquals(
                Filter.parse("drop tcp").hashCode(), Filter.parse("drop tcp").hashCode());
        assertTrue(Filter.NONE.isNone());
        assertFalse(Filter.parse("drop tcp; keep ip").exempts());
        assertTrue(Filter.parse("keep ip; exempt arp").exempts());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tcp                        | at character 1: a rule begins with drop, keep, exempt, not with 'tcp'
            drop                       | at character 5: a test such as tcp, host 10.0.0.1 or port 80 is expected, not the end
            drop tcp; pass udp         | at character 11: a rule begins with drop, keep, exempt, not with 'pass'
            drop tcp udp               | at character 10: and, or, a semicolon or the end is expected, not 'udp'
            drop tcp and               | at character 13: a test such as tcp, host 10.0.0.1 or port 80 is expected, not the end
            drop tcpp                  | at character 6: 'tcpp' is no test such as tcp, host 10.0.0.1 or port 80
            drop host example.org      | at character 11: 'example.org' is no address; names are not looked up
            drop host 10.0.0.256       | at character 11: '10.0.0.256' is no IPv4 address
            drop host 10.0.0.0/8       | at character 19: only behind 'net' an address may be one of many
            drop net 10.0.0.1/8        | at character 10: '10.0.0.1' has bits behind those of the network
            drop net 10.0.0.0/33       | at character 19: '33' is no number of bits of an address; the largest is 32
            drop net 10.0.0.0 mask x   | at character 24: 'x' is no mask; such as 255.255.0.0 is
            drop host fd00::zz         | at character 11: 'fd00::zz' is no IPv6 address
            drop net fd00::1/16        | at character 10: 'fd00::1' has bits behind those of the network
            drop ip6 host 10.0.0.1     | at character 15: '10.0.0.1' does not go with 'ip6 host'
            drop arp host fd00::1      | at character 15: 'fd00::1' does not go with 'arp host'
            drop ether host 10.0.0.1   | at character 17: '10.0.0.1' is no Ethernet address; such as 02:00:00:00:00:01 is
            drop host 2:0:0:0:0:1      | at character 11: '2:0:0:0:0:1' is an Ethernet address; write 'ether host' in front of it
            drop port htpt             | at character 11: 'htpt' is no port; a number is, and a common name such as http, domain
            drop udp port http         | at character 15: 'http' is a port of tcp; give its number, 80, for another
            drop portrange ftp-ssh     | at character 16: a number is expected, not 'ftp-ssh'
            drop net example           | at character 10: 'example' is no address; names are not looked up
            drop port 65536            | at character 11: '65536' is no port; the largest is 65535
            drop icmp port 80          | at character 6: 'icmp' has no ports; tcp, udp and sctp have
            drop portrange 5-70000     | at character 16: '70000' is no port; the largest is 65535
            drop vlan 4096             | at character 11: '4096' is no VLAN; the largest is 4095
            drop ip proto foo          | at character 15: 'foo' is no protocol of IP; such as 17, tcp, icmp are
            drop ether proto 300       | at character 18: '300' is neither an EtherType nor a service access point
            drop (tcp or udp           | at character 17: ')' is expected, not the end
            drop tcp)                  | at character 9: and, or, a semicolon or the end is expected, not ')'
            drop tcp[13                | at character 12: ']' is expected, not the end
            drop tcp[0:3] = 1          | at character 12: '3' bytes are no number; 1, 2 and 4 are
            drop tcp[13] & 2           | at character 17: a comparison such as = or > is expected, not the end
            drop esp[0] = 1            | at character 6: 'esp' has no bytes that can be named; such as ip, tcp, ether have
            drop len = 0x1ffffffff     | at character 12: '0x1ffffffff' is no number of at most 32 bits
            drop len = 09              | at character 12: '09' is no number of at most 32 bits
            drop len / 0 = 1           | at character 10: division by zero
            drop geneve                | at character 6: 'geneve' is not in the part of pcap-filter that is known here
            drop mpls and arp          | at character 6: behind 'mpls' only IPv4 and IPv6 are told apart
            drop mpls and pppoes       | at character 6: behind 'mpls' only IPv4 and IPv6 are told apart
            drop mpls and vlan         | at character 6: behind 'mpls' there are no VLAN tags
            drop mpls 1048576          | at character 11: '1048576' is no label of MPLS; the largest is 1048575
            drop pppoes and vlan       | at character 6: behind 'pppoes' there are no VLAN tags
            drop pppoes and stp        | at character 6: behind 'pppoes' there is IPv4, IPv6 and MPLS, and nothing else is told apart
            drop pppoes and broadcast  | at character 17: behind 'pppoes' there are no addresses of stations
            drop pppoes and ether host 2:0:0:0:0:1 | at character 17: behind 'pppoes' there are no addresses of stations
            drop pppoes 65536          | at character 13: '65536' is no session of PPPoE; the largest is 65535
            drop tcp protochain 6      | at character 21: '6' does not go with 'tcp protochain'
            drop ether protochain 6    | at character 23: '6' does not go with 'ether protochain'
            drop src protochain 6      | at character 6: a protocol has no source and no destination
            drop ether proto 0x8137    | at character 18: '0x8137' has several encapsulations, which are not told apart here
            drop stp[0] = 1            | at character 6: 'stp' has no bytes that can be named; such as ip, tcp, ether have
            drop src proto 6           | at character 6: a protocol has no source and no destination
            drop ip broadcast          | at character 9: 'broadcast' does not go with 'ip'
            drop ether                 | at character 11: 'ether' is to be followed by such as host or proto, not by the end
            drop tcp, udp              | at character 9: ',' is no sign of the language
            drop tcp or 80             | at character 13: '80' is no test such as tcp, host 10.0.0.1 or port 80
            """)
    void mistakesAreToldWithTheirPlace(String rules, String message) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Filter.parse(rules));
        assertEquals(message, e.getMessage());
    }

    /** Whatever is written, it is read or refused in a line, soon. */
    @Test
    void anyTextIsReadOrRefused() {
        List<String> words = List.of(
                "drop ",
                "tcp",
                "host ",
                "10.0.0.1",
                "fd00::1",
                "(",
                ")",
                "[",
                "]",
                ":",
                "and ",
                " or ",
                "not ",
                "!",
                "80",
                "port ",
                "len",
                "=",
                "<",
                "&",
                "-",
                "/",
                ";",
                "net ",
                "vlan ",
                "ip",
                "\\",
                "0x",
                "tcp-syn",
                "mpls ",
                "pppoes ",
                "protochain ",
                "domain",
                "1-2",
                " ",
                "mask ");
        Random random = new Random(4);
        int read = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder("drop ");
            for (int length = random.nextInt(12); length > 0; length--) {
                text.append(words.get(random.nextInt(words.size())));
            }
            try {
                Filter filter = Filter.parse(text.toString());
                read += filter.isNone() ? 0 : 1;
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().startsWith("at character "), text + ": " + e);
            }
        }
        assertTrue(read > 300, read + " are no mistakes");
        for (String deep : List.of("(", "not ", "!", "-", "tcp[", "tcp and (", "ip[0] + (", "1 + ", "host ")) {
            assertThrows(IllegalArgumentException.class, () -> Filter.parse("drop " + deep.repeat(20_000)));
        }
        String many = "len + ".repeat(20_000) + "1 > 5";
        assertThrows(IllegalArgumentException.class, () -> Filter.parse("drop " + many));
    }

    /** Whoever changes a link by its socket has it read by a thread with half a megabyte. */
    @Test
    void whatMayBeInOneAnotherFitsASmallStack() throws Exception {
        byte[] frame = HexFormat.of().parseHex("020000000002" + "020000000001" + UDP);
        for (String text : List.of(
                "ip[".repeat(50) + "0" + "]".repeat(50) + " = 69",
                "(".repeat(50) + "udp" + ")".repeat(50),
                "not (".repeat(50) + "tcp" + ")".repeat(50),
                "len + ".repeat(100) + "1 > 5",
                "1 + (".repeat(50) + "len" + ")".repeat(50) + " > 5")) {
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            Thread reader = Thread.ofPlatform().stackSize(512 * 1024).start(() -> {
                try {
                    verdict.complete(Filter.parse("drop " + text).judge(MemorySegment.ofArray(frame), 0, frame.length));
                } catch (Throwable e) {
                    verdict.completeExceptionally(e);
                }
            });
            reader.join(10_000);
            assertNotNull(verdict.get(1, TimeUnit.SECONDS), text);
        }
    }

    @Test
    void noPacketAllocatesMemory() {
        Filter filter =
                Filter.parse("drop tcp[tcpflags] & tcp-syn != 0 and net 10.0.0.0/8; keep udp port 53 and len < ip[2:2];"
                        + " exempt ip6 host fd00::1 or vlan 5 and not portrange 1-99");
        byte[] frame = HexFormat.of().parseHex("020000000002" + "020000000001" + UDP);
        var memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packet = arena.allocate(frame.length, 64);
            packet.copyFrom(MemorySegment.ofArray(frame));
            long kept = 0;
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 5; round++) { // until the compilers have done their work
                long before = memory.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 20_000; i++) {
                    kept += filter.judge(packet, 0, frame.length) == Verdict.KEEP ? 1 : 0;
                }
                least = Math.min(least, memory.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(5 * 20_000, kept);
            assertTrue(least < 20_000, least + " bytes");
        }
    }
}
