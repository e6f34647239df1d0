package io.tlem.cli;

import io.tlem.ledger.LedgerReader;
import io.tlem.ledger.Row;
import io.tlem.ledger.RowFilter;
import io.tlem.ledger.RowPrinter;
import io.tlem.ledger.RowSummary;
import io.tlem.stats.Format;
import io.tlem.text.InputFile;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem ledger}. */
@Command(
        name = "ledger",
        description =
                "Prints what became of each packet, from a file that --ledger has written in its compact format: a line"
                        + " for each packet, one more for its copy, and a summary.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem ledger run.ledger --fate dropped --from 1.5s --until 2s",
            "  tlem ledger run.ledger --number 1000-1999 --way a-to-b --csv",
            "  tlem ledger run.ledger --flow 10.0.0.2:443 --json"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All of the ledger was read.",
            "1:The system failed.",
            "2:The command line is invalid, or the file is no ledger.",
            "3:The ledger has no end or is damaged; what comes before was read."
        })
final class LedgerCommand implements Callable<Integer> {
    private static final int DAMAGED = 3;

    @Parameters(paramLabel = "FILE", description = "The ledger.")
    private Path file;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Only packets that arrived at TIME or later, counted from the link's start.")
    private String from;

    @Option(names = "--until", paramLabel = "TIME", description = "Only packets that arrived before TIME.")
    private String until;

    @Option(
            names = "--fate",
            paramLabel = "FATE",
            description =
                    "Only packets with this fate: sent, dropped, inside (still under way at the end) or unknown (what is"
                            + " written of their end is lost); or with this reason, such as loss, queue or exempt.")
    private String fate;

    @Option(
            names = "--flow",
            paramLabel = "TEXT",
            description = "Only packets whose flow has TEXT in it, such as 10.0.0.2:443 or arp.")
    private String flow;

    @Option(
            names = "--number",
            paramLabel = "N[-M]",
            description = "Only the packets with these numbers; N- for N and later.")
    private String numbers;

    @Option(names = "--way", paramLabel = "WAY", description = "Only one direction: a-to-b or b-to-a.")
    private String way;

    @Option(
            names = "--epoch",
            paramLabel = "N",
            description = "Only packets that the models of this epoch have decided about.")
    private Integer epoch;

    @Option(
            names = {"-s", "--summary"},
            description = "Print only the summary.")
    private boolean summaryOnly;

    @Option(names = "--csv", description = "Print comma-separated values and no summary.")
    private boolean csv;

    @Option(names = "--json", description = "Print one JSON object for each packet, and one for the summary.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (csv && (json || summaryOnly)) {
            throw new UsageException(
                    "--csv has no summary and is no JSON: leave " + (json ? "--json" : "--summary") + " out");
        }
        RowFilter filter = filter();
        InputFile.problem(file).ifPresent(problem -> {
            throw new UsageException(file + ": " + problem);
        });
        try (LedgerReader reader = open()) {
            reader.between(filter.fromNanos(), filter.untilNanos());
            RowSummary summary = new RowSummary();
            try (ProgressBar progress = ProgressBar.onTerminal(true)) {
                reader.tell(share -> progress.show(share, "reading"));
                read(reader, filter, summary, progress);
            }
            if (!csv) {
                Output.text(json ? json(reader, summary) : text(reader, summary).stripTrailing());
            }
            if (!reader.damage().isEmpty()) {
                Output.warn("warning: " + file + " " + reader.damage() + "; what comes before was read");
                return DAMAGED;
            }
            return 0;
        }
    }

    private void read(LedgerReader reader, RowFilter filter, RowSummary summary, ProgressBar progress)
            throws IOException {
        RowPrinter printer = new RowPrinter(
                new FilterOutputStream(System.out) {
                    @Override
                    public void write(byte[] bytes, int from, int length) throws IOException {
                        progress.close(); // until there are no rows for a while
                        out.write(bytes, from, length);
                    }
                },
                csv ? RowPrinter.Style.CSV : json || summaryOnly ? RowPrinter.Style.JSON : RowPrinter.Style.TEXT);
        for (Row row = reader.next(); row != null && !Output.isClosedByReader(); row = reader.next()) {
            if (filter.has(row)) {
                summary.add(row);
                if (!summaryOnly) {
                    printer.print(row);
                }
            }
        }
        printer.flush();
    }

    private LedgerReader open() throws IOException {
        try {
            return new LedgerReader(file);
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + " " + e.getMessage());
        }
    }

    private RowFilter filter() {
        Map<String, String> given = new HashMap<>();
        given.put("from", from);
        given.put("until", until);
        given.put("fate", fate);
        given.put("flow", flow);
        given.put("number", numbers);
        given.put("way", way);
        given.put("epoch", epoch == null ? null : epoch.toString());
        return new RowFilter(key -> Optional.ofNullable(given.get(key)), "--");
    }

    private String text(LedgerReader reader, RowSummary summary) {
        StringBuilder text = new StringBuilder(summary.text());
        if (reader.every() > 1) {
            text.append("one in ").append(Format.count(reader.every())).append(" packets, by number\n");
        }
        reader.lost()
                .filter(lost -> lost > 0)
                .ifPresent(lost ->
                        text.append("lost entries: ").append(Format.count(lost)).append('\n'));
        return text.isEmpty() ? "no packet" : text.toString();
    }

    private static String json(LedgerReader reader, RowSummary summary) {
        return "{\"type\":\"summary\",\"every\":" + reader.every() + ",\"seed\":" + reader.seed() + ",\"origin_ns\":"
                + reader.originNanos() + ",\"complete\":" + reader.damage().isEmpty()
                + reader.lost().map(lost -> ",\"lost_entries\":" + lost).orElse("") + "," + summary.json() + "}";
    }
}
