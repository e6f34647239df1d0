package io.tlem.cli;

import io.tlem.os.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * A line on a terminal that says how much of something long is done, and how much longer it takes. Where the standard output is no
 * terminal, or nobody wants it, there is none. It appears when the work has taken half a second, and goes with {@link #close}.
 * Used by one thread, but for {@link #leaveTerminal}.
 */
final class ProgressBar implements AutoCloseable {
    private static final long PATIENCE_NANOS = 500_000_000; // before it appears
    private static final long PAUSE_NANOS = 100_000_000;
    private static final int MOST_COLUMNS = 30; // of the bar
    private static final double LEAST_FORESEEN = 0.02; // a share that says how long the rest takes

    private static final double UNKNOWN = -1;

    private static volatile ProgressBar onTerminal; // the one that may be there

    private final OptionalInt columns;
    private final LongSupplier clock;
    private final PrintStream out;
    private final long startNanos;
    private long nextNanos;
    private double firstShare = UNKNOWN; // of what was done before
    private volatile int shown; // characters
    private boolean known = true; // how much was done, when that was shown last

    /**
     * @param columns of the terminal, empty for no bar
     * @param clock ns
     */
    ProgressBar(OptionalInt columns, LongSupplier clock, PrintStream out) {
        this.columns = columns;
        this.clock = clock;
        this.out = out;
        this.startNanos = clock.getAsLong();
        this.nextNanos = startNanos + PATIENCE_NANOS;
    }

    /** On this program's standard output, if that is a terminal. */
    static ProgressBar onTerminal(boolean wanted) {
        onTerminal = new ProgressBar(wanted ? Terminal.columns() : OptionalInt.empty(), System::nanoTime, System.out);
        return onTerminal;
    }

    /** The process ends now: what is on the terminal goes, so that the next prompt has a line of its own. Called by any thread. */
    static void leaveTerminal() {
        ProgressBar there = onTerminal;
        if (there != null) {
            there.close();
        }
    }

    /**
     * Shows how far the work is; most calls do nothing. What begins of which it is not known how long it takes is shown at once.
     *
     * @param share that is done, 0 to 1; negative where that is not known
     * @param what is done, in a word or two
     */
    void show(double share, String what) {
        firstShare = firstShare < 0 ? share : firstShare;
        if (columns.isEmpty()) {
            return;
        }
        long now = clock.getAsLong();
        boolean turns = known && share < 0 && now - startNanos >= PATIENCE_NANOS;
        if (now < nextNanos && !turns) {
            return;
        }
        known = share >= 0;
        nextNanos = now + PAUSE_NANOS;
        write(share < 0 ? what + " ..." : line(Math.min(share, 1), what, now - startNanos));
    }

    private String line(double share, String what, long nanos) {
        double own = share - firstShare;
        String left = own < LEAST_FORESEEN ? "" : "  " + left(Math.round(nanos / own * (1 - share) / 1e9));
        String end = String.format(Locale.ROOT, " %3d %%%s", (int) (share * 100), left);
        int room = Math.min(MOST_COLUMNS, columns.getAsInt() - 1 - what.length() - end.length() - 3);
        if (room < 4) {
            return what + end;
        }
        int done = (int) (share * room);
        return what + " [" + "#".repeat(done) + "-".repeat(room - done) + "]" + end;
    }

    private static String left(long seconds) {
        Duration left = Duration.ofSeconds(Math.max(1, seconds));
        return left.toMinutes() == 0
                ? left.toSeconds() + " s left"
                : String.format(
                        Locale.ROOT, "%d:%02d:%02d left", left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    /** Over what was there. */
    private void write(String line) {
        String cut = line.substring(0, Math.min(line.length(), columns.getAsInt() - 1));
        put("\r" + cut + " ".repeat(Math.max(0, shown - cut.length())));
        shown = cut.length();
    }

    private void put(String text) {
        out.print(text);
        out.flush();
    }

    /** Takes it away; it may appear again. */
    @Override
    public void close() {
        if (shown > 0) {
            put("\r" + " ".repeat(shown) + "\r");
            shown = 0;
        }
    }
}
