package io.tlem.impair;

/** How much the files of models may have. With as much, all models of a link fit into the memory that Java is given. */
public final class FileLimits {
    /** Lines of times and values, and of values alone. */
    public static final int LINES = 1 << 20;

    /** Opportunities of a trace of Mahimahi's. */
    public static final int OPPORTUNITIES = 1 << 23;

    /** Packets of which a file says whether they are lost. */
    public static final int PACKETS = 1 << 26;

    private FileLimits() {}
}
