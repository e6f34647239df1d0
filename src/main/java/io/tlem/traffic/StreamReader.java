package io.tlem.traffic;

import io.tlem.impair.Units;
import io.tlem.text.Escapes;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import io.tlem.traffic.PaceSpec.Pattern;
import io.tlem.traffic.PaceSpec.Unit;
import io.tlem.traffic.StreamSpec.Addresses;
import io.tlem.traffic.StreamSpec.Headers;
import io.tlem.traffic.StreamSpec.PortRange;
import io.tlem.traffic.StreamSpec.Transport;
import io.tlem.wire.Ipv4;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Makes streams of what is written about them; what is wrong is refused in a line. */
public final class StreamReader {
    private static final double MOST_PACKETS = 1e9;
    private static final double LEAST_PACKETS = 0.001;
    private static final double SECOND = 1e9;
    private static final double HALF = 0.5;
    private static final long MOST_BURST = 1_000_000;
    private static final double USUAL_TURN_NANOS = 100e6;
    private static final long LEAST_TURN_NANOS = 1_000;
    private static final double USUAL_SHAPE = 1.5;
    private static final double LEAST_SHAPE = 1.01;
    private static final double MOST_SHAPE = 1000;
    private static final int MOST_TAGS = 2;
    private static final int MOST_VLAN = 4095;

    private final Map<StreamKey, String> values;
    private final long seed;

    private StreamReader(Map<StreamKey, String> values, long seed) {
        this.values = values;
        this.seed = seed;
    }

    /**
     * The streams of a command line.
     *
     * @param common what is said of all of them
     * @param each what is said of each stream besides, {@code KEY=VALUE,...}, and wins; empty for one stream without that
     * @param seed of what is random
     * @throws IllegalArgumentException with a line
     */
    public static List<StreamSpec> read(Map<StreamKey, String> common, List<String> each, long seed) {
        if (each.size() > TrafficMeter.MOST_STREAMS) {
            throw new IllegalArgumentException(
                    each.size() + " streams are given; " + TrafficMeter.MOST_STREAMS + " are possible");
        }
        List<StreamSpec> streams = new ArrayList<>();
        for (int i = 0; i < Math.max(1, each.size()); i++) {
            Map<StreamKey, String> values = new EnumMap<>(StreamKey.class);
            values.putAll(common);
            if (!each.isEmpty()) {
                override(values, each.get(i));
            }
            streams.add(new StreamReader(values, seed + i).read());
        }
        return streams;
    }

    private static void override(Map<StreamKey, String> values, String text) {
        Map<StreamKey, String> own = new EnumMap<>(StreamKey.class);
        for (String part : Escapes.split(text, ',')) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals).strip();
            StreamKey key = Arrays.stream(StreamKey.values())
                    .filter(one -> one.key().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("--stream " + Shown.quoted(text) + ": "
                            + Shown.quoted(name) + " is no property of a stream"
                            + Nearest.hint(name, StreamKey.keys())));
            if (key != StreamKey.FRAMING && equals < 0) {
                throw new IllegalArgumentException(
                        "--stream " + Shown.quoted(text) + ": " + name + " needs a value, " + name + "=...");
            }
            if (own.put(
                            key,
                            equals < 0
                                    ? ""
                                    : Escapes.plain(part.substring(equals + 1).strip()))
                    != null) {
                throw new IllegalArgumentException("--stream " + Shown.quoted(text) + ": " + name + " is given twice");
            }
        }
        if (own.containsKey(StreamKey.PPS)) {
            values.remove(StreamKey.RATE);
        }
        if (own.containsKey(StreamKey.RATE)) {
            values.remove(StreamKey.PPS);
        }
        values.putAll(own);
    }

    private StreamSpec read() {
        Headers headers = headers();
        PaceSpec pace = pace();
        return new StreamSpec(
                pace,
                values.containsKey(StreamKey.COUNT) ? (long) number(StreamKey.COUNT, 1, 1e18) : Long.MAX_VALUE,
                sizes(new FrameLayout(headers).leastBytes()),
                headers);
    }

    private PaceSpec pace() {
        String pps = values.get(StreamKey.PPS);
        String rate = values.get(StreamKey.RATE);
        boolean framing = values.containsKey(StreamKey.FRAMING);
        if (pps != null && rate != null) {
            throw bad(StreamKey.PPS, "and --rate exclude each other");
        }
        if (framing && rate == null) {
            throw bad(StreamKey.FRAMING, "is for --rate, which counts bits");
        }
        String written = values.getOrDefault(StreamKey.PATTERN, "constant");
        if ("max".equals(rate)) {
            if (values.containsKey(StreamKey.PATTERN)) {
                throw bad(StreamKey.PATTERN, "needs a rate, and --rate max is none");
            }
            return new PaceSpec(Unit.NONE, seconds -> 0, true, new Pattern.Even(), "as fast as possible");
        }
        Unit unit = rate == null ? Unit.PACKETS : framing ? Unit.WIRE_BITS : Unit.BITS;
        String text = (rate == null ? (pps == null ? "1000" : pps) + " packets/s" : rate + " bit/s")
                + (framing ? " with framing" : "")
                + (written.equals("constant") ? "" : ", " + written);
        Expression expression = rate == null ? packets(pps == null ? "1000" : pps) : bits(rate);
        DoubleUnaryOperator value = expression.value();
        if (written.startsWith("sine")) {
            List<String> parts = parts(written, "sine", 2);
            double seconds = parts.isEmpty() ? 1 : time(parts.getFirst()) / SECOND;
            double depth = parts.size() < 2 ? HALF : share(parts.get(1));
            return new PaceSpec(
                    unit,
                    t -> value.applyAsDouble(t) * (1 + depth * Math.sin(2 * Math.PI * t / seconds)),
                    false,
                    new Pattern.Even(),
                    text);
        }
        return new PaceSpec(unit, value, expression.isConstant(), pattern(written), text);
    }

    private Pattern pattern(String written) {
        if (written.equals("constant")) {
            return new Pattern.Even();
        }
        if (written.equals("poisson")) {
            return new Pattern.Poisson();
        }
        if (written.startsWith("bursts")) {
            List<String> parts = parts(written, "bursts", 1);
            if (parts.isEmpty()) {
                throw bad(StreamKey.PATTERN, "bursts needs a number of packets, bursts:N");
            }
            return new Pattern.Bursts(located(() -> Units.parseCount(parts.getFirst(), 1, MOST_BURST)));
        }
        if (written.startsWith("on-off")) {
            List<String> parts = parts(written, "on-off", 3);
            double shape = parts.size() < 3
                    ? USUAL_SHAPE
                    : located(() -> Units.parseNumber(parts.get(2), LEAST_SHAPE, MOST_SHAPE));
            return new Pattern.OnOff(
                    parts.isEmpty() ? USUAL_TURN_NANOS : time(parts.getFirst()),
                    parts.size() < 2 ? USUAL_TURN_NANOS : time(parts.get(1)),
                    shape);
        }
        throw bad(
                StreamKey.PATTERN,
                Shown.quoted(written) + " is not constant, poisson, sine[:PERIOD[:DEPTH]], bursts:N or"
                        + " on-off[:ON[:OFF[:SHAPE]]]");
    }

    /** What follows a name behind colons. */
    private static List<String> parts(String written, String name, int most) {
        String rest = written.substring(name.length());
        List<String> parts =
                rest.isEmpty() ? List.of() : Arrays.asList(rest.substring(1).split(":", -1));
        if ((!rest.isEmpty() && rest.charAt(0) != ':') || parts.size() > most) {
            throw bad(
                    StreamKey.PATTERN,
                    Shown.quoted(written) + " is not " + name + " with up to " + most + " numbers behind colons");
        }
        return parts;
    }

    private static double time(String text) {
        long nanos = located(() -> Units.parseTime(text));
        if (nanos < LEAST_TURN_NANOS) {
            throw bad(StreamKey.PATTERN, Shown.quoted(text) + " is out of range; it is at least 1us");
        }
        return nanos;
    }

    private static double share(String text) {
        return located(() -> Units.parseProbability(text));
    }

    private interface Parser<T> {
        T parse();
    }

    private static <T> T located(Parser<T> parser) {
        try {
            return parser.parse();
        } catch (IllegalArgumentException e) {
            throw bad(StreamKey.PATTERN, String.valueOf(e.getMessage()));
        }
    }

    private static Expression packets(String text) {
        Expression expression;
        try {
            expression = Expression.parse(text);
        } catch (IllegalArgumentException e) {
            throw bad(StreamKey.PPS, String.valueOf(e.getMessage()));
        }
        return inRange(StreamKey.PPS, text, expression, LEAST_PACKETS, MOST_PACKETS);
    }

    /** With the units of a bandwidth, or as an expression. */
    private static Expression bits(String text) {
        String plain;
        try {
            plain = Long.toString(Units.parseBandwidth(text));
        } catch (IllegalArgumentException noBandwidth) {
            try {
                return inRange(StreamKey.RATE, text, Expression.parse(text), 1, PaceSpec.MOST);
            } catch (IllegalArgumentException e) {
                boolean meant = text.matches("(?s).*[-+*/^(<>t].*") && !text.endsWith("/s");
                throw meant && String.valueOf(e.getMessage()).startsWith("--")
                        ? e
                        : bad(StreamKey.RATE, String.valueOf((meant ? e : noBandwidth).getMessage()));
            }
        }
        return inRange(StreamKey.RATE, text, Expression.parse(plain), 1, PaceSpec.MOST);
    }

    private static Expression inRange(StreamKey key, String text, Expression expression, double least, double most) {
        double value = expression.value().applyAsDouble(0);
        if (expression.isConstant() && !(value >= least && value <= most)) {
            throw bad(key, Shown.quoted(text) + " is out of range");
        }
        return expression;
    }

    private Sizes sizes(int least) {
        String text = values.getOrDefault(StreamKey.SIZE, Integer.toString(Math.max(60, least)));
        if (text.equals("imix")) {
            return Sizes.imix(least);
        }
        int dash = text.indexOf('-');
        int from = size(dash < 0 ? text : text.substring(0, dash), least);
        int to = dash < 0 ? from : size(text.substring(dash + 1), least);
        if (to < from) {
            throw bad(StreamKey.SIZE, text + ": the minimum is above the maximum");
        }
        return from == to ? Sizes.of(from) : Sizes.between(from, to, seed);
    }

    private int size(String text, int least) {
        String bytes = text.strip();
        int size = bytes.matches("[0-9]{1,5}") ? Integer.parseInt(bytes) : -1;
        if (size < least || size > Sizes.MOST_BYTES) {
            throw bad(
                    StreamKey.SIZE,
                    Shown.quoted(text) + " is not a number of bytes from " + least + ", which these headers need, to "
                            + Sizes.MOST_BYTES);
        }
        return size;
    }

    private Headers headers() {
        Addresses source = addresses(StreamKey.SRC, "198.18.0.1");
        boolean ipv6 = source.first().length == 16;
        Addresses destination = addresses(StreamKey.DST, ipv6 ? "2001:2::2" : "198.19.0.1");
        if (source.first().length != destination.first().length) {
            if (values.containsKey(StreamKey.SRC)) {
                throw bad(StreamKey.DST, "is not of the same kind as --src; both are IPv4 or both are IPv6");
            }
            source = range(StreamKey.SRC, "2001:2::1");
        }
        String protocol = values.getOrDefault(StreamKey.PROTOCOL, "udp").toLowerCase(Locale.ROOT);
        if (!protocol.equals("udp") && !protocol.equals("tcp")) {
            throw bad(StreamKey.PROTOCOL, Shown.quoted(protocol) + " is not udp or tcp");
        }
        return new Headers(
                mac(StreamKey.DST_MAC, "02:00:00:00:00:02"),
                mac(StreamKey.SRC_MAC, "02:00:00:00:00:01"),
                tags(),
                source,
                destination,
                values.containsKey(StreamKey.TOS) ? (int) number(StreamKey.TOS, 0, 255) : 0,
                values.containsKey(StreamKey.TTL) ? (int) number(StreamKey.TTL, 1, 255) : 64,
                protocol.equals("tcp") ? Transport.TCP : Transport.UDP,
                ports(StreamKey.SRC_PORT),
                ports(StreamKey.DST_PORT));
    }

    private Addresses addresses(StreamKey key, String standard) {
        return range(key, values.getOrDefault(key, standard));
    }

    private Addresses range(StreamKey key, String text) {
        int dash = text.indexOf('-');
        byte[] first = address(key, dash < 0 ? text : text.substring(0, dash));
        byte[] last = dash < 0 ? first : address(key, text.substring(dash + 1));
        int fixed = first.length - 4;
        if (last.length != first.length || !Arrays.equals(first, 0, fixed, last, 0, fixed)) {
            throw bad(key, Shown.quoted(text) + " is no range; its ends differ in the last 32 bits alone");
        }
        long count = low(last) - low(first) + 1;
        if (count < 1) {
            throw bad(key, Shown.quoted(text) + ": the first address is above the last");
        }
        return new Addresses(first, count);
    }

    private static long low(byte[] address) {
        byte[] last = Arrays.copyOfRange(address, address.length - 4, address.length);
        return Integer.toUnsignedLong(Ipv4.of(last));
    }

    private byte[] address(StreamKey key, String text) {
        String address = text.strip();
        try {
            if (address.indexOf(':') >= 0 && address.matches("[0-9A-Fa-f:.]+")) {
                byte[] bytes = InetAddress.getByName(address).getAddress(); // a name would have no colon
                if (bytes.length == 16) {
                    return bytes;
                }
            } else {
                int value = Ipv4.parse(address);
                return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
            }
        } catch (IllegalArgumentException | UnknownHostException e) {
            // It is said below.
        }
        throw bad(key, Shown.quoted(text) + " is not an address like 10.0.0.1 or 2001:db8::1");
    }

    private PortRange ports(StreamKey key) {
        String text = values.getOrDefault(key, "9");
        int dash = text.indexOf('-');
        int first = port(key, dash < 0 ? text : text.substring(0, dash));
        int last = dash < 0 ? first : port(key, text.substring(dash + 1));
        if (last < first) {
            throw bad(key, Shown.quoted(text) + ": the first port is above the last");
        }
        return new PortRange(first, last - first + 1);
    }

    private int port(StreamKey key, String text) {
        String number = text.strip();
        int port = number.matches("[0-9]{1,5}") ? Integer.parseInt(number) : -1;
        if (port < 0 || port > 65_535) {
            throw bad(key, Shown.quoted(text) + " is not a port from 0 to 65535");
        }
        return port;
    }

    private long mac(StreamKey key, String standard) {
        String text = values.getOrDefault(key, standard);
        if (!text.matches("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")) {
            throw bad(key, Shown.quoted(text) + " is not an Ethernet address like 02:00:00:00:00:01");
        }
        return Long.parseLong(text.replace(":", ""), 16);
    }

    private List<Integer> tags() {
        String text = values.get(StreamKey.VLAN);
        if (text == null) {
            return List.of();
        }
        List<Integer> tags = new ArrayList<>();
        for (String one : text.split("\\+", -1)) {
            String[] parts = one.strip().split(":", -1);
            boolean numbers = parts.length <= 2 && Arrays.stream(parts).allMatch(part -> part.matches("[0-9]{1,4}"));
            int vlan = numbers ? Integer.parseInt(parts[0]) : -1;
            int priority = numbers && parts.length == 2 ? Integer.parseInt(parts[1]) : 0;
            if (!numbers || vlan > MOST_VLAN || priority > 7) {
                throw bad(
                        StreamKey.VLAN, Shown.quoted(one) + " is not a VLAN from 0 to 4095, or with a priority 100:7");
            }
            tags.add((priority << 13) | vlan);
        }
        if (tags.size() > MOST_TAGS) {
            throw bad(StreamKey.VLAN, "has " + tags.size() + " tags; " + MOST_TAGS + " are possible");
        }
        return tags;
    }

    private double number(StreamKey key, double least, double most) {
        try {
            return Units.parseCount(values.get(key), (long) least, (long) most);
        } catch (IllegalArgumentException e) {
            throw bad(key, String.valueOf(e.getMessage()));
        }
    }

    private static IllegalArgumentException bad(StreamKey key, String reason) {
        return new IllegalArgumentException(key.option() + " " + reason);
    }
}
