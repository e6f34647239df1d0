package io.tlem.impair.queue;

import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.QueueModel;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.util.List;

/** The queues that come with the emulator. */
public final class QueueModels implements ModelLibrary {
    private static final long MAX_PACKETS = 1_000_000;

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.QUEUE,
                        "bytes",
                        List.of(Parameter.required("size", Unit.SIZE, "at most 1G")),
                        "drop-tail queue that admits while the backlog is at most SIZE, as TLEM and dummynet do",
                        "50k",
                        (arguments, random) -> ofBytes(arguments.bytes("size"))),
                new ModelKind(
                        Role.QUEUE,
                        "packets",
                        List.of(Parameter.required("n", Unit.COUNT, "1 to 1000000")),
                        "drop-tail queue of at most N packets, the one on the link included",
                        "packets,100",
                        (arguments, random) ->
                                new DropTailQueue(Long.MAX_VALUE, arguments.count("n", 1, MAX_PACKETS))));
    }

    private static QueueModel ofBytes(long bytes) {
        if (bytes > DropTailQueue.MAX_BYTES) {
            throw new SpecException("a queue of " + bytes + " bytes is too large; at most 1G");
        }
        return new DropTailQueue(bytes, DropTailQueue.MAX_PACKETS);
    }
}
