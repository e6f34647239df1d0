package io.tlem.os;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Something about an interface that makes packets go missing, or pass twice, although it can be opened. Those who warn of it and
 * those who look for it say it in these words.
 *
 * @param topic what was looked at
 * @param verb before what was found: {@code is} or {@code has}
 * @param found in a few words
 * @param why it matters, a clause
 * @param advice what to do, in words
 * @param command that does it, empty when there is none
 */
public record InterfaceTrouble(Topic topic, String verb, String found, String why, String advice, String command) {
    /** What is looked at. */
    public enum Topic {
        /** Whether it is up. */
        DOWN,
        /** Whether its other end is up. */
        CARRIER,
        /** Which addresses of the host it has. */
        ADDRESSES,
        /** Whether the host forwards its packets. */
        FORWARDING,
        /** What it is a member of. */
        MASTER,
        /** Whether it is of a kind that passes all packets. */
        KIND
    }

    /** All that is wrong with an interface, in the order of the topics, with the commands of this system. */
    public static List<InterfaceTrouble> of(String name, InterfaceFacts facts) {
        return of(name, facts, Platform.FREE_BSD);
    }

    /**
     * As the other.
     *
     * @param freeBsd whether the commands are those of FreeBSD, else those of Linux
     */
    public static List<InterfaceTrouble> of(String name, InterfaceFacts facts, boolean freeBsd) {
        List<InterfaceTrouble> all = new ArrayList<>();
        if (!facts.up()) {
            all.add(new InterfaceTrouble(
                    Topic.DOWN,
                    "is",
                    "down",
                    "nothing passes until it is set up",
                    "set it up",
                    freeBsd ? "ifconfig " + name + " up" : "ip link set " + name + " up"));
        } else if (!facts.running()) {
            all.add(new InterfaceTrouble(
                    Topic.CARRIER,
                    "has",
                    "no carrier",
                    "nothing passes until its other end is up",
                    "look at the cable, the switch, or the peer of a veth pair",
                    ""));
        }
        surroundings(name, facts, freeBsd, all);
        if (facts.loopback()) {
            all.add(loopback());
        }
        kind(facts, all);
        return all;
    }

    private static void surroundings(String name, InterfaceFacts facts, boolean freeBsd, List<InterfaceTrouble> all) {
        if (!facts.addresses().isEmpty()) {
            all.add(new InterfaceTrouble(
                    Topic.ADDRESSES,
                    "has",
                    "an address of this host, " + String.join(", ", facts.addresses()),
                    "its stack sees the packets, too, answers them and sends its own",
                    "remove it",
                    freeBsd ? withoutAddresses(name, facts.addresses()) : "ip address flush dev " + name));
        }
        if (facts.forwards()) {
            all.add(new InterfaceTrouble(
                    Topic.FORWARDING,
                    "is",
                    "forwarded by this host",
                    "its packets pass beside the emulator, or a second time",
                    "turn it off",
                    "sysctl net.ipv4.conf." + name + ".forwarding=0 net.ipv6.conf." + name + ".forwarding=0"));
        }
        String alone = "ip link set " + name + " nomaster";
        facts.bridge()
                .ifPresent(bridge -> all.add(new InterfaceTrouble(
                        Topic.MASTER,
                        "is",
                        "a port of the bridge " + bridge,
                        "the bridge forwards its packets as well: with both ports in it each packet passes twice, and others get in",
                        "take it out",
                        alone)));
        facts.bond()
                .ifPresent(bond -> all.add(new InterfaceTrouble(
                        Topic.MASTER,
                        "is",
                        "a member of the bond " + bond,
                        "the bond takes its packets and sends on other members, too",
                        "use packet:" + bond + " instead, or take it out",
                        alone)));
    }

    /** The commands of FreeBSD. */
    private static String withoutAddresses(String name, List<String> addresses) {
        return addresses.stream()
                .map(address -> "ifconfig " + name + (address.contains(":") ? " inet6 " : " inet ")
                        + address.replaceFirst("/.*", "") + " -alias")
                .collect(Collectors.joining("; "));
    }

    private static InterfaceTrouble loopback() {
        return new InterfaceTrouble(
                Topic.KIND,
                "is",
                "this machine's own",
                "it hands the emulator all that programs here send each other, and what the emulator sends into it comes back",
                "use a veth pair",
                "ip link add tlem0 type veth peer name tlem1");
    }

    private static void kind(InterfaceFacts facts, List<InterfaceTrouble> all) {
        // A macvlan in passthru mode has the Ethernet address of the interface below.
        if (facts.driver().equals("macvlan") && facts.lower().isEmpty()) {
            all.add(new InterfaceTrouble(
                    Topic.KIND,
                    "is",
                    "a macvlan that gets only packets to its own Ethernet address, as in every mode but passthru",
                    "nothing else passes",
                    "use the interface below it, a veth pair in a bridge, or",
                    "ip link add link IF type macvlan mode passthru"));
        }
        if (facts.driver().equals("ipvlan")) {
            all.add(new InterfaceTrouble(
                    Topic.KIND,
                    "is",
                    "an ipvlan, which gets only packets to its own IP addresses",
                    "nothing else passes",
                    "use the interface below it, or a veth pair in a bridge",
                    ""));
        }
        if (facts.wireless()) {
            all.add(new InterfaceTrouble(
                    Topic.KIND,
                    "is",
                    "wireless",
                    "as a station of an access point it sends and gets only packets of its own Ethernet address, so that"
                            + " nothing of other stations passes",
                    "use Ethernet, or route with -r",
                    ""));
        }
    }

    /** What was found, of an interface: {@code has no carrier}. */
    public String said() {
        return verb + " " + found;
    }

    /** Why it matters, and what to do. */
    public String remedy() {
        return why + "; " + advice + (command.isEmpty() ? "" : ": " + command);
    }
}
