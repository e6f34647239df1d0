package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ports that fail where no stage notices. */
@Timeout(30)
class LinkFailureTest {
    private static final PortAddress ADDRESS = PortAddress.parse("packet:held0");

    /** A port whose receiving never comes back, as of an interface that netmap has stopped, until it is released. */
    private static final class HeldPort implements PacketPort, PacketSource {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        private final boolean held;
        volatile boolean failed;

        HeldPort(boolean held) {
            this.held = held;
        }

        @Override
        public PortAddress address() {
            return ADDRESS;
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.of(this);
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.empty();
        }

        @Override
        public void check() {
            if (failed) {
                throw new PortException(ADDRESS, "the interface was set down");
            }
        }

        @Override
        public MemorySegment memory() {
            return MemorySegment.NULL;
        }

        @Override
        public int maxPacketBytes() {
            return 1518;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            entered.countDown();
            batch.count = 0;
            boolean interrupted = false;
            while (held && release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return 0;
        }

        @Override
        public void release() {}

        @Override
        public void close() {}
    }

    /** Takes what is sent. */
    private static final class OtherPort implements PacketPort {
        private final PacketSink sink = new MemoryPorts.Sink(false, 1518);

        @Override
        public PortAddress address() {
            return ADDRESS;
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public Optional<PacketSource> source() {
            return Optional.empty();
        }

        @Override
        public Optional<PacketSink> sink() {
            return Optional.of(sink);
        }

        @Override
        public void close() {}
    }

    private static Link link(HeldPort from) {
        RandomStreams streams = new RandomStreams(1, 0);
        DirectionModels models = new DirectionModels(
                LinkModels.of(Map.of(Role.LOSS, "", Role.QUEUE, "", Role.BANDWIDTH, "", Role.DELAY, ""), streams));
        LinkConfig config =
                new LinkConfig(2, 64, List.of(), 0, new WaitThresholds(0, 0, 50_000), SharedBuffer.Pages.ORDINARY);
        long[] bufferBytes = {1 << 20, 1 << 20};
        return new Link(from, new OtherPort(), config, List.of(models, models), bufferBytes);
    }

    @Test
    void aPortThatFailsItsCheckIsTheLinksFailure() throws Exception {
        HeldPort port = new HeldPort(false);
        try (Link link = link(port)) {
            link.start();
            link.checkPorts();
            assertEquals(Optional.empty(), link.failure());
            port.failed = true;
            link.checkPorts();
            assertEquals(
                    "packet:held0: the interface was set down",
                    link.awaitFailure(0).orElseThrow().getMessage());
            assertTrue(link.stop(0));
        }
    }

    @Test
    void aThreadThatIsHeldDoesNotHoldTheLinksEnd() throws Exception {
        HeldPort port = new HeldPort(true);
        Link link = link(port);
        link.start();
        assertTrue(port.entered.await(10, TimeUnit.SECONDS));
        long start = System.nanoTime();
        assertFalse(link.stop(0));
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis < 10_000, millis + " ms");
        Throwable failure = link.failure().orElseThrow();
        assertTrue(failure.getMessage().contains("a->b input"), failure.getMessage());

        link.close();
        assertFalse(link.ended());
        assertTrue(isMapped(link), "the thread may still write to the buffer");

        port.release.countDown();
        assertTrue(link.stop(0), "it has come back");
        assertSame(failure, link.failure().orElseThrow());
        link.close();
        assertTrue(link.ended());
        assertFalse(isMapped(link));
    }

    private static boolean isMapped(Link link) {
        return link.pipelines().get(0).buffer().segment().scope().isAlive();
    }

    /** As when the start of something else fails: nobody has stopped the link. */
    @Test
    void closingEndsWhatRunsBeforeItUnmaps() throws Exception {
        HeldPort port = new HeldPort(false);
        Link link = link(port);
        link.start();
        assertTrue(port.entered.await(10, TimeUnit.SECONDS));
        link.close();
        assertTrue(link.ended());
        assertFalse(isMapped(link));
        assertEquals(Optional.empty(), link.failure());
        link.close(); // again, which does nothing
    }

    @Test
    void aLinkThatWasNeverStartedIsClosedAtOnce() {
        Link link = link(new HeldPort(false));
        assertTrue(link.ended());
        link.close();
        assertFalse(isMapped(link));
    }
}
