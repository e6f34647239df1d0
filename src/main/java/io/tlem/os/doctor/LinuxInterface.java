package io.tlem.os.doctor;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.doctor.Finding.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What about an interface changes, doubles or delays packets. */
final class LinuxInterface {
    private final String name;
    private final List<Finding> findings = new ArrayList<>();

    private LinuxInterface(String name) {
        this.name = name;
    }

    /** @param driver what {@link NetworkInterfaces#driverSettings} tells */
    static List<Finding> of(
            Tree tree, String name, InterfaceFacts facts, Optional<NetworkInterfaces.DriverSettings> driver) {
        LinuxInterface one = new LinuxInterface(name);
        one.surroundings(facts);
        one.reversePath(tree);
        one.driver(driver);
        return one.findings;
    }

    private void surroundings(InterfaceFacts facts) {
        add(
                "state",
                facts.running(),
                State.BAD,
                facts.running() ? "up" : facts.up() ? "no carrier" : "down",
                "Nothing passes an interface that is down or has no carrier.",
                facts.up() ? "" : "ip link set " + name + " up");
        boolean addresses = !facts.addresses().isEmpty();
        add(
                "addresses",
                !addresses,
                State.BAD,
                addresses ? String.join(", ", facts.addresses()) : "none",
                "The host's stack sees the packets, too, answers them and sends its own.",
                "ip address flush dev " + name);
        add(
                "forwarding",
                !facts.forwards(),
                State.BAD,
                facts.forwards() ? "on" : "not of its packets",
                "The host sends packets on beside the emulator, or a second time.",
                "sysctl net.ipv4.conf." + name + ".forwarding=0 net.ipv6.conf." + name + ".forwarding=0");
        Optional<String> master = facts.bridge().or(facts::bond);
        add(
                "bridge or bond",
                master.isEmpty(),
                State.BAD,
                master.map(other -> "in " + other).orElse("none"),
                "What has the interface as a member takes its packets, or forwards them as well.",
                "ip link set " + name + " nomaster");
    }

    private void reversePath(Tree tree) {
        String why = "The kernel drops packets whose way back is another interface, before a program on this host"
                + " gets them.";
        List<String> values = List.of("all", name).stream()
                .flatMap(of -> tree.text("proc/sys/net/ipv4/conf/" + of + "/rp_filter").stream())
                .toList();
        if (values.size() < 2) {
            findings.add(Finding.unknown(name + ": rp_filter", why));
            return;
        }
        boolean off = values.stream().allMatch("0"::equals); // the greater of both is in force
        add(
                "rp_filter",
                off,
                State.WARN,
                off ? "off" : "all " + values.get(0) + ", " + name + " " + values.get(1),
                why,
                "sysctl net.ipv4.conf.all.rp_filter=0 net.ipv4.conf." + name + ".rp_filter=0");
    }

    private void driver(Optional<NetworkInterfaces.DriverSettings> driver) {
        String offloadsWhy = "Offloads join packets, so that several come or leave at one time.";
        String moderationWhy =
                "A card that waits before it interrupts makes packets late, and lets them come in heaps.";
        if (driver.isEmpty()) {
            findings.add(Finding.unknown(name + ": offloads", offloadsWhy));
        } else {
            List<String> on = driver.get().offloads();
            add(
                    "offloads",
                    on.isEmpty(),
                    State.WARN,
                    on.isEmpty() ? "off" : String.join(", ", on) + " on",
                    offloadsWhy,
                    "ethtool -K " + name + " " + String.join(" off ", on) + " off");
        }
        if (driver.isEmpty() || driver.get().receiveWaitMicros().isEmpty()) {
            findings.add(Finding.unknown(name + ": interrupt moderation", moderationWhy));
        } else {
            int micros = driver.get().receiveWaitMicros().getAsInt();
            boolean adaptive = driver.get().adaptive();
            add(
                    "interrupt moderation",
                    micros == 0 && !adaptive,
                    State.WARN,
                    micros + " us" + (adaptive ? ", adaptive" : ""),
                    moderationWhy,
                    "ethtool -C " + name + (adaptive ? " adaptive-rx off" : "") + " rx-usecs 0");
        }
    }

    private void add(String what, boolean ok, State otherwise, String found, String why, String mend) {
        findings.add(Finding.of(name + ": " + what, ok, otherwise, found, why, mend));
    }
}
