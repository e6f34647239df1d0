package io.tlem.port.pipe;

import io.tlem.os.Errno;
import io.tlem.os.NetmapDevice;
import io.tlem.os.NetmapRegistration;
import io.tlem.os.SlotKernel;
import io.tlem.os.SystemCallException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/**
 * A netmap device without a kernel module: registers ends of pipes, <code>NAME{ID</code> and <code>NAME}ID</code>, whose
 * memory both ends map. What the kernel does in a system call is done here by the calling thread.
 */
public final class SoftwareNetmap implements NetmapDevice {
    private static final int API = 14;
    private static final long POLL_PAUSE_NANOS = 50_000;
    private static final int MEMORY_REGION = 1;

    private final PipePlace place;
    private final int defaultSlots;
    private final boolean mayUseC;
    private final Arena arena = Arena.ofShared();
    private PipePlace.Attached attached;
    private PipeTransfer outgoing;
    private PipeTransfer incoming;
    private String refusal = "";

    /**
     * @param place where the other end is
     * @param defaultSlots of the rings of a new pipe, where the registration leaves it open
     */
    SoftwareNetmap(PipePlace place, int defaultSlots) {
        this(place, defaultSlots, true);
    }

    /** @param mayUseC whether loops in C may use memory that stays */
    SoftwareNetmap(PipePlace place, int defaultSlots, boolean mayUseC) {
        this.place = place;
        this.defaultSlots = defaultSlots;
        this.mayUseC = mayUseC;
    }

    @Override
    public String name() {
        return attached == null
                ? "software netmap"
                : "software netmap in " + attached.file().name();
    }

    /** Why the last registration was refused, in words; empty when the error number says all. */
    public String refusal() {
        return refusal;
    }

    @Override
    public int control(MemorySegment header) {
        NetmapRegistration.Received request = NetmapRegistration.Received.of(header);
        if (request.version() != API || request.type() != NetmapRegistration.Received.REGISTER) {
            return -Errno.EINVAL;
        }
        if (attached != null) {
            return -Errno.EBUSY; // this device is bound already
        }
        int bar = Math.max(request.port().indexOf('{'), request.port().indexOf('}'));
        if (bar < 0) {
            return -Errno.ENXIO; // there are only pipes here
        }
        int slots = request.wantedSlots();
        if (slots != 0 && (slots < PipeAddress.MIN_SLOTS || slots > PipeAddress.MAX_SLOTS)) {
            return -Errno.EINVAL;
        }
        int end = request.port().charAt(bar) == '{' ? 0 : 1;
        String name = request.port().substring(0, bar) + "." + request.port().substring(bar + 1);
        try {
            attached = place.attach(arena, name, end, slots, defaultSlots);
        } catch (PipePlace.BusyException e) {
            refusal = e.getMessage();
            return -Errno.EBUSY;
        } catch (IOException | SystemCallException e) {
            refusal = e.getMessage();
            return -Errno.EIO;
        }
        PipeFile file = attached.pipe();
        boolean inC = memoryStays() && SlotKernel.isAvailable();
        outgoing = new PipeTransfer(file, end, inC);
        incoming = new PipeTransfer(file, 1 - end, inC);
        request.answer(file.interfaceOffset(end), file.programBytes(), file.slots(), MEMORY_REGION);
        return 0;
    }

    @Override
    public int legacyRegister(MemorySegment request) {
        return -Errno.EOPNOTSUPP;
    }

    @Override
    public MemorySegment map(Arena owner, long bytes, long extraBytes) {
        return attached.file().map(owner, bytes, extraBytes);
    }

    @Override
    public boolean memoryStays() {
        return mayUseC && attached.file().stays();
    }

    @Override
    public int transmitSync() {
        return outgoing.transmitSync();
    }

    @Override
    public boolean passesAllToPipes() {
        return false;
    }

    @Override
    public int receiveSync() {
        return incoming.receiveSync();
    }

    @Override
    public int poll(int events, int timeoutMillis) {
        long start = System.nanoTime();
        while (true) {
            int ready = (events & POLLIN) != 0 && incoming.hasPackets() ? POLLIN : 0;
            ready |= (events & POLLOUT) != 0 && outgoing.hasRoom() ? POLLOUT : 0;
            if (ready != 0 || System.nanoTime() - start >= timeoutMillis * 1_000_000L) {
                return ready;
            }
            LockSupport.parkNanos(POLL_PAUSE_NANOS);
        }
    }

    @Override
    public void close() {
        if (attached != null) {
            attached.detach();
            attached = null;
        }
        arena.close();
    }
}
