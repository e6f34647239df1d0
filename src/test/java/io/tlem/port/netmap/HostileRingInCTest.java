package io.tlem.port.netmap;

/** The same of rings in memory that is trusted to stay, so that the loops over slots are in C where there is a compiler. */
class HostileRingInCTest extends HostileRingTest {
    @Override
    String options() {
        return ",trusted=on";
    }
}
