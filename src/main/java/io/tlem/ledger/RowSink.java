package io.tlem.ledger;

import java.io.IOException;

/** A file of rows in some format. Used by one thread. */
interface RowSink {
    /** Adds a row, which it does not keep. */
    void add(Row row) throws IOException;

    /** Other models have decided since. */
    default void changed(int direction, int epoch, long number, long nanos) throws IOException {}

    /** Writes what waits to be written. */
    void flush() throws IOException;

    /**
     * Ends the file, and closes it.
     *
     * @param rows that were added
     * @param lost entries
     */
    void finish(long rows, long lost) throws IOException;
}
