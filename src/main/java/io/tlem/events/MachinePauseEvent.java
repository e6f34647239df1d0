package io.tlem.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The machine held up a thread that had nothing to do. */
@Name("tlem.MachinePause")
@Label("Machine Pause")
@Category("TLEM")
@Description(
        "The machine woke an idle thread a millisecond or more too late; begins with the thread's sleep of a millisecond")
@StackTrace(false)
final class MachinePauseEvent extends Event {
    @Label("Link")
    String link;

    @Timespan
    @Label("Late")
    long late;
}
