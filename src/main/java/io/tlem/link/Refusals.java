package io.tlem.link;

/**
 * Packets for which the buffer is to have no room although there is some, as it had none when they came for the first time:
 * that depends on how fast they left, and so on no clock. These here are none: while the virtual machine knows no other class
 * it leaves the questions out. Used by the stage that stores packets.
 */
public class Refusals {
    /** All packets have room. */
    static final Refusals NONE = new Refusals();

    /** Of subclasses, which refuse some. */
    protected Refusals() {}

    /**
     * Whether there is to be no room for a packet. Asked at most once of each.
     *
     * @param number of the packet, among those that the direction has received
     */
    public boolean refuses(long number) {
        return false;
    }

    /** Whether there is one among so many packets. */
    public boolean refusesAny(long firstNumber, int count) {
        return false;
    }
}
