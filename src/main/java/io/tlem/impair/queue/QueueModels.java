package io.tlem.impair.queue;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.QueueModel;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/** The queues that come with the emulator. */
public final class QueueModels implements ModelLibrary {
    private static final long MAX_PACKETS = 1_000_000;
    private static final long MAX_PACKET_BYTES = 65_535;
    private static final long MAX_HELD_PACKETS = 100_000;
    private static final long MAX_HELD_BYTES = 256 << 20;
    private static final long MIN_UPDATE_NANOS =
            100_000; // updates are made up for at an arrival, so there must not be too many

    private static final Parameter SIZE = required("size", Unit.SIZE, "at most 1G");
    private static final Parameter N = required("n", Unit.COUNT, "1 to 1000000");
    private static final Parameter ECN =
            optional("ecn", Unit.WORD, "off", "on: packets whose senders take part are marked instead of dropped");

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                kind(
                        "bytes",
                        List.of(SIZE),
                        "drop-tail queue that admits while the backlog is at most SIZE, as TLEM and dummynet do",
                        "50k",
                        (arguments, random) -> new DropTailQueue(bytes(arguments, "size"), ComputedQueue.MAX_PACKETS)),
                kind(
                        "packets",
                        List.of(N),
                        "drop-tail queue of at most N packets, the one on the link included",
                        "packets,100",
                        (arguments, random) -> new DropTailQueue(Long.MAX_VALUE, arguments.count("n", 1, MAX_PACKETS))),
                kind(
                        "head-bytes",
                        List.of(required("size", Unit.SIZE, "at most 256M")),
                        "drop-head queue: the oldest packets are dropped while more than SIZE bytes wait",
                        "head-bytes,50k",
                        (arguments, random) -> new DropHeadQueue(heldBytes(arguments), Long.MAX_VALUE)),
                kind(
                        "head-packets",
                        List.of(required("n", Unit.COUNT, "1 to 100000")),
                        "drop-head queue: the oldest packet is dropped for a new one while N wait (pfifo_head_drop)",
                        "head-packets,100",
                        (arguments, random) ->
                                new DropHeadQueue(Long.MAX_VALUE, arguments.count("n", 1, MAX_HELD_PACKETS))),
                kind(
                        "red",
                        red("at the average size from which all are dropped"),
                        "random early detection (Floyd and Jacobson)",
                        "red,100k,20k,60k,10%",
                        (arguments, random) -> red(arguments, false, random)),
                kind(
                        "gred",
                        red("at the average size from which drops rise to all, at twice that"),
                        "gentle random early detection, as dummynet's gred",
                        "gred,100k,20k,40k,10%",
                        (arguments, random) -> red(arguments, true, random)),
                kind(
                        "codel",
                        List.of(
                                optional("limit", Unit.COUNT, "1000", "packets, 1 to 100000"),
                                optional("target", Unit.TIME, "5ms", "delay that may stand"),
                                optional("interval", Unit.TIME, "100ms", "for which it may be longer, above 0"),
                                ECN),
                        "controlled delay (RFC 8289): drops at the head what keeps a delay standing",
                        "codel",
                        (arguments, random) -> codel(arguments)),
                kind(
                        "pie",
                        List.of(
                                optional("limit", Unit.COUNT, "1000", "packets, 1 to 1000000"),
                                optional("target", Unit.TIME, "15ms", "delay that is steered for"),
                                optional("update", Unit.TIME, "15ms", "between two looks at the delay, at least 100us"),
                                optional("alpha", Unit.NUMBER, "0.125", "weight of the delay, 1/s, 0 to 1000"),
                                optional("beta", Unit.NUMBER, "1.25", "weight of its change, 1/s, 0 to 1000"),
                                optional("burst", Unit.TIME, "150ms", "for which nothing is dropped at first"),
                                ECN),
                        "proportional integral controller (RFC 8033): drops at arrival to keep a delay near the target",
                        "pie",
                        QueueModels::pie));
    }

    private static ModelKind kind(
            String name,
            List<Parameter> parameters,
            String summary,
            String example,
            BiFunction<Arguments, RandomGenerator, QueueModel> factory) {
        return new ModelKind(Role.QUEUE, name, parameters, summary, example, factory);
    }

    private static List<Parameter> red(String max) {
        return List.of(
                required(
                        "limit",
                        Unit.WORD,
                        "size from which no packet is let in; sizes are bytes or, with in, packets"),
                required("min", Unit.WORD, "average size from which packets are dropped"),
                required("max", Unit.WORD, max),
                optional("p", Unit.PROBABILITY, "10%", "of a packet to be dropped at MAX"),
                optional("weight", Unit.PROBABILITY, "0.002", "of the present size in the average"),
                optional("in", Unit.WORD, "bytes", "or packets: what sizes count"),
                optional(
                        "ecn",
                        Unit.WORD,
                        "off",
                        "on: packets whose senders take part are marked instead of dropped; all: from MIN on all are"
                                + " marked or dropped (dummynet)"),
                optional(
                        "longest",
                        Unit.COUNT,
                        "0",
                        "bytes of the longest packet, P is its probability and shorter ones have less; 0: all have P"));
    }

    private static long bytes(Arguments arguments, String name) {
        long bytes = arguments.bytes(name);
        if (bytes > ComputedQueue.MAX_BYTES) {
            throw new SpecException("a queue of " + bytes + " bytes is too large; at most 1G");
        }
        return bytes;
    }

    private static long heldBytes(Arguments arguments) {
        long bytes = arguments.bytes("size");
        if (bytes > MAX_HELD_BYTES) {
            throw new SpecException("a queue of " + bytes + " bytes is too large; at most 256M");
        }
        return bytes;
    }

    private static boolean ecn(Arguments arguments) {
        return arguments.word("ecn", List.of("off", "on")).equals("on");
    }

    private static QueueModel red(Arguments arguments, boolean gentle, RandomGenerator random) {
        boolean inPackets = arguments.word("in", List.of("bytes", "packets")).equals("packets");
        long limit = size(arguments, "limit", inPackets);
        long min = size(arguments, "min", inPackets);
        long max = size(arguments, "max", inPackets);
        if (max <= min) {
            throw new SpecException("max, " + max + ", must be above min, " + min);
        }
        RedQueue.Curve curve = new RedQueue.Curve(
                (double) min,
                (double) max,
                arguments.probability("p"),
                arguments.probability("weight"),
                gentle,
                arguments.count("longest", 0, MAX_PACKET_BYTES));
        RedQueue.Ecn ecn = RedQueue.Ecn.valueOf(
                arguments.word("ecn", List.of("off", "on", "all")).toUpperCase(Locale.ROOT));
        return new RedQueue(limit, curve, inPackets, ecn, random);
    }

    private static long size(Arguments arguments, String name, boolean inPackets) {
        String text = arguments.texts(name).get(0);
        long most = inPackets ? MAX_PACKETS : ComputedQueue.MAX_BYTES;
        long size = inPackets ? Units.parseCount(text, 0, most) : Units.parseBytes(text);
        if (size > most) {
            throw new SpecException(name + " of " + size + " bytes is too large; at most 1G");
        }
        return size;
    }

    private static QueueModel codel(Arguments arguments) {
        long interval = arguments.timeNanos("interval");
        if (interval == 0) {
            throw new SpecException("interval is 0; it must be above");
        }
        return new CodelQueue(
                arguments.count("limit", 1, MAX_HELD_PACKETS), arguments.timeNanos("target"), interval, ecn(arguments));
    }

    private static QueueModel pie(Arguments arguments, RandomGenerator random) {
        long update = arguments.timeNanos("update");
        if (update < MIN_UPDATE_NANOS) {
            throw new SpecException("update is " + update + " ns; it must be at least 100us");
        }
        PieQueue.Control control = new PieQueue.Control(
                arguments.timeNanos("target"),
                update,
                arguments.number("alpha", 0, 1000),
                arguments.number("beta", 0, 1000),
                arguments.timeNanos("burst"));
        return new PieQueue(arguments.count("limit", 1, MAX_PACKETS), control, ecn(arguments), random);
    }
}
