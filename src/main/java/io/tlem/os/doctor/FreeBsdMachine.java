package io.tlem.os.doctor;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.InterfaceTrouble;
import io.tlem.os.InterfaceTrouble.Topic;
import io.tlem.os.doctor.Finding.State;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** What spoils timing or traffic on FreeBSD, as its sysctls tell. */
final class FreeBsdMachine {
    private final Function<String, Optional<String>> sysctl;

    /** @param sysctl the value of a name, empty when there is none */
    FreeBsdMachine(Function<String, Optional<String>> sysctl) {
        this.sysctl = sysctl;
    }

    List<Finding> all() {
        return List.of(
                look(
                        "sleep states",
                        "hw.acpi.cpu.cx_lowest",
                        "C1"::equals,
                        State.WARN,
                        "A packet waits until its CPU has woken up from a deep sleep.",
                        "sysctl hw.acpi.cpu.cx_lowest=C1"),
                look(
                        "SMT siblings",
                        "kern.smp.threads_per_core",
                        "1"::equals,
                        State.WARN,
                        "Two threads that share a core slow each other down.",
                        "echo machdep.hyperthreading_allowed=0 >>/boot/loader.conf"),
                look(
                        "timer slack",
                        "kern.timecounter.alloweddeviation",
                        "0"::equals,
                        State.WARN,
                        "The kernel may wake a thread up that many per cent of its sleep after its time.",
                        "sysctl kern.timecounter.alloweddeviation=0"),
                look(
                        "clock source",
                        "kern.timecounter.hardware",
                        clock -> !isSlowClock(clock),
                        State.BAD,
                        "Reading a clock outside the CPU takes a microsecond or more, for each batch of packets.",
                        "sysctl kern.timecounter.hardware=TSC-low"),
                look(
                        "superpages",
                        "vm.pmap.pg_ps_enabled",
                        "1"::equals,
                        State.WARN,
                        "Without superpages a large packet buffer misses the CPU's address cache often.",
                        "echo vm.pmap.pg_ps_enabled=1 >>/boot/loader.conf"),
                look(
                        "IPv4 forwarding",
                        "net.inet.ip.forwarding",
                        "0"::equals,
                        State.WARN,
                        "The host sends packets on beside the emulator, or a second time.",
                        "sysctl net.inet.ip.forwarding=0"),
                look(
                        "IPv6 forwarding",
                        "net.inet6.ip6.forwarding",
                        "0"::equals,
                        State.WARN,
                        "The host sends packets on beside the emulator, or a second time.",
                        "sysctl net.inet6.ip6.forwarding=0"));
    }

    /** Of an interface: state and addresses; FreeBSD tells the rest by no sysctl. */
    static List<Finding> ofInterface(String name, InterfaceFacts facts) {
        List<InterfaceTrouble> all = InterfaceTrouble.of(name, facts, true);
        return List.of(
                Finding.of(name + ": state", all, List.of(Topic.DOWN), "up"),
                Finding.of(name + ": addresses", all, List.of(Topic.ADDRESSES), "none"),
                Finding.unknown(name + ": offloads", LinuxInterface.OFFLOADS));
    }

    /** Whether reading that clock takes long. */
    static boolean isSlowClock(String name) {
        return name.matches("(HPET|ACPI-.*|i8254)");
    }

    private Finding look(String name, String of, Predicate<String> ok, State otherwise, String why, String mend) {
        return sysctl.apply(of)
                .map(value -> Finding.of(name, ok.test(value), otherwise, of + " is " + value, why, mend))
                .orElse(Finding.unknown(name, why));
    }
}
