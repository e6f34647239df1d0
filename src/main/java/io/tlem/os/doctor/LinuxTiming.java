package io.tlem.os.doctor;

import io.tlem.os.doctor.Finding.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What makes threads of a Linux machine late. */
final class LinuxTiming {
    private static final String CPUS = "sys/devices/system/cpu/";
    private static final double BUSY = 0.7; // load of a CPU from which on threads wait for it

    /** A word of this program's command lines: its launcher, its jar or its class. */
    private static final Pattern PROGRAM = Pattern.compile("(.*/)?(tlem|tlem[^/]*\\.jar|io\\.tlem\\.cli\\.Launcher)");

    /** Commands that run links. */
    private static final Set<String> LINKS = Set.of("run", "proxy", "shell", "generate", "receive", "demo");

    private static final int LONG_SLEEP_MICROS = 10;
    private static final long USUAL_SLACK_NANOS = 50_000;
    private static final Set<String> SLOW_CLOCKS = Set.of("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit");

    private final Tree tree;

    LinuxTiming(Tree tree) {
        this.tree = tree;
    }

    List<Finding> all() {
        return List.of(
                load(), governor(), sleepStates(), siblings(), isolated(), slack(), realTime(), clock(), hugePages());
    }

    /** The load, and who makes it: emulators, which keep CPUs busy by design, and what has had the most time lately. */
    private Finding load() {
        String name = "load";
        String why = "A thread of the emulator waits while another program has its CPU.";
        String[] words = tree.text("proc/loadavg").orElse("").split("[ /]", -1);
        int cpus = tree.names(CPUS, "cpu[0-9]+").size();
        if (words.length < 5 || cpus == 0 || !words[0].matches("[0-9.]{1,10}") || !words[3].matches("[0-9]{1,9}")) {
            return Finding.unknown(name, why);
        }
        double load = Double.parseDouble(words[0]);
        long running = Math.max(0, Long.parseLong(words[3]) - 1); // all but this one
        List<String> emulators = emulators();
        String found = words[0] + " in the last minute, " + running + " runnable now, on " + cpus
                + (cpus == 1 ? " CPU" : " CPUs")
                + (emulators.isEmpty() ? "" : "; other emulators: " + String.join(", ", emulators));
        boolean quiet = load <= cpus * BUSY && running < cpus && emulators.isEmpty();
        String mend = emulators.isEmpty()
                ? "end what top shows first, or keep it off the emulator's CPUs with taskset"
                : "tlem list, then end what is not needed, or give each its own CPUs with --cpus";
        return Finding.of(name, quiet, State.WARN, found, why, mend);
    }

    /** Other processes of this program, with the CPUs on which they may run. */
    private List<String> emulators() {
        List<String> found = new ArrayList<>();
        for (String process : tree.names("proc", "[0-9]+")) {
            String[] words =
                    String.join("", tree.lines("proc/" + process + "/cmdline")).split("\0", -1);
            boolean emulator =
                    Arrays.stream(words).anyMatch(word -> PROGRAM.matcher(word).matches())
                            && Arrays.stream(words).anyMatch(LINKS::contains);
            if (emulator && !process.equals(own())) {
                found.add("process " + process + " on CPUs "
                        + tree.field("proc/" + process + "/status", "Cpus_allowed_list")
                                .orElse("?"));
            }
        }
        return found;
    }

    private String own() {
        return tree.lines("proc/self/stat").stream()
                .map(line -> line.split(" ", -1)[0])
                .findFirst()
                .orElse("");
    }

    private Finding governor() {
        String name = "frequency governor";
        String why = "A CPU whose clock is slow when work comes makes packets late.";
        Set<String> governors = new TreeSet<>();
        for (String cpu : tree.names(CPUS, "cpu[0-9]+")) {
            tree.text(CPUS + cpu + "/cpufreq/scaling_governor").ifPresent(governors::add);
        }
        return governors.isEmpty()
                ? Finding.unknown(name, why)
                : Finding.of(
                        name,
                        governors.equals(Set.of("performance")),
                        State.WARN,
                        String.join(", ", governors),
                        why,
                        "cpupower frequency-set -g performance");
    }

    private Finding sleepStates() {
        String name = "sleep states";
        String why = "A packet waits until its CPU has woken up from a deep sleep.";
        Set<String> deep = new TreeSet<>();
        boolean told = false;
        for (String cpu : tree.names(CPUS, "cpu[0-9]+")) {
            for (String state : tree.names(CPUS + cpu + "/cpuidle", "state[0-9]+")) {
                String folder = CPUS + cpu + "/cpuidle/" + state;
                told = true;
                if (isDeep(tree, folder)) {
                    deep.add(tree.text(folder + "/name").orElse(state) + " takes "
                            + tree.text(folder + "/latency").orElse("") + " us to leave");
                }
            }
        }
        return told
                ? Finding.of(
                        name,
                        deep.isEmpty(),
                        State.WARN,
                        deep.isEmpty() ? "none is deep" : String.join(", ", deep),
                        why,
                        "cpupower idle-set -D " + LONG_SLEEP_MICROS)
                : Finding.unknown(name, why);
    }

    /** Whether a state that a CPU may sleep in takes long to leave; its folder says so. */
    static boolean isDeep(Tree tree, String folder) {
        return number(tree.text(folder + "/latency")).orElse(0L) > LONG_SLEEP_MICROS
                && !tree.text(folder + "/disable").equals(Optional.of("1"));
    }

    /** Whether reading that clock takes long. */
    static boolean isSlowClock(String name) {
        return SLOW_CLOCKS.contains(name);
    }

    private Finding siblings() {
        return file(
                "SMT siblings",
                CPUS + "smt/active",
                "0"::equals,
                active -> active.equals("0") ? "off" : "active",
                "Two threads that share a core slow each other down.",
                "echo off >/sys/devices/system/cpu/smt/control");
    }

    private Finding isolated() {
        int last = Math.max(0, tree.names(CPUS, "cpu[0-9]+").size() - 1);
        return file(
                "isolated CPUs",
                CPUS + "isolated",
                list -> !list.isEmpty(),
                list -> list.isEmpty() ? "none" : list,
                "On a CPU that is not isolated, other programs take time from the emulator's threads.",
                last == 0 ? "" : "on the kernel's command line: isolcpus=" + last + " nohz_full=" + last);
    }

    private Finding slack() {
        return file(
                "timer slack",
                "proc/self/timerslack_ns",
                slack -> number(Optional.of(slack)).orElse(Long.MAX_VALUE) <= USUAL_SLACK_NANOS,
                slack -> slack + " ns",
                "The kernel may wake a thread up that much after its time.",
                "echo " + USUAL_SLACK_NANOS + " >/proc/$$/timerslack_ns");
    }

    private Finding realTime() {
        return file(
                "real-time throttling",
                "proc/sys/kernel/sched_rt_runtime_us",
                "-1"::equals,
                micros -> micros.equals("-1") ? "off" : "threads run " + micros + " us of a period at most",
                "The kernel stops a real-time thread that has used its share of a period.",
                "sysctl kernel.sched_rt_runtime_us=-1");
    }

    private Finding clock() {
        String name = "clock source";
        String why = "Reading a clock outside the CPU takes a microsecond or more, for each batch of packets.";
        return tree.text("sys/devices/system/clocksource/clocksource0/current_clocksource")
                .map(clock -> Finding.of(
                        name,
                        !isSlowClock(clock),
                        State.BAD,
                        clock,
                        why,
                        "echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource"))
                .orElse(Finding.unknown(name, why));
    }

    private Finding hugePages() {
        String name = "huge pages";
        String why = "Without huge pages a large packet buffer misses the CPU's address cache often.";
        Optional<Long> free = number(tree.field("proc/meminfo", "HugePages_Free"));
        String transparent =
                tree.text("sys/kernel/mm/transparent_hugepage/enabled").orElse("");
        return free.map(pages -> Finding.of(
                        name,
                        pages > 0 || transparent.contains("[always]") || transparent.contains("[madvise]"),
                        State.WARN,
                        pages + " free" + (transparent.isEmpty() ? "" : ", transparent ones: " + transparent),
                        why,
                        "sysctl vm.nr_hugepages=128"))
                .orElse(Finding.unknown(name, why));
    }

    private interface Test {
        boolean holds(String text);
    }

    private Finding file(String name, String file, Test ok, Function<String, String> found, String why, String mend) {
        return tree.text(file)
                .map(text -> Finding.of(name, ok.holds(text), State.WARN, found.apply(text), why, mend))
                .orElse(Finding.unknown(name, why));
    }

    private static Optional<Long> number(Optional<String> text) {
        return text.filter(digits -> digits.matches("[0-9]{1,18}")).map(Long::parseLong);
    }
}
