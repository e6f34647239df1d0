package io.tlem.cli;

import io.tlem.text.Shown;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.function.LongFunction;

/**
 * The standard output and the standard error of the process. {@code System.out} and {@code System.err} write to them; what
 * cannot be written is said on the standard error when it happens, and is a failure of the command.
 */
final class Output {
    private static final long PATIENCE_NANOS = 2_000_000_000;
    private static final long LIMIT_NANOS = 10_000_000_000L;

    private static final LineStream OUT = new LineStream("standard output", new FileOutputStream(FileDescriptor.out));
    private static final LineStream ERR = new LineStream("standard error", new FileOutputStream(FileDescriptor.err));

    private static volatile boolean installed;
    private static volatile boolean aLinkRuns;

    private Output() {}

    /** Once, before anything is written. */
    static void install() {
        installed = true;
        System.setOut(new PrintStream(OUT, true, System.out.charset()));
        System.setErr(new PrintStream(ERR, true, System.err.charset()));
        OUT.onProblem(problem -> {
            // A list that was cut by "| head" is nobody's problem.
            if (aLinkRuns || !OUT.isClosedByReader()) {
                warn(problem + (aLinkRuns ? "; the link goes on" : ""));
            }
        });
    }

    /**
     * A link runs from now on, which waits for nobody who reads.
     *
     * @param leftOut makes the line of the standard output that stands in the place of so many others
     */
    static void neverWait(LongFunction<String> leftOut) {
        if (!installed) {
            return; // the outputs are another program's, which runs a command within itself
        }
        aLinkRuns = true;
        OUT.neverWait(leftOut);
        ERR.neverWait(lines -> "tlem: " + lines + " lines are left out here: they were not read");
    }

    /** What is for the standard output goes to the standard error from now on: there is something else on the former. */
    static void givesWayOnStandardOutput() {
        System.setOut(System.err);
    }

    /** Whether nobody reads the standard output any more. */
    static boolean isClosedByReader() {
        return OUT.isClosedByReader();
    }

    /** One line on the standard error. What users and the system put into it reaches no terminal as it is. */
    static void warn(String text) {
        System.err.println("tlem: " + Shown.line(text.strip(), System.err.charset()));
    }

    /** Lines for people on the standard output, which keeps to the same. */
    static synchronized void text(String text) {
        for (String line : text.split("\n", -1)) {
            System.out.println(Shown.output(line, System.out.charset()));
        }
    }

    /**
     * Writes what is left, but waits for no reader that does not read.
     *
     * @param status of the command
     * @return 1 instead of 0 when something could not be written
     */
    static int finish(int status) {
        boolean complete = false;
        try {
            aLinkRuns = false;
            complete = OUT.finish(PATIENCE_NANOS, LIMIT_NANOS);
            complete &= ERR.finish(PATIENCE_NANOS, LIMIT_NANOS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return status == 0 && !complete ? 1 : status;
    }
}
