package io.tlem.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Bytes on their way to a file, made without a new object: a thread that made garbage would stop all others now and then. */
final class Text {
    private static final int BLOCK_BYTES = 1 << 16;
    private static final int DIGITS = 20;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer;
    private final byte[] digits = new byte[DIGITS];

    Text(WritableByteChannel channel) {
        this(channel, ByteBuffer.allocateDirect(3 * BLOCK_BYTES));
    }

    private Text(WritableByteChannel channel, ByteBuffer buffer) {
        this.channel = channel;
        this.buffer = buffer;
    }

    /** One in the heap, for those of whom many come and go: memory besides it is given back by a collection of all garbage only. */
    static Text inHeap(WritableByteChannel channel) {
        return new Text(channel, ByteBuffer.allocate(3 * BLOCK_BYTES));
    }

    /** Bytes to be filled: at least a block's. */
    ByteBuffer buffer() {
        return buffer;
    }

    Text ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            buffer.put((byte) text.charAt(i));
        }
        return this;
    }

    Text bytes(byte[] bytes) {
        buffer.put(bytes);
        return this;
    }

    Text character(char one) {
        buffer.put((byte) one);
        return this;
    }

    /** A number in decimal; nothing for {@link Row#NONE}. */
    Text number(long number) {
        if (number == Row.NONE) {
            return this;
        }
        long left = number;
        int at = DIGITS;
        do {
            digits[--at] = (byte) ('0' + Math.abs(left % 10));
            left /= 10;
        } while (left != 0);
        if (number < 0) {
            digits[--at] = '-';
        }
        buffer.put(digits, at, DIGITS - at);
        return this;
    }

    /** Text in UTF-8. */
    Text utf8(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes it when it is a block. */
    void flushIfLong() throws IOException {
        if (buffer.position() >= BLOCK_BYTES) {
            flush();
        }
    }

    void flush() throws IOException {
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } finally {
            buffer.clear();
        }
    }

    void close() throws IOException {
        flush();
        channel.close();
    }
}
