package io.tlem.cli;

import io.tlem.os.doctor.Doctor;
import io.tlem.os.doctor.Finding;
import io.tlem.spec.JsonText;
import io.tlem.text.Shown;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem doctor}. */
@Command(
        name = "doctor",
        description = "Tells what of this machine spoils timing or traffic, why, and how to mend it. Changes nothing.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The exit status is 3 when something is bad.",
            "",
            "Examples:",
            "  tlem doctor",
            "  sudo tlem doctor eth1 eth2"
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int BAD = 3;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Parameters(
            arity = "0..*",
            paramLabel = "IFACE",
            description = "Interfaces to emulate a link between. Default: none; the machine alone is looked at.")
    private List<String> interfaces = List.of();

    @Override
    public Integer call() {
        List<Finding> findings = Doctor.look(interfaces);
        if (json) {
            Output.text(json(findings));
        } else {
            findings.forEach(DoctorCommand::print);
        }
        return bad(findings) > 0 ? BAD : 0;
    }

    static long bad(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.state() == Finding.State.BAD)
                .count();
    }

    static String json(List<Finding> findings) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("findings", findings.stream().map(DoctorCommand::fields).toList());
        all.put("bad", bad(findings));
        return JsonText.line(all);
    }

    private static Map<String, Object> fields(Finding finding) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", finding.name());
        fields.put("state", state(finding));
        fields.put("found", finding.found());
        fields.put("why", finding.why());
        fields.put("mend", finding.mend());
        return fields;
    }

    private static void print(Finding finding) {
        Output.text(String.format(
                Locale.ROOT, "%-8s%s: %s", state(finding), Shown.text(finding.name()), Shown.text(finding.found())));
        if (finding.state() == Finding.State.WARN || finding.state() == Finding.State.BAD) {
            Output.text("        " + finding.why());
            if (!finding.mend().isEmpty()) {
                Output.text("        " + Shown.text(finding.mend()));
            }
        }
    }

    private static String state(Finding finding) {
        return finding.state().name().toLowerCase(Locale.ROOT);
    }
}
