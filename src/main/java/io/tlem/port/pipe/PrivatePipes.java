package io.tlem.port.pipe;

import io.tlem.os.SharedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/** Pipes with both ends in this process: their memory has no name, and nothing of it stays, however the process ends. */
final class PrivatePipes implements PipePlace {
    /** The one place of its kind. */
    static final PrivatePipes PLACE = new PrivatePipes();

    private final Map<String, Shared> pipes = new HashMap<>(); // guarded by this

    private static final class Shared {
        final SharedFile file;
        final boolean[] taken = new boolean[PipeFile.ENDS];

        Shared(SharedFile file) {
            this.file = file;
        }
    }

    private record End(PrivatePipes place, String name, int end, PipeFile pipe, SharedFile file) implements Attached {
        @Override
        public void detach() {
            place.detach(name, end);
        }
    }

    private PrivatePipes() {}

    @Override
    public synchronized Attached attach(Arena arena, String name, int end, int wantedSlots, int defaultSlots)
            throws IOException {
        Shared shared = pipes.get(name);
        if (shared != null) {
            if (shared.taken[end]) {
                throw new BusyException("another port of this process has this end");
            }
            PipeFile pipe = PipeFile.of(arena, shared.file, name);
            shared.taken[end] = true;
            return new End(this, name, end, pipe, shared.file);
        }
        int slots = wantedSlots == 0 ? defaultSlots : wantedSlots;
        SharedFile file = SharedFile.unnamed("memory of pipe " + name, PipeFile.requireBytes(slots));
        try {
            PipeFile pipe = PipeFile.layOut(arena, file, name, slots);
            Shared made = new Shared(file);
            made.taken[end] = true;
            pipes.put(name, made);
            return new End(this, name, end, pipe, file);
        } catch (RuntimeException e) { // not enough memory, for example
            file.close();
            throw e;
        }
    }

    private synchronized void detach(String name, int end) {
        Shared shared = pipes.get(name);
        shared.taken[end] = false;
        if (!shared.taken[1 - end]) {
            pipes.remove(name);
            shared.file.close();
        }
    }
}
