package io.tlem.port.pcap;

import io.tlem.port.PortAddress;
import io.tlem.text.FileUses;
import io.tlem.text.Shown;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a port of captures does.
 *
 * @param replayed the capture whose packets come in
 * @param written the capture that takes those that go out
 * @param pacing when packets come in
 * @param unitsPerSecond of packets or bits
 * @param framing whether bits count preamble, gap and FCS too
 * @param speed how many times as fast as they were captured
 * @param passes how often the capture is replayed
 */
record PcapOptions(
        Optional<String> replayed,
        Optional<String> written,
        Pacing pacing,
        long unitsPerSecond,
        boolean framing,
        double speed,
        long passes) {
    static final String USAGE = "[FILE][,speed=X | ,pps=N | ,rate=BPS[,framing=on]|max][,loop=N|forever][,write=FILE]";

    private static final Set<String> KNOWN = Set.of("speed", "pps", "rate", "framing", "loop", "write");
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)([kKMG]?)");
    private static final int FRAMING_BYTES = 24; // preamble, gap and FCS
    private static final int LEAST_FRAME_BYTES = 60;
    private static final double MOST_UNITS = 1e12;
    private static final double MOST_SPEED = 1e6;

    /** What a packet of that length counts against {@code unitsPerSecond}. */
    long unitsOf(int length) {
        return pacing == Pacing.PACKETS
                ? 1
                : 8L * (framing ? Math.max(length, LEAST_FRAME_BYTES) + FRAMING_BYTES : length);
    }

    /** When packets come in. */
    enum Pacing {
        /** As they were captured. */
        CAPTURED,
        /** So many packets a second. */
        PACKETS,
        /** So many bits a second. */
        BITS,
        /** As fast as they are taken. */
        NONE
    }

    static PcapOptions parse(PortAddress address) {
        address.requireOptionsIn(KNOWN);
        Optional<String> replayed = Optional.of(address.name()).filter(name -> !name.isEmpty());
        Optional<String> written = Optional.ofNullable(address.options().get("write"));
        String speed = address.options().get("speed");
        String pps = address.options().get("pps");
        String rate = address.options().get("rate");
        if ((speed == null ? 0 : 1) + (pps == null ? 0 : 1) + (rate == null ? 0 : 1) > 1) {
            throw bad(address, "speed, pps and rate exclude each other");
        }
        if (replayed.isEmpty() && written.isEmpty()) {
            throw bad(address, "names no capture; usage: pcap:" + USAGE);
        }
        String framing = address.options().getOrDefault("framing", "off");
        if (!framing.equals("on") && !framing.equals("off")) {
            throw bad(address, "framing " + Shown.quoted(framing) + " is not on or off");
        }
        if (address.options().containsKey("framing") && (rate == null || rate.equals("max"))) {
            throw bad(address, "framing is for rate, which counts bits");
        }
        String loop = address.options().get("loop");
        boolean replays = speed != null || pps != null || rate != null || loop != null;
        if (replayed.isEmpty() && replays) {
            throw bad(address, "replays nothing, so only write= has a meaning");
        }
        replayed.ifPresent(file -> checkReplayed(address, file, loop != null));
        written.ifPresent(file -> checkWritten(address, file, replayed));
        Pacing pacing = pps != null
                ? Pacing.PACKETS
                : rate == null ? Pacing.CAPTURED : rate.equals("max") ? Pacing.NONE : Pacing.BITS;
        double units = switch (pacing) {
            case PACKETS -> number(address, "pps", pps, 1, MOST_UNITS);
            case BITS -> number(address, "rate", rate, 1, MOST_UNITS);
            case CAPTURED, NONE -> 0;
        };
        return new PcapOptions(
                replayed,
                written,
                pacing,
                Math.round(units),
                framing.equals("on"),
                speed == null ? 1 : number(address, "speed", speed, 1 / MOST_SPEED, MOST_SPEED),
                loop == null
                        ? 1
                        : loop.equals("forever")
                                ? Long.MAX_VALUE
                                : (long) number(address, "loop", loop, 1, MOST_UNITS));
    }

    private static void checkReplayed(PortAddress address, String file, boolean loops) {
        if (file.equals(CaptureBytes.STANDARD_INPUT)) {
            if (loops) {
                throw bad(address, "the standard input cannot be read twice");
            }
        } else if (!Files.exists(Path.of(file))) {
            throw bad(
                    address,
                    "there is no such file"
                            + (CaptureWriter.refusal(file).isEmpty()
                                    ? "; pcap:write=" + Shown.text(file) + " makes one"
                                    : ""));
        }
    }

    private static void checkWritten(PortAddress address, String file, Optional<String> replayed) {
        String refusal = CaptureWriter.refusal(file);
        if (!refusal.isEmpty()) {
            throw bad(address, "write=" + Shown.text(file) + ": " + refusal);
        }
        FileUses uses = new FileUses();
        replayed.ifPresent(other -> uses.reads("the one that it replays", Path.of(other)));
        try {
            uses.writes("write=" + Shown.text(file), Path.of(file));
        } catch (IllegalArgumentException e) {
            throw bad(address, e.getMessage());
        }
    }

    private static double number(PortAddress address, String option, String text, double least, double most) {
        Matcher matcher = NUMBER.matcher(text);
        if (matcher.matches()) {
            double scale = switch (matcher.group(2)) {
                case "k", "K" -> 1e3;
                case "M" -> 1e6;
                case "G" -> 1e9;
                default -> 1;
            };
            double value = new BigDecimal(matcher.group(1)).doubleValue() * scale;
            if (value >= least && value <= most) {
                return value;
            }
        }
        throw bad(address, option + " " + Shown.quoted(text) + " is not a number above 0 with an optional k, M or G");
    }

    private static IllegalArgumentException bad(PortAddress address, String reason) {
        return new IllegalArgumentException("port " + address + ": " + reason);
    }

    /** For people. */
    String description() {
        String reads = replayed.map(file -> "replays " + file
                        + switch (pacing) {
                            case CAPTURED -> speed == 1 ? "" : ", " + speed + " times as fast as captured";
                            case PACKETS -> ", " + unitsPerSecond + " packets/s";
                            case BITS -> ", " + unitsPerSecond + " bit/s" + (framing ? " with framing" : "");
                            case NONE -> ", as fast as possible";
                        }
                        + (passes == 1 ? "" : passes == Long.MAX_VALUE ? ", for ever" : ", " + passes + " times"))
                .orElse("");
        String writes = written.map(file -> "writes " + file).orElse("");
        return reads + (reads.isEmpty() || writes.isEmpty() ? "" : "; ") + writes;
    }
}
