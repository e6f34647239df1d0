package io.tlem.os.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.NetworkInterfaces.DriverSettings;
import io.tlem.os.doctor.Finding.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is looked at, on made machines: a good one, a bad one and one that tells nothing. */
class DoctorTest {
    private static final String CPUS = "sys/devices/system/cpu/";
    private static final String CLOCK = "sys/devices/system/clocksource/clocksource0/current_clocksource";

    @TempDir
    private Path root;

    private void put(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private void machine(boolean good) throws IOException {
        for (String cpu : List.of("cpu0", "cpu1")) {
            put(CPUS + cpu + "/cpufreq/scaling_governor", good || cpu.equals("cpu0") ? "performance" : "powersave");
            put(CPUS + cpu + "/cpuidle/state0/latency", "2");
            put(CPUS + cpu + "/cpuidle/state1/latency", "133");
            put(CPUS + cpu + "/cpuidle/state1/name", "C6");
            put(CPUS + cpu + "/cpuidle/state1/disable", good ? "1" : "0");
        }
        put(CPUS + "smt/active", good ? "0" : "1");
        put(CPUS + "isolated", good ? "1" : "");
        put("proc/loadavg", (good ? "0.52 0.40 0.30 1" : "3.90 2.00 1.00 5") + "/321 4711");
        put("proc/self/stat", "4711 (java) R 1");
        put("proc/4711/cmdline", "java\0io.tlem.cli.Launcher\0run");
        put("proc/100/cmdline", "vi\0tlem");
        if (!good) {
            put("proc/77/cmdline", "/opt/tlem/bin/tlem\0run\0-i\0eth1");
            put("proc/77/status", "Cpus_allowed_list:\t0-1");
        }
        put("proc/self/timerslack_ns", good ? "50000" : "4000000");
        put("proc/sys/kernel/sched_rt_runtime_us", good ? "-1" : "950000");
        put(CLOCK, good ? "tsc" : "hpet");
        put("proc/meminfo", "HugePages_Free:      " + (good ? 8 : 0));
        put("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]");
        put("proc/self/status", "Name:\tx\nCapEff:\t" + (good ? "0000000000802000" : "0000000000001000"));
        put("proc/self/limits", "Max locked memory         " + (good ? "unlimited" : "65536") + "  unlimited bytes");
    }

    private Map<String, Finding> timingAndRights() {
        Tree tree = new Tree(root);
        List<Finding> all = new ArrayList<>(new LinuxTiming(tree).all());
        all.addAll(LinuxRights.of(tree, true));
        return byName(all);
    }

    private static Map<String, Finding> byName(List<Finding> findings) {
        return findings.stream().collect(Collectors.toMap(Finding::name, finding -> finding));
    }

    private static void assertAll(State state, Map<String, Finding> findings) {
        findings.values().forEach(finding -> assertEquals(state, finding.state(), finding.toString()));
    }

    private static void assertFound(Map<String, Finding> all, String name, State state, String found, String mend) {
        Finding finding = all.get(name);
        assertEquals(state, finding.state(), finding.toString());
        assertTrue(finding.found().contains(found), finding.toString());
        assertEquals(mend, finding.mend());
        assertTrue(finding.why().endsWith("."), finding.toString());
    }

    @Test
    void aGoodMachine() throws Exception {
        machine(true);
        Map<String, Finding> all = timingAndRights();
        assertEquals(12, all.size());
        assertAll(State.OK, all);
        all.values().forEach(finding -> assertEquals("", finding.mend(), "nothing to mend"));
    }

    @Test
    void aBadMachine() throws Exception {
        machine(false);
        Map<String, Finding> all = timingAndRights();
        assertFound(
                all,
                "frequency governor",
                State.WARN,
                "performance, powersave",
                "cpupower frequency-set -g performance");
        assertFound(
                all,
                "load",
                State.WARN,
                "3.90 in the last minute, 4 runnable now, on 2 CPUs; other emulators: process 77 on CPUs 0-1",
                "tlem list, then end what is not needed, or give each its own CPUs with --cpus");
        assertFound(all, "sleep states", State.WARN, "C6 takes 133 us to leave", "cpupower idle-set -D 10");
        assertFound(all, "SMT siblings", State.WARN, "active", "echo off >/sys/devices/system/cpu/smt/control");
        assertFound(all, "isolated CPUs", State.WARN, "none", "on the kernel's command line: isolcpus=1 nohz_full=1");
        assertFound(all, "timer slack", State.WARN, "4000000 ns", "echo 50000 >/proc/$$/timerslack_ns");
        assertFound(all, "real-time throttling", State.WARN, "950000", "sysctl kernel.sched_rt_runtime_us=-1");
        assertFound(all, "clock source", State.BAD, "hpet", "echo tsc >/" + CLOCK);
        assertFound(all, "huge pages", State.WARN, "0 free", "sysctl vm.nr_hugepages=128");
        assertFound(all, "CAP_NET_RAW", State.BAD, "missing", "sudo tlem run");
        assertFound(all, "CAP_SYS_NICE", State.WARN, "missing", "sudo tlem run");
        assertFound(all, "locked memory", State.WARN, "65536", "ulimit -l unlimited");
        assertEquals(
                State.WARN,
                byName(LinuxRights.of(new Tree(root), false)).get("CAP_NET_RAW").state(),
                "without interfaces it may not be needed");
    }

    @Test
    void aMachineThatTellsNothing() {
        Map<String, Finding> all = timingAndRights();
        assertEquals(12, all.size());
        assertAll(State.UNKNOWN, all);
    }

    private static InterfaceFacts facts(boolean good) {
        return new InterfaceFacts(
                good,
                good,
                false,
                "ixgbe",
                false,
                good ? Optional.empty() : Optional.of("br0"),
                Optional.empty(),
                good ? List.of() : List.of("192.0.2.1/24", "2001:db8::1/64"),
                !good,
                Optional.empty());
    }

    @Test
    void interfacesOfLinux() throws Exception {
        put("proc/sys/net/ipv4/conf/all/rp_filter", "0");
        put("proc/sys/net/ipv4/conf/eth7/rp_filter", "0");
        Tree tree = new Tree(root);
        Map<String, Finding> good = byName(LinuxInterface.of(
                tree, "eth7", facts(true), Optional.of(new DriverSettings(List.of(), OptionalInt.of(0), false))));
        assertEquals(8, good.size());
        assertAll(State.OK, good);

        put("proc/sys/net/ipv4/conf/all/rp_filter", "2"); // the greater counts
        Map<String, Finding> bad = byName(LinuxInterface.of(
                tree,
                "eth7",
                facts(false),
                Optional.of(new DriverSettings(List.of("gro", "tso"), OptionalInt.of(50), true))));
        assertFound(bad, "eth7: state", State.BAD, "down", "ip link set eth7 up");
        assertFound(bad, "eth7: addresses", State.BAD, "192.0.2.1/24", "ip address flush dev eth7");
        assertFound(
                bad,
                "eth7: forwarding",
                State.BAD,
                "by this host",
                "sysctl net.ipv4.conf.eth7.forwarding=0 net.ipv6.conf.eth7.forwarding=0");
        assertFound(bad, "eth7: bridge or bond", State.BAD, "the bridge br0", "ip link set eth7 nomaster");
        assertFound(
                bad,
                "eth7: rp_filter",
                State.WARN,
                "all 2, eth7 0",
                "sysctl net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth7.rp_filter=0");
        assertFound(bad, "eth7: offloads", State.WARN, "gro, tso on", "ethtool -K eth7 gro off tso off");
        assertFound(
                bad,
                "eth7: interrupt moderation",
                State.WARN,
                "50 us, adaptive",
                "ethtool -C eth7 adaptive-rx off rx-usecs 0");
    }

    /** What a warning of a running link says, its words and its command. */
    @Test
    void whatPassesNotAllPacketsIsBad() {
        InterfaceFacts radio = new InterfaceFacts(
                true,
                true,
                false,
                "",
                true,
                Optional.empty(),
                Optional.of("bond0"),
                List.of(),
                false,
                Optional.empty());
        Map<String, Finding> all = byName(LinuxInterface.of(new Tree(root), "wlan7", radio, Optional.empty()));
        assertFound(all, "wlan7: kind", State.BAD, "wireless", "use Ethernet, or route with -r");
        assertFound(all, "wlan7: bridge or bond", State.BAD, "the bond bond0", "ip link set wlan7 nomaster");
        InterfaceFacts unplugged = new InterfaceFacts(
                true, false, false, "", false, Optional.empty(), Optional.empty(), List.of(), false, Optional.empty());
        all = byName(LinuxInterface.of(new Tree(root), "eth7", unplugged, Optional.empty()));
        assertFound(
                all,
                "eth7: state",
                State.BAD,
                "no carrier",
                "look at the cable, the switch, or the peer of a veth pair");
        assertEquals(
                "Nothing passes until its other end is up.",
                all.get("eth7: state").why());
    }

    @Test
    void sysctlsOfFreeBsd() {
        Map<String, String> made = new HashMap<>(Map.of(
                "hw.acpi.cpu.cx_lowest", "C1",
                "kern.smp.threads_per_core", "1",
                "kern.timecounter.alloweddeviation", "0",
                "kern.timecounter.hardware", "TSC-low",
                "vm.pmap.pg_ps_enabled", "1",
                "net.inet.ip.forwarding", "0",
                "net.inet6.ip6.forwarding", "0"));
        FreeBsdMachine machine = new FreeBsdMachine(name -> Optional.ofNullable(made.get(name)));
        assertAll(State.OK, byName(machine.all()));
        made.put("hw.acpi.cpu.cx_lowest", "C3");
        made.put("kern.timecounter.hardware", "ACPI-fast");
        made.remove("vm.pmap.pg_ps_enabled");
        Map<String, Finding> all = byName(machine.all());
        assertFound(all, "sleep states", State.WARN, "is C3", "sysctl hw.acpi.cpu.cx_lowest=C1");
        assertFound(all, "clock source", State.BAD, "ACPI-fast", "sysctl kern.timecounter.hardware=TSC-low");
        assertEquals(State.UNKNOWN, all.get("superpages").state());
        assertFound(
                byName(FreeBsdMachine.ofInterface("em0", facts(false))),
                "em0: addresses",
                State.BAD,
                "192.0.2.1/24",
                "ifconfig em0 inet 192.0.2.1 -alias; ifconfig em0 inet6 2001:db8::1 -alias");
    }

    /** The kernel gives such a number whole or its first digit alone, as it is asked. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aSettingIsReadWhole() {
        String most = new Tree(Path.of("/")).text("proc/sys/kernel/pid_max").orElseThrow();
        assertTrue(most.matches("[0-9]{3,}"), most);
    }

    @Test
    void thisMachine() {
        assertFalse(Doctor.look(List.of()).isEmpty());
        IllegalArgumentException none =
                assertThrows(IllegalArgumentException.class, () -> Doctor.look(List.of("no-such-if")));
        assertTrue(none.getMessage().contains("no-such-if"), none.getMessage());
    }
}
