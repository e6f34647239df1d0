package io.tlem.link;

import io.tlem.thread.Stage;

/**
 * Receives, decides and transmits in one thread: for machines that have fewer CPUs than threads. No packet waits there until the
 * system lets another thread run, and the thread may wait in the port for the next packet.
 */
final class JointStage implements Stage {
    private static final int MOST_TURNS = 16; // of the output, then the input has one

    private final String name;
    private final InputStage input;
    private final OutputStage output;
    private volatile boolean inputToEnd;
    private volatile boolean inputEnded;

    JointStage(String name, InputStage input, OutputStage output) {
        this.name = name;
        this.input = input;
        this.output = output;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void begin() {
        input.begin();
        output.begin();
    }

    @Override
    public int doWork() {
        int moved = 0;
        if (inputToEnd) {
            endInput();
        } else {
            moved = input.doWork();
        }
        return moved + transmit();
    }

    /** What is due goes before what waits in the port, whose own time counts from when it came there. */
    private int transmit() {
        output.beginTurn();
        int moved = output.doWork();
        for (int turn = 1; turn < MOST_TURNS && output.mayHaveMoreDue(); turn++) {
            moved += output.doWork();
        }
        return moved;
    }

    @Override
    public boolean mayGather() {
        return input.mayGather();
    }

    @Override
    public boolean mayPause() {
        return !inputEnded && !input.mayHaveMore() && !output.mayHaveMoreDue() && !output.waitsForPort();
    }

    private void endInput() {
        if (!inputEnded) {
            input.end();
            inputEnded = true;
        }
    }

    /** Nobody else brings packets, so that all that may be due first are here. */
    @Override
    public long nextDueNanos() {
        long transmission = output.waitsForPort() ? UNKNOWN : output.nextEventNanos();
        return inputEnded ? transmission : Math.min(transmission, input.nextDueNanos());
    }

    @Override
    public boolean mayComeSooner() {
        return output.waitsForPort() || (!inputEnded && input.mayComeSooner());
    }

    @Override
    public boolean awaitWork(long nanos) {
        return !inputEnded && !output.waitsForPort() && input.awaitWork(nanos);
    }

    /** Nothing more is to be received. Any thread. */
    void stopReceiving() {
        inputToEnd = true;
    }

    /** Whether nothing more will be received. Any thread. */
    boolean hasStoppedReceiving() {
        return inputEnded;
    }

    @Override
    public void end() {
        endInput();
        output.end();
    }
}
