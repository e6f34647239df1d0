package io.tlem.os.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is changed on made machines, and that all of it is put back. */
class MendingTest {
    private static final String CPU = "sys/devices/system/cpu/cpu0/";
    private static final String CLOCK = "sys/devices/system/clocksource/clocksource0/";

    @TempDir
    private Path root;

    @TempDir
    private Path runtime;

    private final List<String> told = new ArrayList<>();
    private final Map<String, String> sysctls = new HashMap<>();

    private void put(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private Settings settings() {
        return new Settings(
                new Tree(root),
                name -> Optional.ofNullable(sysctls.get(name)),
                (name, value) -> sysctls.replace(name, value) != null);
    }

    private void machine() throws IOException {
        put(CPU + "cpufreq/scaling_governor", "powersave");
        put(CPU + "cpufreq/scaling_available_governors", "performance powersave");
        put(CPU + "cpuidle/state0/latency", "2");
        put(CPU + "cpuidle/state0/disable", "0");
        put(CPU + "cpuidle/state1/latency", "133");
        put(CPU + "cpuidle/state1/name", "C6");
        put(CPU + "cpuidle/state1/disable", "0");
        put("proc/sys/kernel/sched_rt_runtime_us", "950000");
        put(CLOCK + "current_clocksource", "hpet");
        put(CLOCK + "available_clocksource", "hpet acpi_pm");
        put("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]");
        for (String file :
                List.of("ipv4/conf/all/rp_filter", "ipv4/conf/eth7/rp_filter", "ipv6/conf/eth7/forwarding")) {
            put("proc/sys/net/" + file, "1");
        }
        put("proc/sys/net/ipv4/conf/eth7/forwarding", "0");
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> all = new HashMap<>();
        try (var paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                all.put(root.relativize(path).toString(), Files.readString(path).strip());
            }
        }
        return all;
    }

    private Mending begin() throws IOException {
        Settings settings = settings();
        return Mending.begin(settings, Remedies.ofLinux(settings, List.of("eth7")), runtime, told::add);
    }

    @Test
    void whatIsChangedIsPutBack() throws IOException {
        machine();
        Map<String, String> before = files();
        try (Mending mending = begin()) {
            assertEquals(7, mending.count(), told.toString());
            assertTrue(mending.isComplete());
            Map<String, String> now = files();
            assertEquals("performance", now.get(CPU + "cpufreq/scaling_governor"));
            assertEquals("0", now.get(CPU + "cpuidle/state0/disable"), "not deep");
            assertEquals("1", now.get(CPU + "cpuidle/state1/disable"));
            assertEquals("-1", now.get("proc/sys/kernel/sched_rt_runtime_us"));
            assertEquals("hpet", now.get(CLOCK + "current_clocksource"), "there is no better one");
            assertEquals("madvise", now.get("sys/kernel/mm/transparent_hugepage/enabled"));
            assertEquals("0", now.get("proc/sys/net/ipv4/conf/all/rp_filter"));
            assertEquals("0", now.get("proc/sys/net/ipv6/conf/eth7/forwarding"));
            assertTrue(
                    told.contains("changed   frequency governor of cpu0: powersave -> performance"), told.toString());
            assertThrows(IOException.class, this::begin, "while it is in force");
            assertThrows(IOException.class, () -> Mending.undo(settings(), runtime, told::add));
        }
        before.put("sys/kernel/mm/transparent_hugepage/enabled", "never"); // as it is written
        assertEquals(before, files());
        assertEquals("undone    frequency governor of cpu0: performance -> powersave", told.getLast());
        assertEquals(0, Mending.undo(settings(), runtime, told::add));
    }

    /** As after kill -9: the file is there, and nobody holds the lock. */
    @Test
    void whatAKilledProcessHasChangedIsPutBackLater() throws IOException {
        machine();
        Map<String, String> before = files();
        String left;
        try (Mending mending = begin()) {
            assertEquals(7, mending.count());
            left = Files.readString(runtime.resolve("doctor.changes"));
        }
        before.put("sys/kernel/mm/transparent_hugepage/enabled", "never");
        put(CPU + "cpufreq/scaling_governor", "performance");
        put("proc/sys/kernel/sched_rt_runtime_us", "100000"); // which somebody else has made it meanwhile
        Files.writeString(runtime.resolve("doctor.changes"), left + "half a li");
        assertThrows(IOException.class, this::begin, "first that");
        told.clear();
        assertEquals(7, Mending.undo(settings(), runtime, told::add));
        assertEquals(
                List.of(
                        "left      real-time throttling: somebody has made it 100000",
                        "undone    frequency governor of cpu0: performance -> powersave"),
                told);
        before.put("proc/sys/kernel/sched_rt_runtime_us", "100000");
        assertEquals(before, files());
        assertFalse(Files.exists(runtime.resolve("doctor.changes")));
    }

    @Test
    void whatCannotBeChangedIsTold() throws IOException {
        sysctls.putAll(Map.of(
                "hw.acpi.cpu.cx_lowest", "C3", "net.inet.ip.forwarding", "1", "kern.timecounter.hardware", "HPET"));
        sysctls.put("kern.timecounter.choice", "ACPI-fast(900) HPET(950) TSC-low(1000) dummy(-1000000)");
        Settings stubborn = new Settings(
                new Tree(root),
                name -> Optional.ofNullable(sysctls.get(name)),
                (name, value) -> !name.startsWith("net") && sysctls.replace(name, value) != null);
        try (Mending mending = Mending.begin(stubborn, Remedies.ofFreeBsd(stubborn), runtime, told::add)) {
            assertEquals(2, mending.count());
            assertFalse(mending.isComplete());
            assertEquals("C1", sysctls.get("hw.acpi.cpu.cx_lowest"));
            assertEquals("TSC-low", sysctls.get("kern.timecounter.hardware"));
            assertEquals("unchanged IPv4 forwarding: it stays 1", told.getLast());
        }
        assertEquals("C3", sysctls.get("hw.acpi.cpu.cx_lowest"));
        assertEquals("HPET", sysctls.get("kern.timecounter.hardware"));
        assertFalse(Files.exists(runtime.resolve("doctor.changes")));
    }
}
