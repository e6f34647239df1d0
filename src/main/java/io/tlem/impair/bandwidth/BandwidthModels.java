package io.tlem.impair.bandwidth;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.BandwidthModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.random.NetemTable;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** The bandwidths that come with the emulator. */
public final class BandwidthModels implements ModelLibrary {
    /** Bytes a frame takes on Ethernet beyond those in memory: preamble and delimiter 8, gap 12, FCS 4. */
    private static final int ETHERNET_OVERHEAD_BYTES = 24;

    private static final int MAX_OVERHEAD_BYTES = 1000;
    private static final int MAX_CELL_BYTES = 65536;
    private static final long MAX_SLOT_COUNT = 1_000_000_000;

    private static final Parameter BPS = required("bps", Unit.BANDWIDTH, "0 is no limit");
    private static final Parameter BPS_ABOVE_0 = required("bps", Unit.BANDWIDTH, "above 0");
    private static final Parameter SLOT_PACKETS = optional("packets", Unit.COUNT, "0", "of a slot; 0 is no limit");
    private static final Parameter SLOT_BYTES =
            optional("bytes", Unit.SIZE, "0", "with which a slot is full; 0 is no limit");

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.BANDWIDTH,
                        "constant",
                        List.of(BPS),
                        "BPS over the frame as captured, without framing and FCS",
                        "100M",
                        (arguments, random) -> atRate(arguments, 0)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "ether",
                        List.of(BPS),
                        "BPS on the wire: 24 bytes a frame (preamble 8, gap 12, FCS 4) are counted",
                        "ether,1G",
                        (arguments, random) -> atRate(arguments, ETHERNET_OVERHEAD_BYTES)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "netem",
                        List.of(
                                BPS,
                                optional("overhead", Unit.NUMBER, "0", "bytes a packet, -1000 to 1000"),
                                optional("cell", Unit.COUNT, "0", "bytes of a packet in a cell; 0 is no cells"),
                                optional("cell-overhead", Unit.COUNT, "0", "bytes a cell, 0 to 1000")),
                        "BPS over the packet with OVERHEAD, in whole cells (netem's rate)",
                        "netem,8M,-14,48,5",
                        (arguments, random) -> netem(arguments)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "avg",
                        List.of(BPS),
                        "polices: what exceeds BPS on average is refused, what does not is not paced (TLEM)",
                        "avg,100M",
                        (arguments, random) -> average(arguments)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "tbf",
                        List.of(BPS, required("burst", Unit.SIZE, "depth of the bucket, at most 1G")),
                        "a token bucket: BPS on average, after a pause BURST at once (tbf)",
                        "tbf,100M,15k",
                        (arguments, random) -> tokenBucket(arguments)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "tdm",
                        List.of(
                                BPS_ABOVE_0,
                                required("period", Unit.TIME, "from slot to slot"),
                                required("slot", Unit.TIME, "at the start of each period, at most PERIOD"),
                                optional("guard", Unit.TIME, "0", "at the slot's end, shorter than SLOT")),
                        "BPS in a slot of each period; a packet that does not fit waits for the next slot",
                        "tdm,10M,10ms,2ms,10us",
                        (arguments, random) -> timeDivision(arguments)),
                new ModelKind(
                        Role.BANDWIDTH,
                        "slots",
                        List.of(
                                required("min", Unit.TIME, "from slot to slot"),
                                optional("max", Unit.TIME, "", "from slot to slot; MIN when not given"),
                                SLOT_PACKETS,
                                SLOT_BYTES),
                        "packets leave in bursts, MIN to MAX after each other (netem's slot)",
                        "slots,800us,1ms,10",
                        BandwidthModels::slots),
                new ModelKind(
                        Role.BANDWIDTH,
                        "slot-table",
                        List.of(
                                required("mean", Unit.TIME, "from slot to slot"),
                                required("jitter", Unit.TIME, "at most 2.147s"),
                                required("table", Unit.FILE, "distribution table (.dist)"),
                                SLOT_PACKETS,
                                SLOT_BYTES),
                        "packets leave in bursts, MEAN + JITTER T[random] / 8192 after each other (netem's slot distribution)",
                        "slot-table,1ms,200us,normal.dist",
                        BandwidthModels::slotTable),
                new ModelKind(
                        Role.BANDWIDTH,
                        "steps",
                        List.of(
                                required("file", Unit.FILE, "lines of TIME RATE"),
                                optional("end", Unit.WORD, "hold", "the last rate stays, or wrap: from 0 again")),
                        "rates of a file, each from its time on",
                        "steps,rates.txt,wrap",
                        (arguments, random) -> SteppedBandwidth.read(
                                arguments.file("file"),
                                arguments.word("end", List.of("hold", "wrap")).equals("wrap"))),
                new ModelKind(
                        Role.BANDWIDTH,
                        "markov",
                        List.of(
                                required("rate1", Unit.BANDWIDTH, "0 stands still"),
                                required("mean1", Unit.TIME, "mean time of RATE1, at least 100us"),
                                required("rate2", Unit.BANDWIDTH, "0 stands still"),
                                required("mean2", Unit.TIME, "mean time of RATE2, at least 100us")),
                        "two rates in turn, each for an exponentially distributed time",
                        "markov,100M,1s,10M,200ms",
                        BandwidthModels::markov),
                new ModelKind(
                        Role.BANDWIDTH,
                        "mahimahi",
                        List.of(
                                required("file", Unit.FILE, "a time in ms a line"),
                                optional("opportunity", Unit.COUNT, "1504", "bytes at a time: an IP packet and 4"),
                                optional("end", Unit.WORD, "wrap", "starts again, or once: then refuses")),
                        "opportunities to leave of a Mahimahi trace",
                        "mahimahi,lte.trace",
                        (arguments, random) -> MahimahiTrace.read(
                                arguments.file("file"),
                                (int) arguments.count("opportunity", 1, MAX_CELL_BYTES),
                                arguments.word("end", List.of("wrap", "once")).equals("wrap"))),
                new ModelKind(
                        Role.BANDWIDTH,
                        "profile",
                        List.of(
                                required("bps", Unit.BANDWIDTH, "0 is the file's bw"),
                                required("file", Unit.FILE, "a dummynet profile")),
                        "BPS, and for each packet an extra time on the channel (dummynet's profile)",
                        "profile,0,wifi.profile",
                        (arguments, random) ->
                                ProfileBandwidth.read(arguments.bandwidth("bps"), arguments.file("file"), random)));
    }

    private static BandwidthModel atRate(Arguments arguments, int overheadBytes) {
        long bitsPerSecond = arguments.bandwidth("bps");
        return bitsPerSecond == 0 ? BandwidthModel.unlimited() : new ConstantBandwidth(bitsPerSecond, overheadBytes);
    }

    private static BandwidthModel netem(Arguments arguments) {
        long bitsPerSecond = arguments.bandwidth("bps");
        double overhead = arguments.number("overhead", -MAX_OVERHEAD_BYTES, MAX_OVERHEAD_BYTES);
        if (overhead != Math.rint(overhead)) {
            throw new SpecException("overhead " + overhead + " is not a whole number");
        }
        int cell = (int) arguments.count("cell", 0, MAX_CELL_BYTES);
        int cellOverhead = (int) arguments.count("cell-overhead", 0, MAX_OVERHEAD_BYTES);
        return bitsPerSecond == 0
                ? BandwidthModel.unlimited()
                : new ConstantBandwidth(bitsPerSecond, (int) overhead, cell, cellOverhead);
    }

    private static BandwidthModel average(Arguments arguments) {
        long bitsPerSecond = arguments.bandwidth("bps");
        if (bitsPerSecond > 0 && bitsPerSecond < AverageBandwidth.MIN_BITS_PER_SECOND) {
            throw new SpecException("bps is " + bitsPerSecond + "; it must be 0 or at least "
                    + AverageBandwidth.MIN_BITS_PER_SECOND + ", a byte a tick");
        }
        return bitsPerSecond == 0 ? BandwidthModel.unlimited() : new AverageBandwidth(bitsPerSecond);
    }

    private static BandwidthModel tokenBucket(Arguments arguments) {
        long bitsPerSecond = arguments.bandwidth("bps");
        long burst = arguments.bytes("burst");
        if (burst > TokenBucket.MAX_BURST_BYTES) {
            throw new SpecException("burst is " + burst + "; it is at most 1G");
        }
        return bitsPerSecond == 0 ? BandwidthModel.unlimited() : new TokenBucket(bitsPerSecond, burst);
    }

    private static BandwidthModel timeDivision(Arguments arguments) {
        long bitsPerSecond = arguments.bandwidth("bps");
        long period = arguments.timeNanos("period");
        long slot = arguments.timeNanos("slot");
        long guard = arguments.timeNanos("guard");
        if (bitsPerSecond == 0) {
            throw new SpecException("bps is 0; it must be above 0");
        }
        if (slot > period || guard >= slot) {
            throw new SpecException("slot must be at most period, and longer than guard");
        }
        return new TimeDivision(bitsPerSecond, period, slot, guard);
    }

    private static BandwidthModel slots(Arguments arguments, RandomGenerator random) {
        long min = arguments.timeNanos("min");
        long max = arguments.has("max") ? arguments.timeNanos("max") : min;
        if (max < min) {
            throw new SpecException("max is below min");
        }
        long width = max - min + 1;
        // The high word of a 64-bit draw times the width: each whole nanosecond, with a bias below width / 2^64.
        return slotted(arguments, () -> min + Math.unsignedMultiplyHigh(random.nextLong(), width));
    }

    private static BandwidthModel slotTable(Arguments arguments, RandomGenerator random) {
        long mean = arguments.timeNanos("mean");
        long jitter = arguments.timeNanos("jitter");
        if (jitter > Integer.MAX_VALUE) {
            throw new SpecException("a jitter of " + jitter + " ns is too large; at most " + Integer.MAX_VALUE + " ns");
        }
        NetemTable table = NetemTable.read(arguments.file("table"));
        return slotted(arguments, () -> Math.max(0, table.value(mean, jitter, random.nextLong() >>> 32)));
    }

    private static BandwidthModel slotted(Arguments arguments, LongSupplier gapNanos) {
        long packets = arguments.count("packets", 0, MAX_SLOT_COUNT);
        long bytes = arguments.bytes("bytes");
        return new SlottedRelease(
                gapNanos, packets == 0 ? Long.MAX_VALUE : packets, bytes == 0 ? Long.MAX_VALUE : bytes);
    }

    private static BandwidthModel markov(Arguments arguments, RandomGenerator random) {
        long rate1 = arguments.bandwidth("rate1");
        long mean1 = arguments.timeNanos("mean1");
        long rate2 = arguments.bandwidth("rate2");
        long mean2 = arguments.timeNanos("mean2");
        if (rate1 == 0 && rate2 == 0) {
            throw new SpecException("rate1 and rate2 are both 0");
        }
        if (Math.min(mean1, mean2) < MarkovBandwidth.MIN_MEAN_NANOS) {
            throw new SpecException("mean1 and mean2 must be at least 100us");
        }
        return new MarkovBandwidth(rate1, mean1, rate2, mean2, random);
    }
}
