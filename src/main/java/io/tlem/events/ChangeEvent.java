package io.tlem.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A direction's parameters have changed. */
@Name("tlem.Change")
@Label("Change")
@Category("TLEM")
@Description("Parameters of a direction changed")
@StackTrace(false)
final class ChangeEvent extends Event {
    @Label("Link")
    String link;

    @Label("Direction")
    String direction;

    @Label("Version")
    long version;

    @Label("Cause")
    String cause;

    @Label("First Packet")
    long firstPacket;

    @Timespan
    @Label("In Force Since Start")
    long elapsed;
}
