package io.tlem.port.generator;

import io.tlem.port.PortAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the generator sends.
 *
 * @param sizes frame length of each packet in turn, bytes without FCS, repeated
 * @param pacing what {@code unitsPerSecond} counts
 * @param unitsPerSecond packets or bits a second; ignored without pacing
 * @param count packets to send, {@link Long#MAX_VALUE} for no end
 * @param description for people
 */
@SuppressWarnings("ArrayRecordComponent") // made and used in this package only
record GeneratorOptions(int[] sizes, Pacing pacing, long unitsPerSecond, long count, String description) {
    static final String USAGE = "[size=BYTES|MIN-MAX|imix][,pps=N | rate=BPS|max][,count=N]";

    private static final Set<String> KNOWN = Set.of("size", "pps", "rate", "count");

    /** Packets in memory: a multiple of IMIX's twelve. */
    private static final int SLOTS = 1020;

    private static final int[] IMIX = {60, 590, 60, 590, 60, 1514, 60, 590, 60, 590, 60, 60};
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)([kKMG]?)");

    /** How packets are spaced. */
    enum Pacing {
        PACKETS,
        BITS,
        NONE
    }

    boolean isPaced() {
        return pacing != Pacing.NONE;
    }

    /** What a packet of that length counts against {@code unitsPerSecond}. */
    long unitsOf(int length) {
        return pacing == Pacing.BITS ? 8L * length : 1;
    }

    int maxBytes() {
        return Arrays.stream(sizes).max().orElseThrow();
    }

    static GeneratorOptions parse(PortAddress address) {
        address.requireOptionsIn(KNOWN);
        if (!address.name().isEmpty()) {
            throw bad(address, "'" + address.name() + "' is not an option; usage: generator:" + USAGE);
        }
        String size = address.options().getOrDefault("size", "1514");
        String pps = address.options().get("pps");
        String rate = address.options().get("rate");
        if (pps != null && rate != null) {
            throw bad(address, "pps and rate exclude each other");
        }
        Pacing pacing = rate == null ? Pacing.PACKETS : "max".equals(rate) ? Pacing.NONE : Pacing.BITS;
        long units = switch (pacing) {
            case PACKETS -> number(address, "pps", pps == null ? "1000" : pps, 1_000_000_000L);
            case BITS -> number(address, "rate", rate, 1_000_000_000_000L);
            case NONE -> 0;
        };
        String count = address.options().get("count");
        return new GeneratorOptions(
                sizes(address, size),
                pacing,
                units,
                count == null ? Long.MAX_VALUE : number(address, "count", count, Long.MAX_VALUE),
                "size " + size
                        + switch (pacing) {
                            case PACKETS -> ", " + units + " packets/s";
                            case BITS -> ", " + units + " bit/s";
                            case NONE -> ", as fast as possible";
                        });
    }

    private static int[] sizes(PortAddress address, String text) {
        int[] sizes = new int[SLOTS];
        if ("imix".equals(text)) {
            Arrays.setAll(sizes, i -> IMIX[i % IMIX.length]);
            return sizes;
        }
        String[] ends = text.split("-", -1);
        if (ends.length > 2) {
            throw bad(address, "size '" + text + "' is not BYTES, MIN-MAX or imix");
        }
        int min = size(address, ends[0]);
        int max = size(address, ends[ends.length - 1]);
        if (min > max) {
            throw bad(address, "size " + text + ": the minimum is above the maximum");
        }
        SplittableRandom random = new SplittableRandom(SLOTS);
        Arrays.setAll(sizes, i -> random.nextInt(min, max + 1));
        return sizes;
    }

    private static int size(PortAddress address, String text) {
        long value = text.matches("[0-9]{1,6}") ? Long.parseLong(text) : -1;
        if (value < TestFrame.MIN_BYTES || value > TestFrame.MAX_BYTES) {
            throw bad(
                    address,
                    "size '" + text + "' is not a number of bytes from " + TestFrame.MIN_BYTES + " to "
                            + TestFrame.MAX_BYTES);
        }
        return (int) value;
    }

    private static long number(PortAddress address, String option, String text, long max) {
        Matcher matcher = NUMBER.matcher(text);
        if (matcher.matches()) {
            double scale = switch (matcher.group(2)) {
                case "k", "K" -> 1e3;
                case "M" -> 1e6;
                case "G" -> 1e9;
                default -> 1;
            };
            double value = Double.parseDouble(matcher.group(1)) * scale;
            if (value >= 1 && value <= max) {
                return Math.round(value);
            }
        }
        throw bad(address, option + " '" + text + "' is not a number above 0 with an optional k, M or G, such as 10k");
    }

    private static IllegalArgumentException bad(PortAddress address, String reason) {
        return new IllegalArgumentException("port " + address + ": " + reason);
    }
}
