package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.testing.Await;
import io.tlem.testing.ThreadLimit;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starts with too few threads, too little memory, too few file descriptors, and signals at any time, chosen at random from a
 * seed: the property {@code tlem.starts} says how many. Whatever the process comes to, it ends, does not crash, and leaves
 * nothing behind.
 */
@Tag("privileged")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class RandomStartsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<Path> FOLDERS =
            Stream.of("/dev/shm", "/run/tlem", "/tmp").map(Path::of).toList();

    /** Done, failed, refused; and ended by the virtual machine because of SIGHUP, SIGINT or SIGTERM before there was a link. */
    private static final Set<Integer> STATUSES = Set.of(0, 1, 2, 129, 130, 143);

    /** Libraries that the emulator needs, besides its own modules. */
    private static final Pattern PRODUCT =
            Pattern.compile("^(tlem|picocli|commons|HdrHistogram|affinity|slf4j|jna|jackson-core|snakeyaml-engine)");

    @TempDir
    Path folder;

    private String classPath;
    private Path library;

    /** What one start is put under. */
    private record Conditions(List<String> command, int threads, List<String> signals, List<Long> afterMillis) {
        @Override
        public String toString() {
            return String.join(" ", command).replaceAll(" -cp \\S+", "") + ", threads " + threads + ", " + signals
                    + " after " + afterMillis + " ms";
        }
    }

    @Test
    void noneCrashesHangsOrLeavesAnything() throws Exception {
        EmulatedNetwork.require("prlimit", "ping");
        int starts = Integer.getInteger("tlem.starts", 8);
        SplittableRandom random = new SplittableRandom(Long.getLong("tlem.starts.seed", 13));
        TreeMap<Integer, Integer> statuses = new TreeMap<>();
        classPath = classPathOfProduct();
        library = folderOfLibrary();
        try (ThreadLimit limit = ThreadLimit.make("random-starts");
                EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            network.left().ip("neighbor", "add", EmulatedNetwork.RIGHT4, "lladdr", "02:00:00:00:00:01", "dev", "end0");
            try (Program load = network.left().start("ping", "-f", "-q", EmulatedNetwork.RIGHT4)) {
                for (int i = 0; i < starts; i++) {
                    int status = start(draw(random, network.middle()), limit, network.middle(), i);
                    statuses.merge(status, 1, Integer::sum);
                }
                assertTrue(load.running(), load.toString());
            }
        }
        System.out.println(starts + " starts, by exit status: " + statuses);
        assertTrue(statuses.size() > 1, "only exit status " + statuses);
    }

    private Conditions draw(SplittableRandom random, Namespace namespace) {
        List<String> limits = new ArrayList<>();
        List<String> virtualMachine = new ArrayList<>(
                List.of("-Xlog:disable", "-Xlog:all=error:stderr", "-XX:ErrorFile=" + folder + "/hs_err"));
        List<String> options = new ArrayList<>();
        int threads = 4096;
        List<String> signals = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        int conditions = 1 + random.nextInt(15); // a bit for each kind, one at least
        if ((conditions & 1) != 0) {
            threads = 14 + random.nextInt(18);
        }
        boolean launcher = true;
        String heap = "64m";
        if ((conditions & 2) != 0) {
            switch (random.nextInt(4)) {
                case 0 -> heap = 4 + random.nextInt(30) + "m";
                case 1 -> limits.add("--as=" + (1_500_000_000L + random.nextLong(3_000_000_000L)));
                case 2 -> {
                    limits.add("--memlock=" + random.nextLong(1 << 20));
                    options.add("--mlock");
                }
                default -> limits.add("--fsize=" + random.nextInt(2) * 4096);
            }
        }
        if ((conditions & 4) != 0) {
            // The launcher refuses so few; without it the start comes farther.
            launcher = random.nextBoolean();
            limits.add("--nofile=" + (launcher ? 5 + random.nextInt(80) : 20 + random.nextInt(20)));
        }
        if ((conditions & 8) != 0) {
            for (int i = 0; i <= random.nextInt(2); i++) {
                signals.add(List.of("TERM", "INT", "HUP").get(random.nextInt(3)));
                times.add(random.nextLong(2500));
            }
        }
        virtualMachine.add("-Xmx" + heap);
        if (SharedBuffer.hasNativeKernel()) {
            virtualMachine.add("-Dtlem.native=" + library);
        }
        List<String> arguments = new ArrayList<>();
        switch (random.nextInt(3)) {
            case 0 -> arguments.addAll(List.of("run", "-i", "packet:left", "-i", "packet:right"));
            case 1 -> arguments.addAll(List.of("run", "-i", "generator:size=60,rate=max", "-i", "sink:"));
            default -> arguments.add("demo");
        }
        arguments.addAll(List.of("-D", "1ms", "--buffer", "8M", "-C", "none", "--duration", "300ms"));
        arguments.addAll(List.of("--stages", Integer.toString(2 + random.nextInt(2))));
        arguments.addAll(options);
        List<String> command = new ArrayList<>();
        if (!limits.isEmpty()) {
            command.add("prlimit");
            command.addAll(limits);
        }
        command.addAll(Program.javaOf(
                classPath, launcher ? "io.tlem.cli.Launcher" : "io.tlem.cli.Main", virtualMachine, arguments));
        return new Conditions(namespace.command(command), threads, signals, times);
    }

    /**
     * As users have it: the classes in a jar, without the libraries of tests. Each jar takes a file descriptor, and each class
     * in a folder does while it is loaded.
     */
    private String classPathOfProduct() {
        Path jar = folder.resolve("tlem.jar");
        List<String> making = new ArrayList<>(List.of("--create", "--no-compress", "--file", jar.toString()));
        List<String> libraries = new ArrayList<>(List.of(jar.toString()));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (entry.isEmpty()) {
                continue; // Surefire's class path ends with one, which the jar tool takes for the root folder
            }
            if (Files.isDirectory(path) && !path.endsWith("test-classes")) {
                making.addAll(List.of("-C", entry, "."));
            } else if (PRODUCT.matcher(path.getFileName().toString()).find()) {
                libraries.add(entry);
            }
        }
        int status =
                ToolProvider.findFirst("jar").orElseThrow().run(System.out, System.err, making.toArray(String[]::new));
        assertEquals(0, status, making.toString());
        return String.join(File.pathSeparator, libraries);
    }

    private static Path folderOfLibrary() throws URISyntaxException {
        return Path.of(SharedBuffer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolveSibling("native");
    }

    private int start(Conditions conditions, ThreadLimit limit, Namespace namespace, int number) throws Exception {
        String what = "start " + number + ": " + conditions;
        limit.set(conditions.threads());
        long start = System.nanoTime();
        try (Program program = Program.start(limit.command(conditions.command()))) {
            for (int i = 0; i < conditions.signals().size(); i++) {
                long end = start + conditions.afterMillis().get(i) * 1_000_000;
                Await.holds(LIMIT, () -> !program.running() || System.nanoTime() - end >= 0);
                if (program.running()) {
                    Program.run(
                            LIMIT,
                            List.of("sh", "-c", "kill -" + conditions.signals().get(i) + " " + program.pid()));
                }
            }
            assertTrue(Await.holds(LIMIT, () -> !program.running()), what + " hangs: " + program);
            Program.Result result = program.await(LIMIT);
            String text = what + ", status " + result.status() + ":\n" + result.out() + result.err();
            assertTrue(STATUSES.contains(result.status()), text);
            assertFalse(text.contains("A fatal error has been detected"), text);
            // The virtual machine's own, of a start before there was any of this program, are not ours to shorten.
            assertFalse(result.err().contains("\tat io.tlem."), text);
            boolean canWrite = conditions.command().stream().noneMatch(word -> word.startsWith("--fsize"));
            assertTrue(result.status() != 1 || !canWrite || !(result.out() + result.err()).isBlank(), text);
            assertEquals(List.of(), limit.processes(), text);
            assertEquals(0, namespace.promiscuity("left"), text);
            assertEquals(0, namespace.promiscuity("right"), text);
            assertEquals(List.of(), filesOf(program.pid()), text);
            return result.status();
        }
    }

    /** Files that carry the process's number in their names, which pipes do. */
    private static List<String> filesOf(long pid) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path parent : FOLDERS) {
            if (Files.isDirectory(parent)) {
                try (Stream<Path> files = Files.list(parent)) {
                    files.map(Path::toString)
                            .filter(name -> name.contains("demo" + pid) || name.contains("warmup" + pid))
                            .forEach(found::add);
                }
            }
        }
        return found;
    }
}
