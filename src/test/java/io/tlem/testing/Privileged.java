package io.tlem.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * What a test needs of the machine beyond a JDK. A test calls these first: where the thing is missing it is skipped with
 * the reason, unless {@code TLEM_REQUIRE_PRIVILEGED=1} says that this machine must have everything, as in CI; there a
 * skipped test would hide that something was never tested, and fails.
 */
public final class Privileged {
    /** The environment variable that turns every skip into a failure. */
    public static final String REQUIRE_VARIABLE = "TLEM_REQUIRE_PRIVILEGED";

    /** The same for tests that need a netmap in the kernel, which CI's machines do not have. */
    public static final String REQUIRE_NETMAP_VARIABLE = "TLEM_REQUIRE_NETMAP";

    private static final Path NETMAP = Path.of("/dev/netmap");

    private Privileged() {}

    /** The test needs root with the capabilities that network namespaces and packet sockets take. */
    public static void root() {
        if (!"root".equals(System.getProperty("user.name"))) {
            missing("not root");
        }
        Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            long effective = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
            List<String> lacking = Stream.of(Capability.values())
                    .filter(capability -> (effective >>> capability.bit & 1) == 0)
                    .map(capability -> capability.name().toLowerCase(Locale.ROOT))
                    .toList();
            if (!lacking.isEmpty()) {
                missing("root, but without " + String.join(", ", lacking));
            }
        }
    }

    /** The test runs these programs. */
    public static void tool(String... names) {
        List<String> lacking = new ArrayList<>();
        for (String name : names) {
            if (!onPath(name)) {
                lacking.add(name);
            }
        }
        if (!lacking.isEmpty()) {
            missing("not on PATH: " + String.join(", ", lacking));
        }
    }

    /** The test takes this many huge pages of the default size, and the kernel has them free. */
    public static void hugepages(int pages) {
        Path meminfo = Path.of("/proc/meminfo");
        if (!Files.isReadable(meminfo)) {
            missing("no huge pages: " + meminfo + " cannot be read");
        }
        // Reserved pages count as free until they are touched, but belong to someone already.
        long free = Long.parseLong(field(meminfo, "HugePages_Free:"));
        long reserved = Long.parseLong(field(meminfo, "HugePages_Rsvd:"));
        if (free - reserved < pages) {
            missing("huge pages: " + pages + " needed, " + (free - reserved) + " free (/proc/sys/vm/nr_hugepages)");
        }
    }

    /** The test opens ports of the kernel's netmap. {@code tools/netmap-guest} runs it where there is one. */
    public static void netmap() {
        if (!Files.isReadable(NETMAP) || !Files.isWritable(NETMAP)) {
            missing(
                    Files.exists(NETMAP) ? NETMAP + " may not be read and written" : "no " + NETMAP,
                    REQUIRE_NETMAP_VARIABLE);
        }
    }

    /** Skips the calling test for this reason, or fails it where skipping is not allowed. */
    public static void missing(String reason) {
        missing(reason, REQUIRE_VARIABLE);
    }

    private static void missing(String reason, String variable) {
        if ("1".equals(System.getenv(variable))) {
            throw new AssertionError(reason + ", and " + variable + "=1 allows no skipping");
        }
        throw new TestAbortedException(reason);
    }

    private static boolean onPath(String name) {
        String path = System.getenv("PATH");
        return path != null
                && Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                        .splitAsStream(path)
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    private static String field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()).strip())
                    .findFirst()
                    .orElse("0");
        } catch (IOException e) {
            throw new AssertionError(file + " cannot be read", e);
        }
    }

    private enum Capability {
        CAP_NET_ADMIN(12),
        CAP_NET_RAW(13),
        CAP_SYS_ADMIN(21);

        final int bit;

        Capability(int bit) {
            this.bit = bit;
        }
    }
}
