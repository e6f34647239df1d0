package io.tlem.sweep;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a table as a Parquet file: one group of rows, of each column one page, not compressed, all values required. That is
 * little enough of the format to need no library, of which the usual one brings a hundred others.
 *
 * <pre>
 *  "PAR1" | page header, values | page header, values | ... | footer | its length, 4 bytes | "PAR1"
 * </pre>
 *
 * Headers and footer are structures of Thrift's compact protocol, whose fields have the numbers of parquet.thrift.
 */
final class ParquetWriter {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final String CREATOR = "tlem";

    private static final int INT64 = 2;
    private static final int DOUBLE = 5;
    private static final int BYTE_ARRAY = 6;
    private static final int REQUIRED = 0;
    private static final int UTF8 = 0;
    private static final int DATA_PAGE = 0;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int UNCOMPRESSED = 0;

    private final OutputStream out;
    private long written;

    /**
     * Where a column's page is.
     *
     * @param at of its header in the file
     * @param bytes of header and values
     */
    private record Page(Column column, long at, long bytes) {}

    ParquetWriter(OutputStream out) {
        this.out = out;
    }

    void write(Table table) throws IOException {
        put(MAGIC);
        List<Page> pages = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            long at = written;
            byte[] values = values(table.cells(i));
            put(pageHeader(table.rows().size(), values.length));
            put(values);
            pages.add(new Page(table.columns().get(i), at, written - at));
        }
        byte[] footer = footer(table, pages);
        put(footer);
        put(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(footer.length)
                .array());
        put(MAGIC);
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private static int type(Column column) {
        return switch (column.kind()) {
            case TEXT -> BYTE_ARRAY;
            case WHOLE -> INT64;
            case REAL -> DOUBLE;
        };
    }

    private static byte[] values(List<Object> cells) {
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Object cell : cells) {
            switch (cell) {
                case Long whole -> values.writeBytes(number.putLong(0, whole).array());
                case Double real -> values.writeBytes(number.putDouble(0, real).array());
                default -> {
                    byte[] text = cell.toString().getBytes(StandardCharsets.UTF_8);
                    values.write(number.putInt(0, text.length).array(), 0, Integer.BYTES);
                    values.writeBytes(text);
                }
            }
        }
        return values.toByteArray();
    }

    private static byte[] pageHeader(int rows, int bytes) {
        return new Compact()
                .number(1, DATA_PAGE)
                .number(2, bytes) // as it is
                .number(3, bytes) // and compressed
                .structure(
                        5,
                        new Compact()
                                .number(1, rows)
                                .number(2, PLAIN)
                                .number(3, RLE)
                                .number(4, RLE))
                .end();
    }

    private static byte[] footer(Table table, List<Page> pages) {
        List<Compact> schema = new ArrayList<>();
        schema.add(new Compact().text(4, "schema").number(5, table.columns().size()));
        for (Column column : table.columns()) {
            Compact element =
                    new Compact().number(1, type(column)).number(3, REQUIRED).text(4, column.name());
            schema.add(
                    column.kind() == Column.Kind.TEXT
                            ? element.number(6, UTF8).structure(10, new Compact().structure(1, new Compact()))
                            : element);
        }
        List<Compact> chunks = new ArrayList<>();
        for (Page page : pages) {
            Compact data = new Compact()
                    .number(1, type(page.column()))
                    .numbers(2, List.of(PLAIN, RLE))
                    .texts(3, List.of(page.column().name()))
                    .number(4, UNCOMPRESSED)
                    .longNumber(5, table.rows().size())
                    .longNumber(6, page.bytes())
                    .longNumber(7, page.bytes())
                    .longNumber(9, page.at());
            chunks.add(new Compact().longNumber(2, page.at()).structure(3, data));
        }
        Compact group = new Compact()
                .structures(1, chunks)
                .longNumber(2, pages.stream().mapToLong(Page::bytes).sum())
                .longNumber(3, table.rows().size());
        return new Compact()
                .number(1, 1)
                .structures(2, schema)
                .longNumber(3, table.rows().size())
                .structures(4, List.of(group))
                .text(6, CREATOR)
                .end();
    }

    /** A structure in Thrift's compact protocol. Fields are added by rising numbers. */
    private static final class Compact {
        private static final int I32 = 5;
        private static final int I64 = 6;
        private static final int BINARY = 8;
        private static final int LIST = 9;
        private static final int STRUCT = 12;
        private static final int STOP = 0;
        private static final int SHORT_LIST = 15;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int last;

        private void field(int number, int type) {
            bytes.write(((number - last) << 4) | type);
            last = number;
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                bytes.write((int) (rest & 0x7f) | 0x80);
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }

        private void zigzag(long value) {
            varint((value << 1) ^ (value >> 63));
        }

        private void list(int number, int type, int size) {
            field(number, LIST);
            if (size < SHORT_LIST) {
                bytes.write((size << 4) | type);
            } else {
                bytes.write((SHORT_LIST << 4) | type);
                varint(size);
            }
        }

        private void raw(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            varint(utf8.length);
            bytes.writeBytes(utf8);
        }

        Compact number(int number, int value) {
            field(number, I32);
            zigzag(value);
            return this;
        }

        Compact longNumber(int number, long value) {
            field(number, I64);
            zigzag(value);
            return this;
        }

        Compact text(int number, String text) {
            field(number, BINARY);
            raw(text);
            return this;
        }

        Compact numbers(int number, List<Integer> values) {
            list(number, I32, values.size());
            values.forEach(this::zigzag);
            return this;
        }

        Compact texts(int number, List<String> values) {
            list(number, BINARY, values.size());
            values.forEach(this::raw);
            return this;
        }

        Compact structure(int number, Compact value) {
            field(number, STRUCT);
            bytes.writeBytes(value.end());
            return this;
        }

        Compact structures(int number, List<Compact> values) {
            list(number, STRUCT, values.size());
            values.forEach(value -> bytes.writeBytes(value.end()));
            return this;
        }

        byte[] end() {
            bytes.write(STOP);
            return bytes.toByteArray();
        }
    }
}
