package io.tlem.cli;

import io.tlem.text.Escapes;
import io.tlem.text.Shown;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A line of Mahimahi's shells, {@code mm-delay}, {@code mm-link} and {@code mm-loss}, as one of {@code tlem shell}. One within another
 * is the same link, with the models of both.
 */
final class MahimahiLine {
    private static final String PREFIX = "mm-";
    private static final int MAX_DELAY_MILLIS = 3_600_000;

    private final List<String> words;
    private final String[] bandwidth = new String[2];
    private final String[] queue = new String[2];
    private final String[] loss = new String[2];
    private long delayMillis;

    private MahimahiLine(List<String> words) {
        this.words = new ArrayList<>(words);
    }

    /** Whether a command line is such a line. */
    static boolean is(String[] args) {
        return args.length > 0 && args[0].startsWith(PREFIX);
    }

    /** Whether it asks what can be written there. */
    static boolean asksForHelp(String[] args) {
        return is(args) && args.length > 1 && List.of("-h", "--help").contains(args[1]);
    }

    /** What can be written there. */
    static String help() {
        return """
                Usage: tlem mm-delay MS [COMMAND...]
                       tlem mm-loss uplink|downlink RATE [COMMAND...]
                       tlem mm-link UPLINK-TRACE DOWNLINK-TRACE [OPTION...] [COMMAND...]

                Runs a command, or a shell, in a network of its own whose only way out is a link, as Mahimahi's
                shells do. One may be the command of another: both are one link. tlem shell --help tells of the rest.

                  MS      delay of each direction, ms
                  RATE    share of the packets that is lost, 0 to 1
                  TRACE   a file of the ms at which 1504 bytes may leave, one a line

                  --uplink-queue=QUEUE, --downlink-queue=QUEUE
                          infinite (the default), droptail, drophead, codel or pie
                  --uplink-queue-args=ARGS, --downlink-queue-args=ARGS
                          packets=N or bytes=N of droptail and drophead;
                          packets=N,target=MS,interval=MS of codel;
                          packets=N,qdelay_ref=MS,max_burst=MS of pie
                  --once  lets nothing pass when a trace has ended. Default: it starts again

                Example:
                  tlem mm-delay 20 mm-link up.trace down.trace --uplink-queue=droptail \\
                    --uplink-queue-args=packets=100 -- curl -O http://192.0.2.1/file
                """;
    }

    /**
     * The line for {@code tlem shell}.
     *
     * @throws UsageException when there is no such shell, or it cannot be as it is written
     */
    static String[] toShell(String[] args) {
        MahimahiLine line = new MahimahiLine(Arrays.asList(args));
        while (!line.words.isEmpty() && line.words.getFirst().startsWith(PREFIX)) {
            String shell = line.words.removeFirst();
            switch (shell) {
                case "mm-delay" -> line.delay();
                case "mm-link" -> line.link();
                case "mm-loss" -> line.loss();
                default ->
                    throw new UsageException(
                            Shown.quoted(shell) + " is not possible here; mm-delay, mm-link and mm-loss are");
            }
            if (!line.words.isEmpty() && line.words.getFirst().equals("--")) {
                line.words.removeFirst();
            }
        }
        return line.shell();
    }

    private String next(String shell, String what) {
        if (words.isEmpty() || words.getFirst().equals("--")) {
            throw new UsageException(shell + " needs " + what);
        }
        return words.removeFirst();
    }

    private void delay() {
        String millis = next("mm-delay", "a delay in ms");
        if (!millis.matches("[0-9]{1,7}") || Long.parseLong(millis) + delayMillis > MAX_DELAY_MILLIS) {
            throw new UsageException("mm-delay " + Shown.quoted(millis) + ": not a number of ms from 0 to "
                    + MAX_DELAY_MILLIS + " in all");
        }
        delayMillis += Long.parseLong(millis);
    }

    private void loss() {
        int way = way("mm-loss", next("mm-loss", "uplink or downlink, and a rate"));
        String rate = next("mm-loss", "a rate");
        if (!rate.matches("[0-9]*\\.?[0-9]+|[0-9]+\\.") || Double.parseDouble(rate) > 1) {
            throw new UsageException("mm-loss " + Shown.quoted(rate) + ": not a rate from 0 to 1");
        }
        set(loss, way, rate, "mm-loss");
    }

    private static int way(String shell, String word) {
        return switch (word) {
            case "uplink" -> 0;
            case "downlink" -> 1;
            default -> throw new UsageException(shell + " " + Shown.quoted(word) + ": neither uplink nor downlink");
        };
    }

    private static void set(String[] values, int way, String value, String shell) {
        if (values[way] != null) {
            throw new UsageException(shell + " is there twice for " + (way == 0 ? "the uplink" : "the downlink")
                    + ", and a link has one of it; run one tlem within another instead");
        }
        values[way] = value;
    }

    private void link() {
        List<String> traces = new ArrayList<>();
        String[] queues = {"infinite", "infinite"};
        String[] arguments = {"", ""};
        boolean once = false;
        while (!words.isEmpty() && !words.getFirst().equals("--")) {
            if (!words.getFirst().startsWith("-")) {
                if (traces.size() == 2) {
                    break;
                }
                traces.add(words.removeFirst());
                continue;
            }
            String option = words.removeFirst();
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            switch (name) {
                case "--once" -> once = true;
                case "--uplink-queue", "--downlink-queue", "--uplink-queue-args", "--downlink-queue-args" -> {
                    String value = equals < 0 ? next("mm-link " + name, "a value") : option.substring(equals + 1);
                    (name.endsWith("-args") ? arguments : queues)[name.startsWith("--up") ? 0 : 1] = value;
                }
                default ->
                    throw new UsageException("mm-link " + name + " is not possible here; --uplink-queue,"
                            + " --uplink-queue-args, --downlink-queue, --downlink-queue-args and --once are");
            }
        }
        if (traces.size() < 2) {
            throw new UsageException("mm-link needs two traces, for the uplink and the downlink");
        }
        for (int way = 0; way < 2; way++) {
            set(bandwidth, way, "mahimahi," + Escapes.part(traces.get(way)) + (once ? ",end=once" : ""), "mm-link");
            queue[way] = queue(queues[way], arguments[way]);
        }
    }

    private static String queue(String name, String arguments) {
        Map<String, String> given = new java.util.TreeMap<>();
        for (String argument : arguments.isEmpty() ? new String[0] : arguments.split(",", -1)) {
            int equals = argument.indexOf('=');
            if (equals < 1 || !argument.substring(equals + 1).matches("[0-9]{1,9}")) {
                throw new UsageException(
                        "mm-link: queue argument " + Shown.quoted(argument) + " is not of the form name=NUMBER");
            }
            given.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        String made = switch (name) {
            case "infinite" -> "none";
            case "droptail" -> limited(name, given, "packets,", "bytes,");
            case "drophead" -> limited(name, given, "head-packets,", "head-bytes,");
            case "codel" ->
                packets(name, given, "codel") + ",target=" + need(name, given, "target") + "ms,interval="
                        + need(name, given, "interval") + "ms";
            case "pie" ->
                packets(name, given, "pie") + ",target=" + need(name, given, "qdelay_ref") + "ms,burst="
                        + need(name, given, "max_burst") + "ms";
            default ->
                throw new UsageException("mm-link: no queue " + Shown.quoted(name)
                        + "; infinite, droptail, drophead, codel and pie are possible");
        };
        if (!given.isEmpty()) {
            throw new UsageException("mm-link: " + name + " takes no argument "
                    + Shown.quoted(given.keySet().iterator().next()));
        }
        return made;
    }

    private static String limited(String name, Map<String, String> given, String packets, String bytes) {
        String count = given.remove("packets");
        String size = given.remove("bytes");
        if ((count == null) == (size == null)) {
            throw new UsageException(
                    "mm-link: " + name + " needs packets=N or bytes=N in its arguments, one of them here");
        }
        return count != null ? packets + count : bytes + size;
    }

    private static String packets(String name, Map<String, String> given, String model) {
        return model + ",limit=" + need(name, given, "packets");
    }

    private static String need(String name, Map<String, String> given, String argument) {
        String value = given.remove(argument);
        if (value == null) {
            throw new UsageException("mm-link: " + name + " needs " + argument + "=N in its arguments");
        }
        return value;
    }

    private String[] shell() {
        List<String> all = new ArrayList<>(List.of("shell"));
        both(all, "--bandwidth", bandwidth);
        both(all, "--queue", queue);
        both(all, "--loss", loss);
        if (delayMillis > 0) {
            all.addAll(List.of("--delay", delayMillis + "ms"));
        }
        if (!words.isEmpty()) {
            all.add("--");
            all.addAll(words);
        }
        return all.toArray(String[]::new);
    }

    private static void both(List<String> all, String option, String[] values) {
        if (values[0] != null || values[1] != null) {
            for (String value : values) {
                all.addAll(List.of(option, value == null ? "none" : value));
            }
        }
    }
}
