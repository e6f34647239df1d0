package io.tlem.cli;

import io.tlem.control.RefusedException;
import io.tlem.os.SystemCallException;
import io.tlem.port.PortException;
import io.tlem.text.Failures;
import io.tlem.text.InputFile;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * {@code tlem}. Exit status: 0 done, 1 a port or the system failed, 2 the command line is not acceptable, 3 what
 * was expected is not so. Whatever is wrong is said in one line on standard error.
 */
@Command(
        name = "tlem",
        description = "Puts an emulated network link between two packet ports.",
        mixinStandardHelpOptions = true,
        version = {"tlem ${bundle:version}"},
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            DemoCommand.class,
            ProxyCommand.class,
            ShellCommand.class,
            SimulateCommand.class,
            SweepCommand.class,
            FitCommand.class,
            GenerateCommand.class,
            ReceiveCommand.class,
            NmreplayCommand.class,
            LedgerCommand.class,
            DoctorCommand.class,
            PortsCommand.class,
            ModelsCommand.class,
            PresetsCommand.class,
            ScenarioCommand.class,
            ConfigCommand.class,
            ImportCommand.class,
            ListCommand.class,
            ShowCommand.class,
            SetCommand.class,
            UndoCommand.class,
            ResetCommand.class,
            WatchCommand.class,
            TopCommand.class,
            WaitCommand.class,
            StopCommand.class,
            GenerateCompletion.class
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The run has ended, however it came about.",
            "1:A port or the system failed, or packets are unaccounted for.",
            "2:The command line is invalid or cannot be carried out.",
            "3:What was expected is not so: of the link by --assert or a scenario, of its version by --if-version, of"
                    + " its time by wait, or of the machine by doctor."
        },
        footer = {
            "",
            "Try @|bold tlem demo|@ first: it needs no privileges. Then, between two interfaces, as root:",
            "  tlem run -i eth1 -i eth2 --bandwidth 100M --delay 10ms --loss 0.01",
            "A command line of the original tlem runs as it is:",
            "  tlem -i eth1 -i eth2 -B ether,1G -D 10m -L 0.001 -Q 64k",
            "Options in the variable TLEM_JAVA_OPTS go to Java."
        })
public final class Main implements Runnable {
    /** The system property that asks for stack traces. */
    private static final String TRACE = "tlem.trace";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Runs the command line and ends the process. */
    public static void main(String[] args) {
        Shutdown.install(); // before anything else: a signal may come at any time
        Output.install();
        Rights.ownProcess();
        int status = 1;
        try {
            status = execute(args);
        } finally {
            Shutdown.exit(status); // a main thread that just ended would leave the process to the link's threads
        }
    }

    /** The command line with all its commands, as it describes itself. */
    public static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Main());
        commandLine.getCommandSpec().version("tlem " + version());
        commandLine.setParameterExceptionHandler((exception, arguments) -> usageError(exception));
        commandLine.setExecutionExceptionHandler((exception, command, result) -> failure(exception));
        commandLine.setUsageHelpAutoWidth(true);
        commandLine
                .getSubcommands()
                .get("generate-completion")
                .getCommandSpec()
                .usageMessage()
                .hidden(false);
        SpecOptions.addAll(commandLine.getSubcommands().get("run").getCommandSpec());
        SpecOptions.addAll(commandLine.getSubcommands().get("config").getCommandSpec());
        ProxyCommand.addOptions(commandLine.getSubcommands().get("proxy").getCommandSpec());
        ShellCommand.addOptions(commandLine.getSubcommands().get("shell").getCommandSpec());
        SimulateCommand.addOptions(commandLine.getSubcommands().get("simulate").getCommandSpec());
        GenerateCommand.addOptions(commandLine.getSubcommands().get("generate").getCommandSpec());
        ReceiveCommand.addOptions(commandLine.getSubcommands().get("receive").getCommandSpec());
        DemoCommand.addOptions(commandLine.getSubcommands().get("demo").getCommandSpec());
        ScenarioCommand.addOptions(commandLine.getSubcommands().get("scenario"));
        SetCommand.addOptions(commandLine.getSubcommands().get("set").getCommandSpec());
        ImportCommand.allowHyphens(commandLine.getSubcommands().get("import"));
        commandLine.setExpandAtFiles(false); // @ begins no file: an error would show what is in it
        return commandLine;
    }

    /** Runs the command line and returns the exit status. */
    static int execute(String... args) {
        if (MahimahiLine.asksForHelp(args)) {
            System.out.print(MahimahiLine.help());
            return 0;
        }
        CommandLine commandLine = commandLine();
        try {
            return commandLine.execute(withCommand(args));
        } catch (Throwable e) { // an Error, which the handler above is not given
            return failure(e);
        }
    }

    /** TLEM has no commands: options alone mean {@code run}. And {@code help} is what people try. Mahimahi has its own. */
    private static String[] withCommand(String[] args) {
        if (args.length > 0 && args[0].equals("help")) {
            return args.length == 1 ? new String[] {"--help"} : new String[] {args[1], "--help"};
        }
        if (MahimahiLine.is(args)) {
            return MahimahiLine.toShell(args);
        }
        boolean optionsOnly = args.length > 0 && args[0].startsWith("-");
        if (!optionsOnly || List.of("-h", "--help", "-V", "--version").contains(args[0])) {
            return args;
        }
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.add(0, "run");
        return all.toArray(String[]::new);
    }

    /** The version that the jar says, for those who describe the program. */
    public static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }

    private static int usageError(ParameterException exception) {
        Output.warn(message(exception));
        return 2;
    }

    /** What a mistake in the command line is, without the words of a library. */
    static String message(ParameterException mistake) {
        if (mistake instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched.getUnmatched().getFirst(), unmatched.getCommandLine());
        }
        if (mistake.getArgSpec() instanceof OptionSpec option
                && option.typeInfo().isBoolean()
                && mistake.getValue() != null) {
            return option.longestName() + " takes no value, found " + Shown.quoted(mistake.getValue());
        }
        return String.valueOf(mistake.getMessage());
    }

    /** What is wrong with a word that is not expected. */
    static String unmatched(String found, CommandLine command) {
        if (found.startsWith("-")) {
            String name = found.replaceFirst("=.*", "");
            return "unknown option " + Shown.quoted(name)
                    + Nearest.similar(
                            name, command.getCommandSpec().optionsMap().keySet()) + " ("
                    + command.getCommandSpec().qualifiedName() + " --help lists them)";
        }
        return command.getSubcommands().isEmpty()
                ? "unexpected argument " + Shown.quoted(found)
                : Shown.quoted(found) + " is no command"
                        + Nearest.hint(found, command.getSubcommands().keySet());
    }

    /** Says what has failed, and returns the exit status. */
    static int failure(Throwable failure) {
        if (failure instanceof Shutdown.EndedException ended) {
            Output.warn(ended.getMessage());
            return ended.status();
        }
        if (failure instanceof RefusedException refused) {
            Output.warn(refused.getMessage());
            return refused.status();
        }
        boolean mistake = failure instanceof UsageException || failure instanceof IllegalArgumentException;
        if (mistake && Failures.usersClass(failure).isEmpty()) {
            Output.warn(String.valueOf(failure.getMessage()));
            return 2;
        }
        Output.warn(describe(failure));
        return 1;
    }

    /** One line on a failure. The stack trace of an unexpected one is for whoever mends it, and asks for it. */
    static String describe(Throwable failure) {
        if (Boolean.getBoolean(TRACE)) {
            failure.printStackTrace();
        }
        Optional<String> usersClass = Failures.usersClass(failure);
        if (usersClass.isPresent()) {
            return "the model class " + usersClass.get() + " failed: " + Failures.describe(failure);
        }
        return switch (failure) {
            case PortException port -> port.getMessage();
            case SystemCallException call -> call.getMessage();
            case FileSystemException file -> file.getFile() + ": " + InputFile.reason(file);
            case IOException io -> InputFile.reason(io);
            case OutOfMemoryError full -> shortage(full.getMessage());
            // As the virtual machine reports a touch of memory that is not there.
            case InternalError gone ->
                "memory shared with others has gone, as when a file behind it is made shorter: " + gone.getMessage();
            default ->
                "a fault of the emulator: " + Failures.describe(failure) + " (TLEM_JAVA_OPTS=-D" + TRACE
                        + "=true shows more)";
        };
    }

    /** The virtual machine calls it a lack of memory, too, when the system gives no thread. */
    private static String shortage(String message) {
        return message != null && message.contains("native thread")
                ? "the system gives this process no more threads: its limit is reached (ulimit -u, or pids.max of its"
                        + " control group)"
                : "not enough memory: " + message + "; -Xmx in TLEM_JAVA_OPTS sets what Java has";
    }

    /** Without a command: show how to use it. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "missing command; one of run, demo, proxy, shell, simulate, fit, sweep, generate, receive, nmreplay, ledger, doctor, ports, models, presets, scenario,"
                        + " config, import, list, show, set, undo, reset, watch, top, wait, stop (tlem --help shows more)");
    }
}
