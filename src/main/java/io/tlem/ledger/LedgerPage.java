package io.tlem.ledger;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * Some rows of a ledger that may still be written, and where the next ones are: memory for one block is needed, however many rows
 * there are. Used by one thread.
 */
public final class LedgerPage implements AutoCloseable {
    /** A page reads no more of the file, so that one who looks for what is not there gets an answer, too. */
    static final long MOST_BYTES = 64 << 20;

    private final LedgerReader reader;
    private final RowFilter filter;
    private final int limit;

    /**
     * Opens a ledger.
     *
     * @param limit of rows
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException with one line, when it is no ledger
     */
    public LedgerPage(Path file, RowFilter filter, int limit) throws IOException {
        this.reader = new LedgerReader(file);
        this.filter = filter;
        this.limit = limit;
    }

    /**
     * Begins where an earlier page has ended, instead of at the ledger's beginning.
     *
     * @param place that the earlier page has told
     * @throws IOException when the ledger cannot be read
     * @throws IllegalArgumentException with one line, when it has no such place
     */
    public void beginAt(String place) throws IOException {
        reader.skipTo(place);
    }

    /**
     * Writes the rows as JSON, a line each, and one line more about the page: {@code next} is where the next page begins, as long as
     * the ledger has no end; {@code more} whether it may have rows already.
     *
     * @param between called now and then between rows, for the good of others
     */
    public void write(OutputStream out, Runnable between) throws IOException {
        reader.between(filter.fromNanos(), filter.untilNanos());
        RowPrinter printer = new RowPrinter(out, RowPrinter.Style.JSON);
        long start = reader.bytes();
        int rows = 0;
        boolean more = true;
        while (rows < limit && reader.bytes() - start <= MOST_BYTES) {
            long before = reader.bytes();
            Row row = reader.next();
            if (row == null) {
                more = false;
                break;
            }
            if (filter.has(row)) {
                printer.print(row);
                rows++;
            }
            if (reader.bytes() != before) {
                between.run();
            }
        }
        StringBuilder page = new StringBuilder("{\"type\":\"page\",\"rows\":" + rows + ",\"more\":" + more);
        if (more || reader.isBeingWritten()) {
            page.append(",\"next\":\"").append(reader.place()).append('"');
        }
        if (!more && !reader.isBeingWritten() && !reader.damage().isEmpty()) {
            page.append(",\"damage\":\"").append(reader.damage()).append('"');
        }
        printer.line(page.append('}').toString());
        printer.flush();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
