package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineStreamTest {
    private static final long SECOND = 1_000_000_000L;

    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

    /** Takes a line each time it is let. */
    private static final class Reader extends OutputStream {
        private final Semaphore lines = new Semaphore(0);
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                lines.acquire();
            } catch (InterruptedException e) { // as a test's timeout does with who waits and should not
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
            taken.write(bytes, offset, length);
        }

        List<String> taken() {
            return taken.toString(StandardCharsets.UTF_8).lines().toList();
        }
    }

    private LineStream stream(OutputStream target) {
        LineStream stream = new LineStream("output", target);
        stream.onProblem(problems::add);
        return stream;
    }

    private static PrintStream print(OutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    @Test
    void whoWritesDoesNotWaitAndTheOldestLinesAreLeftOut() throws Exception {
        Reader reader = new Reader();
        LineStream stream = stream(reader);
        stream.neverWait(count -> "left out " + count);
        PrintStream out = print(stream);
        int lines = 1000;
        for (int i = 0; i < lines; i++) {
            out.println("line " + i); // would never return if it waited
        }
        assertEquals(List.of("output is not read: lines are left out"), List.copyOf(problems));
        assertFalse(stream.finish(SECOND / 100, SECOND));
        assertEquals(2, problems.size(), problems.toString());
        reader.lines.release(lines);
        assertTrue(stream.finish(20 * SECOND, 20 * SECOND));
        List<String> taken = reader.taken();
        int said = taken.stream()
                .filter(line -> line.startsWith("left out "))
                .mapToInt(line -> Integer.parseInt(line.substring("left out ".length())))
                .sum();
        long there = taken.stream().filter(line -> line.startsWith("line ")).count();
        assertEquals(lines, said + there, taken.toString());
        assertTrue(there >= 200 && said > 0, taken.toString());
        assertEquals("line " + (lines - 1), taken.getLast());
    }

    /** The line in the place of others is itself not read: that is no news. */
    @Test
    void aReaderThatDoesNotReadIsSaidOnce() throws Exception {
        Reader reader = new Reader();
        LineStream stream = stream(reader);
        stream.neverWait(count -> "left out " + count);
        PrintStream out = print(stream);
        out.println("first");
        Await.until(
                "a line is taken and the next one is not",
                Duration.ofSeconds(20),
                () -> reader.lines.hasQueuedThreads());
        write(out, 300);
        reader.lines.release();
        Await.until(
                "a line is taken and the next one is not",
                Duration.ofSeconds(20),
                () -> !reader.taken().isEmpty() && reader.lines.hasQueuedThreads());
        write(out, 300);
        assertEquals(List.of("output is not read: lines are left out"), List.copyOf(problems));
        reader.lines.release();
        Await.until(
                "a line is taken and the next one is not",
                Duration.ofSeconds(20),
                () -> reader.taken().size() == 2 && reader.lines.hasQueuedThreads());
        assertTrue(
                reader.taken().getLast().startsWith("left out "), reader.taken().toString());
        write(out, 300);
        assertEquals(2, problems.size(), problems.toString());
    }

    private static void write(PrintStream out, int lines) {
        for (int i = 0; i < lines; i++) {
            out.println("line " + i);
        }
    }

    /** The end waits as long as somebody reads, however slowly. */
    @Test
    void theEndWaitsForAReaderThatReads() throws Exception {
        Reader reader = new Reader();
        LineStream stream = stream(reader);
        stream.neverWait(count -> "left out " + count);
        print(stream).print("one\ntwo\nthree\nrest");
        Thread reading = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; i < 4; i++) {
                java.util.concurrent.locks.LockSupport.parkNanos(SECOND / 5);
                reader.lines.release();
            }
        });
        assertTrue(stream.finish(10 * SECOND, 20 * SECOND));
        reading.join();
        assertEquals(List.of("one", "two", "three", "rest"), reader.taken());
        assertTrue(problems.isEmpty(), problems.toString());
    }

    /** As a full disk does. */
    private static final class Full extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            throw new IOException("No space left on device");
        }
    }

    @Test
    void whatCannotBeWrittenIsSaidOnceAndWhenItHappens() throws Exception {
        for (boolean waits : new boolean[] {true, false}) {
            problems.clear();
            LineStream stream = stream(new Full());
            if (!waits) {
                stream.neverWait(count -> "left out " + count);
            }
            PrintStream out = print(stream);
            for (int i = 0; i < 10; i++) {
                out.println("line " + i);
            }
            assertFalse(stream.finish(20 * SECOND, 20 * SECOND));
            assertEquals(List.of("output cannot be written: No space left on device"), List.copyOf(problems));
        }
    }
}
