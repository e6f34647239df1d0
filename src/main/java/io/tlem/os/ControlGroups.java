package io.tlem.os;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the control groups of this process leave it. A limit of a group holds for the groups inside it as well, so each is
 * looked for from the process's group up to the root, in both versions of control groups: a system may have both at once.
 */
final class ControlGroups {
    /** Where there is no limit. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");
    private static final long MIB = 1L << 20;
    private static final int MOST_VIEWS = 50;

    private final Path proc;
    private final List<View> views = new ArrayList<>();

    /** Mounts as a process sees them, and the folder below which it sees them. */
    private record View(Path mounts, Path root) {}

    /** Where a hierarchy is mounted, and which of its groups is seen there. */
    private record Mount(Path point, String group) {}

    /** @param root the folder that has {@code proc} and the mount points, which is {@code /} but for tests */
    ControlGroups(Path root) {
        this.proc = root.resolve("proc");
        views.add(new View(proc.resolve("self/mountinfo"), root));
        // "ip netns exec" hides the groups' files from what it runs; a process further up still sees them.
        Optional<String> parent = ProcFiles.field(proc.resolve("self/status"), "PPid");
        while (parent.isPresent() && !parent.get().equals("0") && views.size() < MOST_VIEWS) {
            Path process = proc.resolve(parent.get());
            views.add(new View(process.resolve("mountinfo"), process.resolve("root")));
            parent = ProcFiles.field(process.resolve("status"), "PPid");
        }
    }

    /** Those of this process. */
    static ControlGroups ofThisProcess() {
        return new ControlGroups(Path.of("/"));
    }

    /** What is left of something, and the folder of the group that leaves the least. */
    record Left(long bytes, Optional<Path> group) {
        static final Left ALL = new Left(UNLIMITED, Optional.empty());

        private Left least(long otherBytes, Path otherGroup) {
            return otherBytes < bytes ? new Left(otherBytes, Optional.of(otherGroup)) : this;
        }
    }

    /** Memory that may still be taken, 0 or more. Files' pages are counted as free: the kernel takes them back first. */
    Left memory() {
        Left left = Left.ALL;
        for (Path group : folders("memory")) {
            long used = number(group, "memory.usage_in_bytes")
                    .orElse(number(group, "memory.current").orElse(0));
            long inFiles = fileBytes(group);
            for (String limit : List.of("memory.limit_in_bytes", "memory.max", "memory.high")) {
                OptionalLong bytes = number(group, limit);
                if (bytes.isPresent()) {
                    left = left.least(Math.max(0, bytes.getAsLong() - Math.max(0, used - inFiles)), group);
                }
            }
        }
        return left;
    }

    /** Bytes on huge pages of this size that may still be taken, 0 or more. */
    Left hugePages(long pageBytes) {
        String size = pageBytes >= 1024 * MIB
                ? pageBytes / 1024 / MIB + "GB"
                : pageBytes >= MIB ? pageBytes / MIB + "MB" : pageBytes / 1024 + "KB";
        Left left = Left.ALL;
        for (Path group : folders("hugetlb")) {
            for (String kind : List.of("hugetlb." + size + ".", "hugetlb." + size + ".rsvd.")) {
                OptionalLong limit = either(group, kind + "limit_in_bytes", kind + "max");
                long used =
                        either(group, kind + "usage_in_bytes", kind + "current").orElse(0);
                if (limit.isPresent()) {
                    left = left.least(Math.max(0, limit.getAsLong() - used), group);
                }
            }
        }
        return left;
    }

    /** CPUs' worth of time that the process may use, {@link #UNLIMITED} without a quota. */
    double cpus() {
        double least = UNLIMITED;
        for (Path group : folders("cpu")) {
            OptionalLong quota = number(group, "cpu.cfs_quota_us");
            OptionalLong period = number(group, "cpu.cfs_period_us");
            if (quota.isEmpty()) {
                String[] words = ProcFiles.firstLine(group.resolve("cpu.max"))
                        .orElse("max")
                        .split(" ", -1);
                quota = number(words[0]);
                period = words.length > 1 ? number(words[1]) : OptionalLong.empty();
            }
            if (quota.orElse(-1) > 0 && period.orElse(0) > 0) {
                least = Math.min(least, (double) quota.getAsLong() / period.getAsLong());
            }
        }
        return least;
    }

    /** The folders of the process's groups that may limit what a controller controls, the innermost first. */
    private List<Path> folders(String controller) {
        List<Path> folders = new ArrayList<>();
        for (String line : ProcFiles.lines(proc.resolve("self/cgroup"))) {
            String[] parts = line.split(":", 3); // number, controllers, group; version 2 names no controllers
            if (parts.length == 3
                    && (parts[1].isEmpty() || List.of(parts[1].split(",", -1)).contains(controller))) {
                String hierarchy = parts[1].isEmpty() ? "" : controller;
                views.stream()
                        .flatMap(view -> mount(view, hierarchy).stream())
                        .findFirst()
                        .ifPresent(mount -> addUpwards(mount, parts[2], folders));
            }
        }
        return folders;
    }

    /** @param controller of version 1; empty for version 2 */
    private static Optional<Mount> mount(View view, String controller) {
        String type = controller.isEmpty() ? "cgroup2" : "cgroup";
        for (String line : ProcFiles.lines(view.mounts())) {
            int split = line.indexOf(" - ");
            if (split < 0) {
                continue;
            }
            String[] mount = line.substring(0, split).split(" ", -1);
            String[] system = line.substring(split + 3).split(" ", -1); // type, source, options
            if (mount.length > 4
                    && system.length > 2
                    && system[0].equals(type)
                    && (controller.isEmpty()
                            || List.of(system[2].split(",", -1)).contains(controller))) {
                Path point = view.root().resolve(unescaped(mount[4]).substring(1));
                return Optional.of(new Mount(point, unescaped(mount[3])));
            }
        }
        return Optional.empty();
    }

    private static String unescaped(String text) {
        return OCTAL.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 8))));
    }

    private static void addUpwards(Mount mount, String group, List<Path> folders) {
        String top = mount.group().equals("/") ? "" : mount.group();
        boolean below = group.startsWith(top + "/") && !group.contains("/..");
        Path folder = below ? mount.point().resolve(group.substring(top.length() + 1)) : mount.point();
        for (; folder.startsWith(mount.point()); folder = folder.getParent()) {
            if (Files.isDirectory(folder)) {
                folders.add(folder);
            }
        }
    }

    /** Bytes that hold what files have, of the group and those inside it. */
    private static long fileBytes(Path group) {
        List<String> lines = ProcFiles.lines(group.resolve("memory.stat"));
        // Version 1 has these of the group alone under the names that version 2 has for all.
        String prefix = lines.stream().anyMatch(line -> line.startsWith("total_")) ? "total_" : "";
        return Stream.of("inactive_file", "active_file")
                .flatMap(name -> lines.stream()
                        .filter(line -> line.startsWith(prefix + name + " "))
                        .map(line -> line.substring(line.indexOf(' ') + 1)))
                .mapToLong(value -> number(value).orElse(0))
                .sum();
    }

    private static OptionalLong either(Path group, String oneFile, String otherFile) {
        OptionalLong one = number(group, oneFile);
        return one.isPresent() ? one : number(group, otherFile);
    }

    private static OptionalLong number(Path group, String file) {
        return ProcFiles.firstLine(group.resolve(file))
                .map(ControlGroups::number)
                .orElse(OptionalLong.empty());
    }

    /** A number, nothing for {@code max}. */
    private static OptionalLong number(String text) {
        try {
            return OptionalLong.of(Long.parseLong(text.strip()));
        } catch (NumberFormatException e) { // max, or a version 1 limit that is above what a long holds
            return OptionalLong.empty();
        }
    }
}
