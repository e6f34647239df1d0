package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ExemptionTest {
    private static final String ADDRESSES = "02000000770202000000770" + "1";
    private static final String ARP = "0806" + "0001080006040001";
    private static final String UDP6 = ipv6(17, "00".repeat(8));

    /** IPv6 from its Ethernet type on. */
    private static String ipv6(int nextHeader, String payload) {
        return "86dd" + "60000000" + String.format("%04x%02xff", payload.length() / 2, nextHeader) + "fd".repeat(32)
                + payload;
    }

    private static String icmp6(int type) {
        return ipv6(58, String.format("%02x00", type) + "00".repeat(6));
    }

    /** As listeners' reports are sent: behind a router alert. */
    private static String behindHopByHop(int type) {
        return ipv6(0, "3a00050200000100" + String.format("%02x00", type) + "00".repeat(6));
    }

    private static boolean exempts(String list, String afterAddresses) {
        byte[] bytes = HexFormat.of().parseHex("eeeeee" + ADDRESSES + afterAddresses);
        Exemption exemption = Exemption.parse(list);
        MemorySegment memory = MemorySegment.ofArray(bytes);
        for (int length = 0; length < bytes.length - 3; length++) { // cut anywhere, it must not read beyond
            boolean ignored = exemption.matches(memory.asSlice(0, 3 + length), 3, length);
        }
        return exemption.matches(memory, 3, bytes.length - 3);
    }

    @Test
    void arp() {
        assertTrue(exempts("arp", ARP));
        assertTrue(exempts("nd,arp", "81000005" + ARP));
        assertTrue(exempts("arp", "88a80007" + "81000005" + ARP));
        assertTrue(exempts("arp", "88a80007" + "9100ffff".repeat(2) + "81000005".repeat(5) + ARP));
        assertFalse(exempts("arp", "88a80007" + "81000005".repeat(8) + ARP), "more tags than anybody uses");
        assertFalse(exempts("nd,mld", ARP));
        assertFalse(exempts("arp", "0800" + "45".repeat(20)));
    }

    @Test
    void neighbourDiscovery() {
        for (int type = 120; type < 150; type++) {
            assertEquals(type >= 133 && type <= 137, exempts("nd", icmp6(type)), "type " + type);
            assertEquals((type >= 130 && type <= 132) || type == 143, exempts("mld", behindHopByHop(type)));
        }
        assertTrue(exempts("nd", "81000005" + icmp6(135)));
        assertTrue(exempts("nd", ipv6(60, "2b00" + "000000000000" + "3a00" + "000000000000" + "8700000000000000")));
        assertFalse(
                exempts("nd", ipv6(44, "3a00" + "000000000000" + "8700000000000000")), "none is sent as a fragment");
        assertFalse(exempts("arp", icmp6(135)));
        assertFalse(exempts("nd,mld,arp", icmp6(128)));
        assertFalse(exempts("nd,mld,arp", UDP6));
    }

    @Test
    void listsThatAreNone() {
        for (String list : new String[] {"", "arp,", "ARP", "arp nd", "icmp"}) {
            String message = assertThrows(SpecException.class, () -> Exemption.parse(list))
                    .getMessage();
            assertTrue(message.contains("arp, nd, mld"), message);
        }
        assertTrue(Exemption.NONE.isNone());
        assertFalse(Exemption.parse("mld").isNone());
    }
}
