package io.tlem.port.pipe;

import io.tlem.os.SharedFile;
import java.io.IOException;
import java.lang.foreign.Arena;

/** Where the two ends of a pipe find each other, and who has them. */
interface PipePlace {
    /**
     * Attaches to one end of a pipe, and makes the pipe if there is none.
     *
     * @param arena owns the mapping
     * @param name of the pipe, fit for a file name
     * @param end 0 or 1
     * @param wantedSlots 0 for any number; an existing pipe keeps its own
     * @param defaultSlots for a new one, where any number will do
     * @throws BusyException when somebody has the end
     * @throws IOException when the pipe cannot be used, with one line
     */
    Attached attach(Arena arena, String name, int end, int wantedSlots, int defaultSlots) throws IOException;

    /** An end that a port has, until it gives it back. */
    interface Attached {
        /** What lies in the memory. */
        PipeFile pipe();

        /** The memory, to be mapped once more. */
        SharedFile file();

        /** Gives the end back. What cannot be given back is free when the process ends. */
        void detach();
    }

    /** An end of a pipe that is in use. */
    final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        BusyException(String message) {
            super(message);
        }
    }
}
