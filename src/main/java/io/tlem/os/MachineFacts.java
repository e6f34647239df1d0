package io.tlem.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What of this machine bears on timing, in words for reports. What the system does not tell is left out. */
public final class MachineFacts {
    private static final Path CPUS = Path.of("/sys/devices/system/cpu");

    private MachineFacts() {}

    /** What there is, by what it is called. */
    public static Map<String, String> all() {
        Map<String, String> facts = new LinkedHashMap<>();
        put(
                facts,
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        put(
                facts,
                "CPU",
                ProcFiles.field(Path.of("/proc/cpuinfo"), "model name\t").orElse(""));
        put(facts, "CPUs", SystemThreads.allowedCpus().size() + " that this process may use" + quota());
        put(
                facts,
                "hypervisor",
                ProcFiles.lines(Path.of("/proc/cpuinfo")).stream()
                                .anyMatch(line -> line.startsWith("flags") && line.contains(" hypervisor"))
                        ? "yes: another system shares these CPUs"
                        : "");
        put(facts, "frequency governor", ofEachCpu("cpufreq/scaling_governor"));
        put(facts, "sleep states", sleepStates());
        put(
                facts,
                "siblings (SMT)",
                first(CPUS.resolve("smt/active")).replace("1", "active").replace("0", "off"));
        put(facts, "isolated CPUs", first(CPUS.resolve("isolated")));
        put(facts, "huge pages", hugePages());
        put(facts, "transparent huge pages", first(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")));
        put(facts, "clock", first(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource")));
        put(facts, "JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        return facts;
    }

    private static String quota() {
        double quota = SystemThreads.cpuQuota();
        return quota < SystemThreads.allowedCpus().size() ? ", for the time of " + quota : "";
    }

    private static void put(Map<String, String> facts, String name, String value) {
        if (!value.isBlank()) {
            facts.put(name, value.strip());
        }
    }

    private static String first(Path file) {
        return ProcFiles.firstLine(file).orElse("");
    }

    /** The different values that CPUs have. */
    private static String ofEachCpu(String file) {
        Set<String> values = new TreeSet<>();
        try (DirectoryStream<Path> cpus = Files.newDirectoryStream(CPUS, "cpu[0-9]*")) {
            for (Path cpu : cpus) {
                ProcFiles.firstLine(cpu.resolve(file)).ifPresent(values::add);
            }
        } catch (IOException e) {
            return "";
        }
        return String.join(", ", values);
    }

    private static String sleepStates() {
        Set<String> states = new TreeSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(CPUS.resolve("cpu0/cpuidle"), "state[0-9]*")) {
            for (Path state : all) {
                String name = first(state.resolve("name"));
                states.add(name + (first(state.resolve("disable")).equals("1") ? " (disabled)" : ""));
            }
        } catch (IOException e) {
            return "";
        }
        return String.join(", ", states);
    }

    private static String hugePages() {
        String total =
                ProcFiles.field(Path.of("/proc/meminfo"), "HugePages_Total").orElse("");
        String size = ProcFiles.field(Path.of("/proc/meminfo"), "Hugepagesize").orElse("");
        String free =
                ProcFiles.field(Path.of("/proc/meminfo"), "HugePages_Free").orElse("");
        return total.isEmpty() ? "" : total + " reserved of " + size + ", " + free + " free";
    }
}
