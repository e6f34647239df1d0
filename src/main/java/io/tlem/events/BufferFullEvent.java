package io.tlem.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Intervals in a row, in each of which the buffer was full. */
@Name("tlem.BufferFull")
@Label("Buffer Full")
@Category("TLEM")
@Description("Consecutive intervals in which the buffer had no room for a packet")
@StackTrace(false)
final class BufferFullEvent extends Event {
    @Label("Link")
    String link;

    @Label("Direction")
    String direction;

    @Label("Dropped Packets")
    long packets;

    @DataAmount
    @Label("Dropped Bytes")
    long bytes;

    @Timespan
    @Label("Receiving Waited")
    long waited;
}
