package io.tlem.sweep;

import io.tlem.text.OutputFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows with the same columns. The same table makes the same bytes.
 *
 * @param columns at least one
 * @param rows each with a cell for each column, of its kind
 */
public record Table(List<Column> columns, List<List<Object>> rows) {
    /** Copies both. */
    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** The cells of a column. */
    List<Object> cells(int column) {
        return rows.stream().map(row -> row.get(column)).toList();
    }

    /** Writes a file whole, or leaves what was there. */
    interface Writer {
        void write(OutputStream out) throws IOException;
    }

    /** Has a file replaced by what a writer makes, once that is complete. */
    static void replace(Path file, Writer writer) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
                writer.write(out);
            }
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw OutputFile.named(file, e);
        }
    }

    /** Writes it as RFC 4180 has it, a line each with LF; an empty cell has no value. */
    public void writeCsv(Path file) throws IOException {
        replace(file, out -> {
            out.write(line(columns.stream().map(Column::name).toList()));
            for (List<Object> row : rows) {
                out.write(line(row.stream().map(Table::text).toList()));
            }
        });
    }

    private static String text(Object cell) {
        return cell instanceof Double real && real.isNaN() ? "" : cell.toString();
    }

    private static byte[] line(List<String> cells) {
        return (cells.stream().map(Table::quoted).collect(Collectors.joining(",")) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    /** Writes it as Parquet. */
    public void writeParquet(Path file) throws IOException {
        replace(file, out -> new ParquetWriter(out).write(this));
    }
}
