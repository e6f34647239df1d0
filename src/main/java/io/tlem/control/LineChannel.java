package io.tlem.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Lines over a socket, limited in length and time each way. Used by one thread; interrupting it ends what it waits for. */
final class LineChannel implements AutoCloseable {
    private static final int CHUNK_BYTES = 8192;
    private static final long MILLI = 1_000_000;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final int mostBytes;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).flip(); // what came behind the last line
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /**
     * The channel becomes this one's own.
     *
     * @param mostBytes of a line that comes
     */
    LineChannel(SocketChannel channel, int mostBytes) throws IOException {
        this.channel = channel;
        this.mostBytes = mostBytes;
        Selector opened = null;
        try {
            channel.configureBlocking(false);
            opened = Selector.open();
            key = channel.register(opened, SelectionKey.OP_READ);
            selector = opened;
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /**
     * The next line, without its end; empty when the other side has closed.
     *
     * @param idleNanos until it begins, at most
     * @param lineNanos until it is whole, from then on
     * @throws SocketTimeoutException when the time is over
     * @throws IOException when the line is too long, or the connection fails
     */
    Optional<String> read(long idleNanos, long lineNanos) throws IOException {
        line.reset();
        boolean began = chunk.hasRemaining();
        long end = System.nanoTime() + (began ? lineNanos : idleNanos);
        while (true) {
            while (chunk.hasRemaining()) {
                byte next = chunk.get();
                if (next == '\n') {
                    return Optional.of(line.toString(StandardCharsets.UTF_8));
                }
                line.write(next);
                if (line.size() > mostBytes) {
                    throw new IOException("a line is longer than " + mostBytes / 1024 + " KiB");
                }
            }
            await(SelectionKey.OP_READ, end);
            int count = channel.read(chunk.clear());
            chunk.flip();
            if (count < 0) {
                return Optional.empty();
            }
            if (count > 0 && !began) {
                began = true;
                end = System.nanoTime() + lineNanos;
            }
        }
    }

    /**
     * Writes a line.
     *
     * @param nanos until the other side has taken it, at most
     */
    void write(String text, long nanos) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
        long end = System.nanoTime() + nanos;
        channel.write(bytes);
        while (bytes.hasRemaining()) {
            await(SelectionKey.OP_WRITE, end);
            channel.write(bytes);
        }
    }

    private void await(int operation, long end) throws IOException {
        key.interestOps(operation);
        while (true) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new SocketTimeoutException("nothing came in time");
            }
            selector.selectedKeys().clear();
            int ready = selector.select(left / MILLI + 1);
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException();
            }
            if (ready > 0) {
                return;
            }
        }
    }

    @Override
    public void close() {
        try {
            try {
                selector.close();
            } finally {
                channel.close();
            }
        } catch (IOException e) {
            // Nobody is there any more who could be told.
        }
    }
}
