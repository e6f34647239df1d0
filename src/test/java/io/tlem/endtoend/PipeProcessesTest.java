package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.PrivateFolder;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import io.tlem.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A pipe between two processes. */
class PipeProcessesTest {
    private static final long PACKETS = Long.getLong("tlem.pipe.processes.packets", 10_000_000);

    @Test
    void millionsOfPacketsPassEachWay() {
        long start = System.nanoTime();
        try (Program left = peer("pipe:processes{1");
                Program right = peer("pipe:processes}1")) {
            assertEquals(
                    "exchanged " + PACKETS,
                    left.await(Duration.ofMinutes(2)).succeeded().strip());
            assertEquals(
                    "exchanged " + PACKETS,
                    right.await(Duration.ofMinutes(2)).succeeded().strip());
        }
        System.out.printf("%d packets each way in %.1f s%n", PACKETS, (System.nanoTime() - start) / 1e9);
        assertFalse(Files.exists(file("processes.1.pipe")), "the last one removes the file");
    }

    /** A process that was killed leaves its end to whoever comes next. */
    @Test
    void theEndOfAKilledProcessIsFree() {
        Program killed = peer("pipe:killed{1");
        Await.until("the pipe is there", Duration.ofSeconds(20), () -> Files.exists(file("killed.1.pipe")));
        killed.close();
        try (PacketPort port = new PipePortProvider().open(PortAddress.parse("pipe:killed{1"))) {
            assertTrue(port.source().isPresent());
        }
    }

    private static Path file(String name) {
        try {
            return PrivateFolder.sharedMemory().resolve(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Program peer(String address) {
        return Program.start(
                Program.java(PipePeer.class.getName(), List.of(), List.of(address, Long.toString(PACKETS))));
    }
}
