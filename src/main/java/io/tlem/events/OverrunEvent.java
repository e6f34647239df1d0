package io.tlem.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Intervals in a row, each with a packet that left late. */
@Name("tlem.Overrun")
@Label("Overrun")
@Category("TLEM")
@Description("Consecutive intervals in which a packet left a millisecond or more after its time")
@StackTrace(false)
final class OverrunEvent extends Event {
    @Label("Link")
    String link;

    @Label("Direction")
    String direction;

    @Timespan
    @Label("Most Late")
    long mostLate;

    @Label("Packets Too Late to Send")
    long packetsTooLate;
}
