package io.tlem.traffic;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What can be said about a stream: an option of the command line, and a key of {@code --stream}. */
public enum StreamKey {
    PPS(
            "N",
            "Packets a second; k, M, G are powers of 1000. Also an expression of the time t in seconds, such as"
                    + " 10k*(1+sin(2*pi*t)). Default: 1000."),
    RATE(
            "BPS|max",
            "Bits a second instead, of frames without FCS, or an expression as of --pps; or as many packets as the port"
                    + " takes."),
    FRAMING("", "Let the rate count preamble, gap and FCS of each frame too, 24 bytes."),
    PATTERN(
            "PATTERN",
            "How packets follow each other at that rate: constant, as evenly as possible; poisson, whenever;"
                    + " sine:PERIOD:DEPTH, with a rate that swings by that part; bursts:N, so many at once;"
                    + " on-off:ON:OFF:SHAPE, in turns of random length (Pareto) with those means. Default: constant."),
    SIZE(
            "BYTES",
            "Length of the frames without FCS: a number of bytes, MIN-MAX (each length as often), or imix (60, 590 and"
                    + " 1514 bytes as 7:4:1). Default: 60, or what the headers need."),
    COUNT("N", "End after so many packets, of each stream. Default: no end."),
    PROTOCOL("udp|tcp", "What the packets are; TCP without connections. Default: udp."),
    SRC(
            "ADDRESS",
            "Source address, IPv4 or IPv6, or a range FIRST-LAST, of which each packet has the next. Default:"
                    + " 198.18.0.1."),
    DST("ADDRESS", "Destination address, as --src. Default: 198.19.0.1, or 2001:2::2 when the source is IPv6."),
    SRC_PORT("PORT", "Source port, or a range FIRST-LAST, of which each packet has the next. Default: 9."),
    DST_PORT("PORT", "Destination port, as --src-port. Default: 9."),
    SRC_MAC("MAC", "Source Ethernet address. Default: 02:00:00:00:00:01."),
    DST_MAC("MAC", "Destination Ethernet address. Default: 02:00:00:00:00:02."),
    VLAN("ID[:PRIORITY]", "VLAN tag of the frames; several, from the outermost, with + between them. Default: none."),
    TOS("N", "Type of service or traffic class, 0 to 255. Default: 0."),
    TTL("N", "Time to live or hop limit, 1 to 255. Default: 64.");

    private final String parameter;
    private final String description;

    StreamKey(String parameter, String description) {
        this.parameter = parameter;
        this.description = description;
    }

    /** Its name in {@code --stream}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Its option. */
    public String option() {
        return "--" + key();
    }

    /** What stands for its value in the help; empty for none. */
    public String parameter() {
        return parameter;
    }

    /** What it does. */
    public String description() {
        return description;
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(StreamKey::key).toList();
    }
}
