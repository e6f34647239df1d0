package io.tlem.impair;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * What a model decides about a packet, in the order in which a packet meets the roles. This is the only list of them:
 * options, keys of files and reports follow from it.
 */
public enum Role {
    /** Whether the link is down, and loses everything. */
    OUTAGE("--outage", "OUTAGE", LossModel.class, "", "When the link is down and loses everything."),
    /** Loss before the queue: a lost packet takes no time on the link. */
    LOSS(
            "-L --loss",
            "LOSS",
            LossModel.class,
            "plr",
            "Loss before the link: P loses each packet with probability P (0 to 1, or with %); and others. Default: 0."),
    QUEUE(
            "-Q --queue",
            "QUEUE",
            QueueModel.class,
            "bytes",
            "Queue before the link: drop-tail of SIZE bytes (k, M, G are powers of 1024) or packets,N; and others."
                    + " Default: 50000 bytes when a bandwidth is given."),
    BANDWIDTH(
            "-B --bandwidth",
            "BW",
            BandwidthModel.class,
            "constant",
            "Bandwidth in bit/s: BPS counts the frame as captured; ether,BPS adds 24 bytes of framing. k, M, G, T are"
                    + " powers of 1000. Default: 0, no limit. This option and the others with a model are given once"
                    + " for both directions, or twice: A to B, then B to A; tlem models lists all models, and none is"
                    + " the default."),
    /** Loss behind the link, with the kinds of {@link #LOSS}: a lost packet has taken its time on the link. */
    LOSS_AFTER(
            "--loss-after",
            "LOSS",
            LossModel.class,
            "plr",
            "Loss behind the link, as of hardware: a lost packet has taken its time on the link."),
    CORRUPT("--corrupt", "CORRUPT", EditModel.class, "bits", "Changes bits of packets with probability P."),
    MARK("--mark", "MARK", EditModel.class, "ecn", "Marks packets as having met congestion (ECN) with probability P."),
    TRUNCATE("--truncate", "TRUNCATE", EditModel.class, "length", "Cuts packets off with probability P."),
    DELAY(
            "-D --delay",
            "DELAY",
            DelayModel.class,
            "constant",
            "Delay added after the link: T or uniform,MIN,MAX and others; in seconds, or with ms (m), us (u), ns (n)."
                    + " Default: 0."),
    /** What is subtracted from the delay, with the kinds of {@link #DELAY}. */
    DELAY_OFFSET(
            "-O --delay-offset",
            "T",
            DelayModel.class,
            "constant",
            "Subtracted from each delay, down to 0: what the way to and from the emulator adds anyway."),
    /** What becomes of a packet that the delay would let overtake. */
    ORDER(
            "--order -P",
            "ORDER",
            Order.class,
            "allow-drop",
            "What becomes of a packet that a varying delay would let overtake: keep, it leaves behind the one ahead;"
                    + " spaced or 0, as TLEM does; drop or 1, as with TLEM's -P 1; delay-first, the link waits for it,"
                    + " as netem's rate does. Default: keep."),
    REORDER(
            "-R --reorder",
            "REORDER",
            ReorderModel.class,
            "constant",
            "Reordering behind the link: constant,P,T holds packets for T with probability P; and others. Default:"
                    + " packets keep their order."),
    DUPLICATE("--duplicate", "DUPLICATE", DuplicateModel.class, "random", "Duplicates packets with probability P.");

    private final String names;
    private final String parameter;
    private final Class<?> type;
    private final String usualKind;
    private final String description;

    Role(String names, String parameter, Class<?> type, String usualKind, String description) {
        this.names = names;
        this.parameter = parameter;
        this.type = type;
        this.usualKind = usualKind;
        this.description = description;
    }

    /** The names of its option, first the one that messages use. */
    public List<String> names() {
        return List.of(names.split(" "));
    }

    /** The command line's option in messages, TLEM's letter where it has one. */
    public String option() {
        return names().getFirst();
    }

    /** Name in messages, and of the command line's long option. */
    public String label() {
        return Collections.max(names(), Comparator.comparing(String::length)).substring(2);
    }

    /** What stands for a specification in the help. */
    public String parameter() {
        return parameter;
    }

    /** What its option does. */
    public String description() {
        return description;
    }

    /** What models of this role are. */
    public Class<?> type() {
        return type;
    }

    /** The kind that a specification without a kind means, as {@code 10ms} means {@code constant,10ms}; or "". */
    public String usualKind() {
        return usualKind;
    }

    /** The role under which the kinds of this one are declared. */
    public Role declaredAs() {
        return switch (this) {
            case LOSS_AFTER -> LOSS;
            case DELAY_OFFSET -> DELAY;
            default -> this;
        };
    }
}
