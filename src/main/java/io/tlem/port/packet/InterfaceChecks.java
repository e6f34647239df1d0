package io.tlem.port.packet;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.InterfaceTrouble;
import io.tlem.os.InterfaceTrouble.Topic;
import io.tlem.os.PacketSocket;
import java.util.List;
import java.util.Optional;

/**
 * What about an interface makes packets go missing, or pass twice, although the port works: each said once, with what to do.
 * For one thread.
 */
public final class InterfaceChecks {
    private final String name;
    private final Warnings warnings;
    private boolean wasUp;
    private boolean hadCarrier;
    private int looksWithoutCarrier;

    /** Of the interface of this name. */
    public InterfaceChecks(String name, Warnings warnings) {
        this.name = name;
        this.warnings = warnings;
    }

    /** Looks whether somebody else sends through the interface already. */
    void lookForOthers(int interfaceIndex) {
        if (PacketSocket.senders(interfaceIndex) > 0) {
            warnings.once(
                    "others",
                    name
                            + " is a port of another program already, such as a second emulator: what comes there passes through"
                            + " both, and leaves twice; ss -0 -p names the program");
        }
    }

    /**
     * Looks at the interface as it is now.
     *
     * @param routes whether the port is a router's, which has its address from the interface
     */
    void look(boolean routes) {
        Optional<InterfaceFacts> facts = InterfaceFacts.of(name);
        if (facts.isPresent()) { // else the port fails, and says so
            look(facts.get(), routes);
        }
    }

    void look(InterfaceFacts facts, boolean routes) {
        List<InterfaceTrouble> all = InterfaceTrouble.of(name, facts);
        checkState(facts, all);
        boolean forwards = all.stream().anyMatch(trouble -> trouble.topic() == Topic.FORWARDING);
        for (InterfaceTrouble trouble : all) {
            boolean counts = switch (trouble.topic()) {
                case DOWN, CARRIER -> false; // said
                case ADDRESSES -> !routes && !forwards && !facts.loopback();
                case FORWARDING ->
                    !facts.addresses().isEmpty() && !facts.loopback(); // else it has no packet of the host's
                case MASTER, KIND -> true;
            };
            if (counts) {
                warn(trouble, trouble.said());
            }
        }
    }

    /** Looks whether packets can pass at all. */
    public void checkState(InterfaceFacts facts) {
        checkState(facts, InterfaceTrouble.of(name, facts));
    }

    private void checkState(InterfaceFacts facts, List<InterfaceTrouble> all) {
        looksWithoutCarrier = facts.running() || !facts.up() ? 0 : looksWithoutCarrier + 1;
        for (InterfaceTrouble trouble : all) {
            if (trouble.topic() == Topic.DOWN) {
                warn(trouble, wasUp ? "has been set down" : trouble.said());
            } else if (trouble.topic() == Topic.CARRIER
                    && looksWithoutCarrier > 1) { // it takes a moment after it is set up
                warn(trouble, hadCarrier ? "has lost its carrier" : trouble.said());
            }
        }
        wasUp = facts.up();
        hadCarrier |= facts.running();
    }

    private void warn(InterfaceTrouble trouble, String found) {
        warnings.once(trouble.topic(), name + " " + found + ": " + trouble.remedy());
    }
}
