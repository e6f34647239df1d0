package io.tlem.os.doctor;

import io.tlem.os.doctor.Change.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Which settings of a machine are to be others while timing matters: those that can be put back. */
final class Remedies {
    private static final String CPUS = "sys/devices/system/cpu/";
    private static final String CLOCK = "sys/devices/system/clocksource/clocksource0/";
    private static final String HUGE = "sys/kernel/mm/transparent_hugepage/enabled";
    private static final String NET = "proc/sys/net/";

    /** In the order in which they depend on each other: what is cut later is joined first. */
    private static final List<String> OFFLOADS = List.of("gro", "lro", "tso", "gso");

    private final Settings settings;
    private final List<Change> changes = new ArrayList<>();

    private Remedies(Settings settings) {
        this.settings = settings;
    }

    /** Of Linux. */
    static List<Change> ofLinux(Settings settings, List<String> interfaces) {
        Remedies all = new Remedies(settings);
        all.cpus();
        all.file("proc/sys/kernel/sched_rt_runtime_us", "real-time throttling", "-1", now -> !now.equals("-1"));
        boolean tsc = settings.tree()
                .text(CLOCK + "available_clocksource")
                .map(clocks -> List.of(clocks.split("\\s+", -1)).contains("tsc"))
                .orElse(false);
        all.file(CLOCK + "current_clocksource", "clock source", "tsc", now -> tsc && LinuxTiming.isSlowClock(now));
        boolean pages = settings.tree()
                .field("proc/meminfo", "HugePages_Free")
                .map(free -> !free.equals("0"))
                .orElse(false);
        all.file(HUGE, "transparent huge pages", "madvise", now -> !pages && now.equals("never"));
        interfaces.forEach(all::ofInterface);
        return all.changes;
    }

    /** Of FreeBSD. */
    static List<Change> ofFreeBsd(Settings settings) {
        Remedies all = new Remedies(settings);
        all.sysctl("hw.acpi.cpu.cx_lowest", "sleep states", "C1", now -> !now.equals("C1"));
        all.sysctl("kern.timecounter.alloweddeviation", "timer slack", "0", now -> !now.equals("0"));
        boolean tsc = settings.sysctl()
                .apply("kern.timecounter.choice")
                .map(clocks -> clocks.contains("TSC-low("))
                .orElse(false);
        all.sysctl(
                "kern.timecounter.hardware", "clock source", "TSC-low", now -> tsc && FreeBsdMachine.isSlowClock(now));
        all.sysctl("net.inet.ip.forwarding", "IPv4 forwarding", "0", now -> !now.equals("0"));
        all.sysctl("net.inet6.ip6.forwarding", "IPv6 forwarding", "0", now -> !now.equals("0"));
        return all.changes;
    }

    private void cpus() {
        Tree tree = settings.tree();
        for (String cpu : tree.names(CPUS, "cpu[0-9]+")) {
            boolean has = tree.text(CPUS + cpu + "/cpufreq/scaling_available_governors")
                    .map(names -> names.contains("performance"))
                    .orElse(true);
            file(
                    CPUS + cpu + "/cpufreq/scaling_governor",
                    "frequency governor of " + cpu,
                    "performance",
                    now -> has && !now.equals("performance"));
            for (String state : tree.names(CPUS + cpu + "/cpuidle", "state[0-9]+")) {
                String folder = CPUS + cpu + "/cpuidle/" + state;
                if (LinuxTiming.isDeep(tree, folder)) {
                    file(
                            folder + "/disable",
                            "sleep state " + tree.text(folder + "/name").orElse(state) + " of " + cpu + ", disabled",
                            "1",
                            now -> true);
                }
            }
        }
    }

    private void ofInterface(String name) {
        Predicate<String> on = now -> !now.equals("0");
        file(NET + "ipv4/conf/all/rp_filter", "rp_filter of all interfaces", "0", on);
        file(NET + "ipv4/conf/" + name + "/rp_filter", name + ": rp_filter", "0", on);
        file(NET + "ipv4/conf/" + name + "/forwarding", name + ": IPv4 forwarding", "0", on);
        file(NET + "ipv6/conf/" + name + "/forwarding", name + ": IPv6 forwarding", "0", on);
        for (String offload : OFFLOADS) {
            add(Kind.DRIVER, name + " " + offload, name + ": offload " + offload, "off", now -> now.equals("on"));
        }
        add(
                Kind.DRIVER,
                name + " adaptive-rx",
                name + ": adaptive interrupt moderation",
                "off",
                now -> now.equals("on"));
        add(Kind.DRIVER, name + " rx-usecs", name + ": interrupt moderation, us", "0", on);
    }

    private void file(String file, String what, String wanted, Predicate<String> wrong) {
        add(Kind.FILE, file, what, wanted, wrong);
    }

    private void sysctl(String name, String what, String wanted, Predicate<String> wrong) {
        add(Kind.SYSCTL, name, what, wanted, wrong);
    }

    private void add(Kind kind, String target, String what, String wanted, Predicate<String> wrong) {
        Optional<String> now = settings.read(kind, target);
        boolean listed = changes.stream().anyMatch(change -> change.target().equals(target));
        if (now.isPresent() && !listed && wrong.test(now.get())) {
            changes.add(new Change(kind, target, what, now.get(), wanted));
        }
    }
}
