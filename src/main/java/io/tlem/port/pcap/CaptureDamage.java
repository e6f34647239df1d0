package io.tlem.port.pcap;

/** A capture does not go on as one would. What came before has been read. */
final class CaptureDamage extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param what is there, for people: the rest of a sentence that begins with a place */
    CaptureDamage(String what) {
        super(what, null, false, false);
    }
}
