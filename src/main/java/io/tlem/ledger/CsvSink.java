package io.tlem.ledger;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Comma-separated values: a header, and a line for each row. */
final class CsvSink implements RowSink {
    /** The columns' names. */
    static final String HEADER = "way,number,copy,arrival_ns,bytes,flow,queue_ns,serialisation_ns,propagation_ns,"
            + "jitter_ns,release_ns,transmit_ns,fate,reason,epoch";

    private final Text out;

    CsvSink(WritableByteChannel channel) {
        out = new Text(channel);
        out.ascii(HEADER).character('\n');
    }

    @Override
    public void add(Row row) throws IOException {
        write(row, out);
        out.flushIfLong();
    }

    /** One line. */
    static void write(Row row, Text out) {
        out.ascii(Row.way(row.direction)).character(',');
        out.number(row.number).character(',');
        out.number(row.copy).character(',');
        out.number(row.arrival).character(',');
        out.number(row.length).character(',');
        out.bytes(row.flow).character(',');
        out.number(row.queue).character(',');
        out.number(row.serialisation).character(',');
        out.number(row.propagation).character(',');
        out.number(row.jitter).character(',');
        out.number(row.release).character(',');
        out.number(row.transmit).character(',');
        out.ascii(row.fate.label()).character(',');
        out.ascii(Row.reason(row.reason)).character(',');
        out.number(row.epoch < 0 ? Row.NONE : row.epoch).character('\n');
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void finish(long rows, long lost) throws IOException {
        out.close();
    }
}
