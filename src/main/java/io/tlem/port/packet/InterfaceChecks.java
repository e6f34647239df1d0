package io.tlem.port.packet;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.PacketSocket;
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
            warn(
                    "others",
                    "is a port of another program already, such as a second emulator: what comes there passes through"
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
        checkState(facts);
        if (facts.loopback()) {
            warn(
                    "loopback",
                    "is this machine's own: it hands the emulator all that programs here send each other, and what"
                            + " the emulator sends into it comes back; use a veth pair: ip link add tlem0 type veth peer name tlem1");
            return;
        }
        checkAddresses(facts, routes);
        facts.bridge()
                .ifPresent(bridge -> warn(
                        "bridge",
                        "is a port of the bridge " + bridge + ", which forwards its packets as"
                                + " well: with both ports in it each packet passes twice, and others get in; take it out: ip link"
                                + " set " + name + " nomaster"));
        facts.bond()
                .ifPresent(bond -> warn(
                        "bond",
                        "is a member of the bond " + bond + ", which takes its packets and sends on"
                                + " other members, too; use packet:" + bond + " instead, or take it out: ip link set "
                                + name
                                + " nomaster"));
        // A macvlan in passthru mode has the Ethernet address of the interface below.
        if (facts.driver().equals("macvlan") && facts.lower().isEmpty()) {
            warn(
                    "macvlan",
                    "is a macvlan that gets only packets to its own Ethernet address, as in every mode but passthru:"
                            + " nothing else passes; use the interface below it, a veth pair in a bridge, or: ip link add link IF"
                            + " type macvlan mode passthru");
        }
        if (facts.driver().equals("ipvlan")) {
            warn(
                    "ipvlan",
                    "is an ipvlan, which gets only packets to its own IP addresses: nothing else passes; use the"
                            + " interface below it, or a veth pair in a bridge");
        }
        if (facts.wireless()) {
            warn(
                    "wlan",
                    "is wireless: as a station of an access point it sends and gets only packets of its own Ethernet"
                            + " address, so that nothing of other stations passes; use Ethernet, or route with -r");
        }
    }

    /** Looks whether packets can pass at all. */
    public void checkState(InterfaceFacts facts) {
        String up = "ip link set " + name + " up";
        if (!facts.up()) {
            warn("down", (wasUp ? "has been set down" : "is down") + ": nothing passes until it is set up: " + up);
        } else if (!facts.running() && ++looksWithoutCarrier > 1) { // it takes a moment after an interface is set up
            warn(
                    "carrier",
                    (hadCarrier ? "has lost its carrier" : "has no carrier") + ": nothing passes until its other end"
                            + " is up (a cable, a switch, or the peer of a veth pair)");
        }
        wasUp = facts.up();
        if (facts.running() || !facts.up()) {
            looksWithoutCarrier = 0;
        }
        hadCarrier |= facts.running();
    }

    private void checkAddresses(InterfaceFacts facts, boolean routes) {
        if (facts.addresses().isEmpty()) {
            return;
        }
        String addresses = String.join(", ", facts.addresses());
        if (facts.forwards()) {
            warn(
                    "forwards",
                    "has " + addresses + ", and this host forwards its packets: they pass beside the emulator, or a"
                            + " second time; turn it off: sysctl net.ipv4.conf." + name + ".forwarding=0 net.ipv6.conf."
                            + name
                            + ".forwarding=0");
        } else if (!routes) {
            warn(
                    "addresses",
                    "has an address of this host, " + addresses + ": its stack sees the packets, too, answers them"
                            + " and sends its own; remove it: ip address flush dev " + name);
        }
    }

    private void warn(String topic, String text) {
        warnings.once(topic, name + " " + text);
    }
}
