package io.tlem.os.doctor;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.InterfaceTrouble;
import io.tlem.os.InterfaceTrouble.Topic;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.doctor.Finding.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What about an interface changes, doubles or delays packets. */
final class LinuxInterface {
    /** Why they matter. */
    static final String OFFLOADS = "Offloads join packets, so that several come or leave at one time.";

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
        List<InterfaceTrouble> all = InterfaceTrouble.of(name, facts);
        findings.add(Finding.of(name + ": state", all, List.of(Topic.DOWN, Topic.CARRIER), "up"));
        findings.add(Finding.of(name + ": addresses", all, List.of(Topic.ADDRESSES), "none"));
        findings.add(Finding.of(name + ": forwarding", all, List.of(Topic.FORWARDING), "not of its packets"));
        findings.add(Finding.of(name + ": bridge or bond", all, List.of(Topic.MASTER), "none"));
        findings.add(Finding.of(name + ": kind", all, List.of(Topic.KIND), "passes all packets"));
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
        String moderationWhy =
                "A card that waits before it interrupts makes packets late, and lets them come in heaps.";
        if (driver.isEmpty()) {
            findings.add(Finding.unknown(name + ": offloads", OFFLOADS));
        } else {
            List<String> on = driver.get().offloads();
            add(
                    "offloads",
                    on.isEmpty(),
                    State.WARN,
                    on.isEmpty() ? "off" : String.join(", ", on) + " on",
                    OFFLOADS,
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
