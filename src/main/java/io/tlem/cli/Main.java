package io.tlem.cli;

import io.tlem.os.SystemCallException;
import io.tlem.port.PortException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * {@code tlem}. Exit status: 0 done, 1 a port or the system failed, 2 the command line is not acceptable. Whatever is
 * wrong is said in one line on standard error.
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
            PortsCommand.class,
            ModelsCommand.class,
            ConfigCommand.class,
            ImportCommand.class,
            GenerateCompletion.class
        },
        footer = {
            "",
            "Try @|bold tlem demo|@ first: it needs no privileges. Then, between two interfaces, as root:",
            "  tlem run -i eth1 -i eth2 --bandwidth 100M --delay 10ms --loss 0.01",
            "A command line of the original tlem runs as it is:",
            "  tlem -i eth1 -i eth2 -B ether,1G -D 10m -L 0.001 -Q 64k"
        })
public final class Main implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Runs the command line and ends the process. */
    public static void main(String[] args) {
        Output.install();
        Rights.ownProcess();
        int status = 1;
        try {
            status = execute(args);
        } finally {
            Shutdown.exit(status); // a main thread that just ended would leave the process to the link's threads
        }
    }

    /** Runs the command line and returns the exit status. */
    static int execute(String... args) {
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
        DemoCommand.describeDefaults(commandLine.getSubcommands().get("demo"));
        ImportCommand.allowHyphens(commandLine.getSubcommands().get("import"));
        try {
            return commandLine.execute(withCommand(args));
        } catch (Throwable e) { // an Error, which the handler above is not given
            return failure(e);
        }
    }

    /** TLEM has no commands: options alone mean {@code run}. */
    private static String[] withCommand(String[] args) {
        boolean optionsOnly = args.length > 0 && args[0].startsWith("-");
        if (!optionsOnly || List.of("-h", "--help", "-V", "--version").contains(args[0])) {
            return args;
        }
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.add(0, "run");
        return all.toArray(String[]::new);
    }

    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }

    private static int usageError(ParameterException exception) {
        System.err.println("tlem: " + oneLine(exception.getMessage()));
        return 2;
    }

    private static int failure(Throwable exception) {
        if (exception instanceof UsageException || exception instanceof IllegalArgumentException) {
            System.err.println("tlem: " + oneLine(exception.getMessage()));
            return 2;
        }
        System.err.println("tlem: " + describe(exception));
        return 1;
    }

    /** One line on a failure; an unexpected one keeps its stack trace, because it is a bug. */
    static String describe(Throwable failure) {
        if (failure instanceof PortException || failure instanceof SystemCallException) {
            return oneLine(failure.getMessage());
        }
        if (failure instanceof java.io.IOException) {
            return oneLine(failure.toString());
        }
        if (failure instanceof OutOfMemoryError) {
            return shortage(failure.getMessage());
        }
        if (failure instanceof InternalError) { // as the virtual machine reports a touch of memory that is not there
            return "memory shared with others has gone, as when the file of a pipe is made shorter: "
                    + oneLine(failure.getMessage());
        }
        failure.printStackTrace();
        return "unexpected " + oneLine(failure.toString());
    }

    /** The virtual machine calls it a lack of memory, too, when the system gives no thread. */
    private static String shortage(String message) {
        return message != null && message.contains("native thread")
                ? "the system gives this process no more threads: its limit is reached (ulimit -u, or pids.max of its"
                        + " control group)"
                : "not enough memory: " + oneLine(message);
    }

    private static String oneLine(String text) {
        return text == null ? "failed" : text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }

    /** Without a command: show how to use it. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "missing command; one of run, demo, ports, models, config, import (tlem --help shows more)");
    }
}
