package io.tlem.impair;

/** What a model decides about a packet, in the order in which a packet meets the roles. The label is the option's name. */
public enum Role {
    /** Whether the link is down, and loses everything. */
    OUTAGE("--outage", "outage", LossModel.class, ""),
    /** Loss before the queue: a lost packet takes no time on the link. */
    LOSS("-L", "loss", LossModel.class, "plr"),
    QUEUE("-Q", "queue", QueueModel.class, "bytes"),
    BANDWIDTH("-B", "bandwidth", BandwidthModel.class, "constant"),
    /** Loss behind the link, with the kinds of {@link #LOSS}: a lost packet has taken its time on the link. */
    LOSS_AFTER("--loss-after", "loss-after", LossModel.class, "plr"),
    CORRUPT("--corrupt", "corrupt", EditModel.class, "bits"),
    MARK("--mark", "mark", EditModel.class, "ecn"),
    TRUNCATE("--truncate", "truncate", EditModel.class, "length"),
    DELAY("-D", "delay", DelayModel.class, "constant"),
    /** What is subtracted from the delay, with the kinds of {@link #DELAY}. */
    DELAY_OFFSET("-O", "delay-offset", DelayModel.class, "constant"),
    /** What becomes of a packet that the delay would let overtake. */
    ORDER("--order", "order", Order.class, "allow-drop"),
    REORDER("-R", "reorder", ReorderModel.class, "constant"),
    DUPLICATE("--duplicate", "duplicate", DuplicateModel.class, "random");

    private final String option;
    private final String label;
    private final Class<?> type;
    private final String usualKind;

    Role(String option, String label, Class<?> type, String usualKind) {
        this.option = option;
        this.label = label;
        this.type = type;
        this.usualKind = usualKind;
    }

    /** The command line's option, TLEM's letter where it has one. */
    public String option() {
        return option;
    }

    /** Name in messages, and of the command line's long option. */
    public String label() {
        return label;
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
