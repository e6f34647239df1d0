package io.tlem.cli;

import io.tlem.impair.Units;
import io.tlem.text.Escapes;
import io.tlem.text.Shown;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlem nmreplay}: a line of netmap's nmreplay, as one of {@code tlem run} from a port {@code pcap:}. */
@Command(
        name = "nmreplay",
        description = "Replays a capture through a port, again and again, with the command line of netmap's nmreplay.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It is tlem run -i pcap:FILE,loop=forever,... -i PORT with the same models, and reports as that does.",
            "",
            "Examples:",
            "  sudo tlem nmreplay -f trace.pcap -i netmap:eth1 -B real,2",
            "  tlem nmreplay -f trace.pcap -i pipe:x{1 -B ether,10G -D uniform,1m,2m -L 0.001"
        })
final class NmreplayCommand implements Callable<Integer> {
    private static final int MOST_BATCH = 8192;
    private static final int USUAL_BATCH = 1024;

    @Option(names = "-f", paramLabel = "FILE", required = true, description = "The capture; - is the standard input.")
    private String file;

    @Option(
            names = "-i",
            paramLabel = "PORT",
            required = true,
            description = "Where the packets go: an interface, or any port of tlem run -i.")
    private String port;

    @Option(
            names = "-B",
            paramLabel = "RATE",
            description =
                    "BPS or constant,BPS: bits a second of frames as captured; ether,BPS: with 24 bytes of framing;"
                            + " real[,SPEED]: the times of the capture, so many times as fast. Default: 0, as fast as possible.")
    private String rate = "0";

    @Option(
            names = "-D",
            paramLabel = "DELAY",
            description = "Delay besides: T, constant,T, uniform,MIN,MAX or exp,MIN,MEAN. Packets keep their order.")
    private String delay;

    @Option(names = "-L", paramLabel = "LOSS", description = "Loss: P or plr,P of packets, ber,P by bit errors.")
    private String loss;

    @Option(names = "-b", paramLabel = "N", description = "Most packets sent at a time, 1 to 8192. Default: 128.")
    private int batch = 128;

    @Option(names = "-w", paramLabel = "SECONDS", description = "Wait that long for the link to come up. Default: 2.")
    private int waitLink = 2;

    @Option(names = "-C", paramLabel = "LIST", description = "CPUs of the threads, as of tlem run.")
    private String cpus;

    @Option(names = "-v", description = "Say more; may be repeated.")
    private boolean[] verbose = {};

    @Override
    public Integer call() {
        return Main.execute(run().toArray(String[]::new));
    }

    /** The line for {@code tlem run}. */
    private List<String> run() {
        boolean once = file.equals("-");
        List<String> words = new ArrayList<>(
                List.of("run", "-i", "pcap:" + Escapes.part(file) + pace() + (once ? "" : ",loop=forever")));
        words.addAll(List.of("-i", port, "-w", Integer.toString(waitLink)));
        boolean possible = batch >= 1 && batch <= MOST_BATCH;
        if (!possible) {
            Output.warn("-b " + batch + " is not 1 to " + MOST_BATCH + "; it is " + USUAL_BATCH + " as in nmreplay");
        }
        words.addAll(List.of("-b", Integer.toString(possible ? batch : USUAL_BATCH)));
        add(words, "-D", delay);
        add(words, "-L", loss);
        add(words, "-C", cpus);
        words.addAll(Collections.nCopies(verbose.length, "-v"));
        return words;
    }

    private static void add(List<String> words, String option, String value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }

    /** Options of the port. */
    private String pace() {
        int comma = rate.indexOf(',');
        String kind = comma < 0 ? rate : rate.substring(0, comma);
        String value = comma < 0 ? "" : rate.substring(comma + 1);
        if (kind.equals("real")) {
            return value.isEmpty() ? "" : ",speed=" + value;
        }
        boolean framing = kind.equals("ether");
        boolean named = framing || kind.equals("constant");
        if (named ? value.isEmpty() : comma >= 0) {
            throw new UsageException(
                    "-B " + Shown.quoted(rate) + " is not BPS, constant,BPS, ether,BPS or real[,SPEED]");
        }
        long bits;
        try {
            bits = Units.parseBandwidth(named ? value : kind);
        } catch (IllegalArgumentException e) {
            throw new UsageException("-B " + e.getMessage());
        }
        return bits == 0 ? ",rate=max" : ",rate=" + bits + (framing ? ",framing=on" : "");
    }
}
