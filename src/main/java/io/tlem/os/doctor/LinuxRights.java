package io.tlem.os.doctor;

import io.tlem.os.doctor.Finding.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What this process may do on Linux. */
final class LinuxRights {
    private static final int NET_RAW = 13;
    private static final int SYS_NICE = 23;
    private static final String STATUS = "proc/self/status";

    private LinuxRights() {}

    /** @param ports whether the emulator is to use interfaces, for which it needs CAP_NET_RAW */
    static List<Finding> of(Tree tree, boolean ports) {
        List<Finding> findings = new ArrayList<>();
        findings.add(right(
                tree,
                "CAP_NET_RAW",
                NET_RAW,
                ports ? State.BAD : State.WARN,
                "Without this right the emulator cannot open an interface."));
        findings.add(right(
                tree,
                "CAP_SYS_NICE",
                SYS_NICE,
                State.WARN,
                "Without this right the emulator's threads do not go ahead of others."));
        String why = "Memory that is not locked can be paged out, and a packet waits until it is back.";
        findings.add(tree.lines("proc/self/limits").stream()
                .filter(line -> line.startsWith("Max locked memory"))
                .map(line ->
                        line.substring("Max locked memory".length()).strip().replaceFirst("\\s.*", ""))
                .findFirst()
                .map(soft -> Finding.of(
                        "locked memory",
                        soft.equals("unlimited"),
                        State.WARN,
                        soft.equals("unlimited") ? soft : "at most " + soft + " bytes",
                        why,
                        "ulimit -l unlimited"))
                .orElse(Finding.unknown("locked memory", why)));
        return findings;
    }

    private static Finding right(Tree tree, String name, int bit, State otherwise, String why) {
        Optional<String> effective = tree.field(STATUS, "CapEff").filter(hex -> hex.matches("[0-9a-fA-F]{1,16}"));
        return effective
                .map(hex -> (Long.parseUnsignedLong(hex, 16) >>> bit & 1) == 1)
                .map(has -> Finding.of(name, has, otherwise, has ? "given" : "missing", why, "sudo tlem run"))
                .orElse(Finding.unknown(name, why));
    }
}
