package io.tlem.bench;

/**
 * How everything is measured.
 *
 * @param repeat counted rounds
 * @param attempts rounds that are tried for each that counts, where the machine is not steady
 * @param nanos length of one measured interval
 * @param machine which CPUs to use
 * @param quiet whether not to say on standard error what is being done
 */
record Settings(int repeat, int attempts, long nanos, Threads machine, boolean quiet) {
    /** Says what is being done. */
    void progress(String text) {
        if (!quiet) {
            System.err.println("bench: " + text);
        }
    }
}
