package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits as the kernel shows them, in files made here. */
class ControlGroupsTest {
    private static final long MIB = 1 << 20;
    private static final String NO_LIMIT = "9223372036854771712";

    @TempDir
    private Path root;

    private ControlGroups groups;

    private Path write(String file, String... lines) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, String.join("\n", lines) + "\n");
    }

    private void process(String group, String... mounts) throws IOException {
        write("proc/self/cgroup", group.split(" "));
        write("proc/self/mountinfo", mounts);
        groups = new ControlGroups(root);
    }

    private ControlGroups.Left left(long bytes, String group) {
        return new ControlGroups.Left(bytes, Optional.of(root.resolve(group)));
    }

    private void versionOne(String group, long limit, long usage, long inactive, long active) throws IOException {
        write(group + "/memory.limit_in_bytes", Long.toString(limit));
        write(group + "/memory.usage_in_bytes", Long.toString(usage));
        write(
                group + "/memory.stat",
                "inactive_file 7",
                "active_file 9",
                "total_inactive_file " + inactive,
                "total_active_file " + active);
    }

    private void versionTwo(String group, String max, String high, long current, long files) throws IOException {
        write(group + "/memory.max", max);
        write(group + "/memory.high", high);
        write(group + "/memory.current", Long.toString(current));
        write(group + "/memory.stat", "anon 5", "inactive_file " + files, "active_file 0");
    }

    /** A machine with both versions at once, where memory is version 1's. */
    @Test
    void versionOneWithNestedLimits() throws IOException {
        process(
                "9:name=systemd:/ 4:cpu,memory:/outer/inner 0::/",
                "30 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
                "31 30 0:31 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,cpu,memory",
                "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", NO_LIMIT);
        versionOne("sys/fs/cgroup/memory/outer", 300 * MIB, 250 * MIB, 20 * MIB, 5 * MIB);
        versionOne("sys/fs/cgroup/memory/outer/inner", 200 * MIB, 10 * MIB, 0, 0);
        assertEquals(left(75 * MIB, "sys/fs/cgroup/memory/outer"), groups.memory());
        versionOne("sys/fs/cgroup/memory/outer/inner", 80 * MIB, 70 * MIB, 2 * MIB, 0);
        assertEquals(left(12 * MIB, "sys/fs/cgroup/memory/outer/inner"), groups.memory());
        versionOne("sys/fs/cgroup/memory/outer/inner", 60 * MIB, 70 * MIB, 0, 0);
        assertEquals(0, groups.memory().bytes());
    }

    @Test
    void versionTwoWithALimitFurtherOut() throws IOException {
        process("0::/a/b", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate");
        versionTwo("sys/fs/cgroup/a", "max", "max", 90 * MIB, 0);
        versionTwo("sys/fs/cgroup/a/b", "max", "max", 90 * MIB, 0);
        assertEquals(ControlGroups.UNLIMITED, groups.memory().bytes());
        versionTwo("sys/fs/cgroup/a", Long.toString(100 * MIB), "max", 90 * MIB, 10 * MIB);
        assertEquals(left(20 * MIB, "sys/fs/cgroup/a"), groups.memory());
        versionTwo("sys/fs/cgroup/a/b", "max", Long.toString(95 * MIB), 90 * MIB, 0); // beyond it the kernel throttles
        assertEquals(left(5 * MIB, "sys/fs/cgroup/a/b"), groups.memory());
    }

    /** Containers see their own group as the top, with the path of the host or with none. */
    @Test
    void insideAContainer() throws IOException {
        process("4:memory:/docker/x", "31 30 0:31 /docker/x /sys/fs/cgroup/me\\040mory ro - cgroup cgroup ro,memory");
        versionOne("sys/fs/cgroup/me mory", 100 * MIB, 40 * MIB, 0, 0);
        assertEquals(left(60 * MIB, "sys/fs/cgroup/me mory"), groups.memory());
        process("0::/", "31 30 0:31 / /sys/fs/cgroup ro - cgroup2 cgroup ro");
        versionTwo("sys/fs/cgroup", Long.toString(50 * MIB), "max", 30 * MIB, 0);
        assertEquals(20 * MIB, groups.memory().bytes());
        process("0::/../../elsewhere", "31 30 0:31 / /sys/fs/cgroup ro - cgroup2 cgroup ro");
        assertEquals(20 * MIB, groups.memory().bytes());
    }

    /** As {@code ip netns exec} leaves it. */
    @Test
    void hiddenFromTheProcess() throws IOException {
        write("proc/self/status", "Name: java", "PPid:\t77");
        write("proc/77/status", "PPid:\t7");
        process("4:memory:/a", "22 1 0:5 / /sys rw - sysfs sysfs rw");
        write("proc/7/mountinfo", "31 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
        versionOne("proc/7/root/sys/fs/cgroup/memory/a", 100 * MIB, 40 * MIB, 0, 0);
        assertEquals(60 * MIB, groups.memory().bytes());
    }

    @Test
    void nothingThere() throws IOException {
        groups = new ControlGroups(root);
        assertEquals(ControlGroups.UNLIMITED, groups.memory().bytes());
        assertEquals(ControlGroups.UNLIMITED, groups.hugePages(2 * MIB).bytes());
        assertEquals(ControlGroups.UNLIMITED, groups.cpus());
        process("4:memory:/gone", "not a mount", "31 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
        assertEquals(ControlGroups.UNLIMITED, groups.memory().bytes());
    }

    @Test
    void hugePages() throws IOException {
        process("3:hugetlb:/a", "31 30 0:31 / /sys/fs/cgroup/hugetlb rw - cgroup cgroup rw,hugetlb");
        write("sys/fs/cgroup/hugetlb/a/hugetlb.2MB.limit_in_bytes", Long.toString(64 * MIB));
        write("sys/fs/cgroup/hugetlb/a/hugetlb.2MB.usage_in_bytes", Long.toString(4 * MIB));
        write("sys/fs/cgroup/hugetlb/a/hugetlb.1GB.limit_in_bytes", "0");
        assertEquals(left(60 * MIB, "sys/fs/cgroup/hugetlb/a"), groups.hugePages(2 * MIB));
        assertEquals(0, groups.hugePages(1024 * MIB).bytes());
        process("0::/a", "31 30 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup rw");
        write("sys/fs/cgroup/a/hugetlb.2MB.max", "max");
        write("sys/fs/cgroup/a/hugetlb.2MB.rsvd.max", Long.toString(32 * MIB));
        write("sys/fs/cgroup/a/hugetlb.2MB.rsvd.current", Long.toString(2 * MIB));
        assertEquals(30 * MIB, groups.hugePages(2 * MIB).bytes());
    }

    @Test
    void quotasOfTime() throws IOException {
        process("2:cpu,cpuacct:/a", "31 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct");
        write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1");
        write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
        assertEquals(ControlGroups.UNLIMITED, groups.cpus());
        write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000");
        assertEquals(2.5, groups.cpus());
        process("0::/a/b", "31 30 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup rw");
        write("sys/fs/cgroup/a/b/cpu.max", "max 100000");
        write("sys/fs/cgroup/a/cpu.max", "50000 100000");
        assertEquals(0.5, groups.cpus());
    }
}
