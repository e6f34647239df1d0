package io.tlem.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Intervals in a row, each with drops. */
@Name("tlem.DropBurst")
@Label("Burst of Drops")
@Category("TLEM")
@Description("Consecutive intervals in which packets were dropped")
@StackTrace(false)
final class DropBurstEvent extends Event {
    @Label("Link")
    String link;

    @Label("Direction")
    String direction;

    @Label("Dropped Packets")
    long packets;

    @DataAmount
    @Label("Dropped Bytes")
    long bytes;

    @Label("Reasons")
    String reasons;
}
