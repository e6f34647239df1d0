package io.tlem.cli;

import io.tlem.os.doctor.Doctor;
import io.tlem.os.doctor.Finding;
import io.tlem.os.doctor.Mending;
import io.tlem.spec.JsonText;
import io.tlem.text.Shown;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem doctor}. */
@Command(
        name = "doctor",
        description =
                "Tells what of this machine spoils timing or traffic, why, and how to mend it. Changes nothing without --fix.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The exit status is 3 when something is bad; with --fix and --undo, 1 when a change could not be made or taken back;"
                    + " with -- COMMAND that of the command, or 1 when it succeeds and a change could not be taken back.",
            "",
            "Examples:",
            "  tlem doctor",
            "  sudo tlem doctor eth1 eth2",
            "  sudo tlem doctor --fix eth1 eth2",
            "  sudo tlem doctor --fix eth1 eth2 -- tlem run -i eth1 -i eth2 --delay 10ms"
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int BAD = 3;
    private static final long LOOK_NANOS = 1_000_000_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(
            names = "--fix",
            description =
                    "Change what can be put back: governor, sleep states, real-time throttling, clock source, transparent huge"
                            + " pages, and of each IFACE rp_filter, forwarding, offloads and interrupt moderation. It says what it changes,"
                            + " waits for Ctrl-C or SIGTERM, and puts everything back. With -- COMMAND behind the interfaces it runs"
                            + " the command instead of waiting, and says what it changes on the standard error.")
    private boolean fix;

    @Option(names = "--undo", description = "Put back what a --fix has changed that was killed.")
    private boolean undo;

    @Parameters(
            arity = "0..*",
            paramLabel = "IFACE",
            description = "Interfaces to emulate a link between. Default: none; the machine alone is looked at.")
    private List<String> words = List.of();

    private List<String> interfaces; // of the words those before --
    private List<String> command; // and those behind it

    @Override
    public Integer call() throws IOException, InterruptedException {
        if ((fix ? 1 : 0) + (undo ? 1 : 0) + (json ? 1 : 0) > 1) {
            throw new UsageException("--fix, --undo and --json exclude each other");
        }
        splitWords();
        if (!command.isEmpty() && !fix) {
            throw new UsageException("a command behind -- goes with --fix alone");
        }
        if (undo) {
            if (!interfaces.isEmpty()) {
                throw new UsageException("--undo takes no interface: it knows what was changed");
            }
            int changes = Mending.undo(Output::text);
            if (changes == 0) {
                Output.text("nothing is left to be put back");
            }
            return changes < 0 ? 1 : 0;
        }
        if (fix) {
            return fix();
        }
        List<Finding> findings = Doctor.look(interfaces);
        if (json) {
            Output.text(json(findings));
        } else {
            findings.forEach(DoctorCommand::print);
        }
        return bad(findings) > 0 ? BAD : 0;
    }

    /** The command line's reader makes no difference between words before and behind the two hyphens. */
    private void splitWords() {
        List<String> all = spec.root().commandLine().getParseResult().originalArgs();
        int hyphens = all.indexOf("--");
        int behind = hyphens < 0 ? 0 : all.size() - hyphens - 1;
        if (hyphens >= 0 && behind == 0) {
            throw new UsageException("there is no command behind --");
        }
        interfaces = words.subList(0, words.size() - behind);
        command = words.subList(words.size() - behind, words.size());
    }

    private int fix() throws IOException, InterruptedException {
        Shutdown.listen();
        Consumer<String> told = command.isEmpty() ? Output::text : Output::warn; // the standard output is the command's
        Mending mending = Mending.begin(interfaces, told);
        int status = 0;
        try {
            tellOf(mending, told);
            if (!command.isEmpty()) {
                status = runCommand();
            }
            while (command.isEmpty() && mending.count() > 0 && !Shutdown.awaitRequest(LOOK_NANOS)) {
                // It is held.
            }
        } finally {
            mending.close();
        }
        boolean complete = command.isEmpty() ? mending.isComplete() : mending.isUndone();
        return status == 0 && !complete ? 1 : status;
    }

    private void tellOf(Mending mending, Consumer<String> told) {
        if (mending.count() == 0) {
            told.accept("nothing is changed");
            return;
        }
        Doctor.look(interfaces).stream()
                .filter(finding -> finding.state() == Finding.State.WARN || finding.state() == Finding.State.BAD)
                .forEach(finding ->
                        told.accept("for you   " + Shown.text(finding.name()) + ": " + Shown.text(finding.mend())));
        told.accept("in force until " + (command.isEmpty() ? "Ctrl-C or SIGTERM" : command.getFirst() + " ends")
                + "; after kill -9, tlem doctor --undo puts it back");
    }

    /** What it changes stays as long as that runs. */
    private int runCommand() throws InterruptedException {
        Shutdown.endHere("the command was started");
        Process process;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            OtherProgram.warn("doctor", command, e);
            return OtherProgram.NOT_RUN;
        }
        OtherProgram.signalsAreFor(process);
        if (Shutdown.requested()) { // meanwhile
            process.destroy();
        }
        return process.waitFor();
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
