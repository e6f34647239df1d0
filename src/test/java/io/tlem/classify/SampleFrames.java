package io.tlem.classify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Ethernet frames of many kinds, whole and cut off, behind VLAN tags and none. */
public final class SampleFrames {
    private static final String ONE = "020000000001";
    private static final String TWO = "020000000002";
    private static final List<String> ADDRESSES = List.of("0a010203", "c0000201", "0a010204", "e0000001");
    private static final List<String> ADDRESSES6 = List.of(
            "fd000000000000000000000000000001", "fd000000000000000000000000000002", "ff0200000000000000000001ff000001");
    private static final List<Integer> PORTS = List.of(22, 53, 80, 443, 50_000);

    private final Random random = new Random(3);
    private final List<String> payloads = new ArrayList<>(); // from the EtherType on, in hexadecimal digits

    private SampleFrames() {}

    public static List<byte[]> all() {
        SampleFrames made = new SampleFrames();
        made.payloads();
        List<byte[]> frames = new ArrayList<>();
        for (String payload : made.payloads) {
            for (String tags : List.of("", "81000005", "8100e007", "88a8000781000005", "9100000581000007")) {
                String addresses = made.pick(List.of(TWO + ONE, ONE + TWO, "ffffffffffff" + TWO, "3333ff000001" + ONE));
                frames.add(HexFormat.of().parseHex(addresses + tags + payload));
            }
        }
        for (int i = 0; i < 600; i++) { // cut off anywhere, or with some bytes changed
            byte[] frame = frames.get(made.random.nextInt(frames.size()));
            byte[] other = i % 3 > 0 ? Arrays.copyOf(frame, 1 + made.random.nextInt(frame.length)) : frame.clone();
            for (int changes = i % 3 == 1 ? 0 : 1 + made.random.nextInt(3); changes > 0; changes--) {
                other[made.random.nextInt(Math.min(other.length, 60))] = (byte) made.random.nextInt(256);
            }
            frames.add(other);
        }
        return frames;
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void payloads() {
        for (int i = 0; i < 12; i++) {
            payloads.add(ipv4(6, tcp(), 0, i % 3));
            payloads.add(ipv4(17, udp(), 0, i % 2));
            payloads.add(ipv6(6, tcp()));
            payloads.add(ipv6(17, udp()));
        }
        for (int fragment : List.of(0x2000, 0x2010, 0x0010, 0x4000)) {
            payloads.add(ipv4(17, udp(), fragment, 0));
            payloads.add(ipv4(6, tcp(), fragment, 1));
            payloads.add(ipv4(1, "0800" + bytes(10), fragment, 0));
        }
        for (int type : List.of(0, 3, 8, 11)) {
            payloads.add(ipv4(1, String.format("%02x00", type) + bytes(20), 0, type % 2));
        }
        for (int type : List.of(128, 129, 135, 136)) {
            payloads.add(ipv6(58, String.format("%02x00", type) + bytes(20)));
        }
        payloads.add(ipv6(44, "0600" + "00000001" + "0000" + tcp()));
        payloads.add(ipv6(44, "1100" + "00080001" + "0000" + udp()));
        payloads.add(ipv6(44, "3a00" + "00000001" + "0000" + "8000" + bytes(8)));
        payloads.add(ipv6(0, "3a00050200000100" + "8f00" + bytes(8)));
        for (int protocol : List.of(2, 9, 47, 50, 51, 103, 112, 132)) {
            payloads.add(ipv4(protocol, protocol == 2 ? "1600" + bytes(6) : udp(), 0, 0));
            payloads.add(ipv6(protocol, udp()));
        }
        for (String operation : List.of("0001", "0002")) {
            payloads.add(
                    "0806" + "000108000604" + operation + ONE + pick(ADDRESSES) + TWO + pick(ADDRESSES) + bytes(18));
        }
        payloads.add("8035" + "0001080006040003" + ONE + "0a010203" + TWO + "c0000201" + bytes(18));
        payloads.add("88cc" + bytes(46));
        payloads.add("0026" + "424203" + bytes(43)); // 802.2, a spanning tree's
        payloads.add("0026" + "fefe03" + bytes(43));
        payloads.add("0026" + "fe0003" + bytes(43));
        payloads.add("0026" + "f0f003" + bytes(43));
        String ah = "00000000" + bytes(8) + bytes(12);
        for (String tcpOrUdp : List.of("06" + "04" + ah.substring(4) + tcp(), "11" + "04" + ah.substring(4) + udp())) {
            payloads.add(ipv4(51, tcpOrUdp, 0, 0));
            payloads.add(ipv4(51, "3304" + ah.substring(4) + tcpOrUdp, 0, 1));
            payloads.add(ipv6(51, tcpOrUdp));
            payloads.add(ipv6(0, "3c00" + bytes(6) + "2b01" + bytes(14) + "3300" + bytes(6) + tcpOrUdp));
        }
        payloads.add(ipv6(60, "3b00" + bytes(6)));
        payloads.add(ipv6(44, "0600" + "00000001" + "0000" + tcp()));
        for (int i = 0; i < 2; i++) {
            for (String packet : List.of(ipv4(6, tcp(), 0, i), ipv6(17, udp()), "0000" + "10" + bytes(30))) {
                String inside = packet.substring(4);
                payloads.add("8847" + "0006413f" + inside); // MPLS, label 100, the last one
                payloads.add("8847" + "0006403f" + "000c813f" + inside); // and one behind it
                payloads.add("8847" + "0006403f" + "000c803f" + "00fff13f" + inside);
                payloads.add("8848" + "0006413f" + inside);
                String type = packet.startsWith("0800") ? "0021" : packet.startsWith("86dd") ? "0057" : "c021";
                payloads.add("8864" + "1100" + "0007" + "0040" + type + inside); // PPPoE, session 7
                payloads.add("8864" + "1100" + "0009" + "0040" + "0281" + "0006413f" + inside);
            }
        }
        payloads.add("8863" + "11090000" + bytes(40));
    }

    private String tcp() {
        String flags = pick(List.of("02", "12", "10", "18", "04", "11"));
        String ports = String.format("%04x%04x", pick(PORTS), pick(PORTS));
        return ports
                + bytes(8)
                + pick(List.of("50", "60"))
                + flags
                + bytes(6)
                + "61626364".repeat(random.nextInt(60) + 1);
    }

    private String udp() {
        return String.format("%04x%04x", pick(PORTS), pick(PORTS)) + bytes(4) + bytes(random.nextInt(150));
    }

    private String ipv4(int protocol, String payload, int fragment, int options) {
        int bytes = 20 + 4 * options + payload.length() / 2;
        return "0800"
                + String.format("%02x00%04x", 0x45 + options, bytes)
                + bytes(2)
                + String.format("%04x%02x%02x", fragment, pick(List.of(1, 63, 64, 128)), protocol)
                + bytes(2)
                + pick(ADDRESSES)
                + pick(ADDRESSES)
                + "01010101".repeat(options)
                + payload;
    }

    private String ipv6(int next, String payload) {
        return "86dd"
                + "60000000"
                + String.format("%04x%02x40", payload.length() / 2, next)
                + pick(ADDRESSES6)
                + pick(ADDRESSES6)
                + payload;
    }
}
