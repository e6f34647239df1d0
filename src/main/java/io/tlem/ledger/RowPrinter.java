package io.tlem.ledger;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.Locale;

/** Prints rows, for people or programs. Used by one thread. */
public final class RowPrinter {
    private static final String TEXT = "%-5s %9s %15s %7s %11s %11s %11s %11s %11s  %-16s %5s  %s%n";

    /** How rows are printed. */
    public enum Style {
        TEXT,
        CSV,
        JSON
    }

    private final Style style;
    private final Text out;

    public RowPrinter(OutputStream stream, Style style) {
        this.style = style;
        this.out = Text.inHeap(Channels.newChannel(stream));
        if (style == Style.CSV) {
            out.ascii(CsvSink.HEADER).character('\n');
        } else if (style == Style.TEXT) {
            out.ascii(String.format(
                    Locale.ROOT,
                    TEXT,
                    "way",
                    "number",
                    "arrival s",
                    "bytes",
                    "queue us",
                    "serial. us",
                    "propag. us",
                    "jitter us",
                    "late us",
                    "fate",
                    "epoch",
                    "flow"));
        }
    }

    /** Prints a row. */
    public void print(Row row) throws IOException {
        switch (style) {
            case CSV -> CsvSink.write(row, out);
            case JSON -> json(row);
            case TEXT -> text(row);
        }
        out.flushIfLong();
    }

    private void text(Row row) {
        out.ascii(String.format(
                Locale.ROOT,
                TEXT,
                Row.way(row.direction),
                row.number + (row.copy == 0 ? "" : "+"),
                String.format(Locale.ROOT, "%.9f", row.arrival / 1e9),
                row.length,
                micros(row.queue),
                micros(row.serialisation),
                micros(row.propagation),
                micros(row.jitter),
                row.transmit == Row.NONE || row.release == Row.NONE ? "-" : micros(row.transmit - row.release),
                row.fate.label() + (row.reason == Row.NO_REASON ? "" : " " + Row.reason(row.reason)),
                row.epoch < 0 ? "-" : row.epoch,
                row.flow()));
    }

    private static String micros(long nanos) {
        return nanos == Row.NONE ? "-" : String.format(Locale.ROOT, "%.3f", nanos / 1e3);
    }

    private void json(Row row) {
        out.ascii("{\"type\":\"packet\",\"way\":\"").ascii(Row.way(row.direction));
        out.ascii("\",\"number\":").number(row.number);
        out.ascii(",\"copy\":").number(row.copy);
        field("arrival_ns", row.arrival);
        field("bytes", row.length);
        out.ascii(",\"flow\":\"").bytes(row.flow).character('"');
        field("queue_ns", row.queue);
        field("serialisation_ns", row.serialisation);
        field("propagation_ns", row.propagation);
        field("jitter_ns", row.jitter);
        field("release_ns", row.release);
        field("transmit_ns", row.transmit);
        out.ascii(",\"fate\":\"").ascii(row.fate.label()).character('"');
        if (row.reason != Row.NO_REASON) {
            out.ascii(",\"reason\":\"").ascii(Row.reason(row.reason)).character('"');
        }
        field("epoch", row.epoch < 0 ? Row.NONE : row.epoch);
        out.ascii("}\n");
    }

    private void field(String name, long value) {
        if (value != Row.NONE) {
            out.ascii(",\"").ascii(name).ascii("\":").number(value);
        }
    }

    /** Prints a line of its own. */
    public void line(String ascii) throws IOException {
        out.ascii(ascii).character('\n');
        out.flushIfLong();
    }

    /** Writes what is left. */
    public void flush() throws IOException {
        out.flush();
    }
}
