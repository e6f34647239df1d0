package io.tlem.report;

/**
 * Packets that a model takes, in runs of those that follow each other: how many runs, how long, and how far apart they begin.
 * From that follows how much the share of packets taken is uncertain, however bursty the model is: runs and what lies between
 * begin anew each time. Used by one thread, and allocates nothing.
 */
final class Runs {
    private long taken;
    private long runs;
    private long last = -2;
    private long start;
    private long length;
    private long longest;
    private double lengths2;
    private long cycles; // of a run and what follows it, up to the next one
    private double cycleLength;
    private double cycleLength2;
    private double cycleTaken;
    private double cycleTaken2;
    private double cycleBoth;

    /** The packet of this number is taken. */
    void take(long number) {
        taken++;
        if (number == last + 1) {
            length++;
        } else {
            if (runs > 0) {
                endCycle(number);
            }
            runs++;
            start = number;
            length = 1;
        }
        lengths2 += 2.0 * length - 1; // what its square has grown by
        longest = Math.max(longest, length);
        last = number;
    }

    private void endCycle(long next) {
        double all = next - start;
        double lost = length;
        cycles++;
        cycleLength += all;
        cycleLength2 += all * all;
        cycleTaken += lost;
        cycleTaken2 += lost * lost;
        cycleBoth += all * lost;
    }

    /** Adds those of another time. */
    void add(Runs other) {
        taken += other.taken;
        runs += other.runs;
        longest = Math.max(longest, other.longest);
        lengths2 += other.lengths2;
        cycles += other.cycles;
        cycleLength += other.cycleLength;
        cycleLength2 += other.cycleLength2;
        cycleTaken += other.cycleTaken;
        cycleTaken2 += other.cycleTaken2;
        cycleBoth += other.cycleBoth;
    }

    long taken() {
        return taken;
    }

    long runs() {
        return runs;
    }

    long longest() {
        return longest;
    }

    /** Packets of a run on average; NaN without runs. */
    double meanLength() {
        return (double) taken / runs;
    }

    /** Standard error of {@link #meanLength}. */
    double meanLengthError() {
        double mean = meanLength();
        return runs < 2 ? Double.NaN : Math.sqrt(Math.max(0, lengths2 / runs - mean * mean) / (runs - 1));
    }

    /**
     * How many times as much as with independent packets the share varies; 1 where too few runs are known.
     *
     * @param share of packets that are taken
     */
    double inflation(double share) {
        if (cycles < 10 || share <= 0 || share >= 1) {
            return 1;
        }
        // Of a ratio of sums over independent cycles, by the delta method.
        double squares = cycleTaken2 - 2 * share * cycleBoth + share * share * cycleLength2;
        double sum = cycleTaken - share * cycleLength;
        double variance = (squares - sum * sum / cycles) / (cycles - 1);
        return variance * cycles / cycleLength / (share * (1 - share));
    }
}
