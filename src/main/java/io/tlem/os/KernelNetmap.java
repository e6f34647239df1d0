package io.tlem.os;

import io.tlem.bindings.netmap.Netmap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The netmap of the kernel, or of a library that stands in for it: an open {@code /dev/netmap}. */
public final class KernelNetmap implements NetmapDevice {
    /** The device file. */
    public static final String DEVICE = "/dev/netmap";

    private static final long NIOCCTRL = Integer.toUnsignedLong(Netmap.TLEM_NIOCCTRL());
    private static final long NIOCREGIF = Integer.toUnsignedLong(Netmap.TLEM_NIOCREGIF());
    private static final long NIOCTXSYNC =
            Platform.FREE_BSD ? Netmap.TLEM_FREEBSD_NIOCTXSYNC() : Netmap.TLEM_LINUX_NIOCTXSYNC();
    private static final long NIOCRXSYNC =
            Platform.FREE_BSD ? Netmap.TLEM_FREEBSD_NIOCRXSYNC() : Netmap.TLEM_LINUX_NIOCRXSYNC();

    private final NetmapLibrary library;
    private final int fd;
    private final boolean memoryStays;

    private KernelNetmap(NetmapLibrary library, int fd, boolean memoryStays) {
        this.library = library;
        this.fd = fd;
        this.memoryStays = memoryStays;
    }

    /**
     * Opens the device.
     *
     * @param trusted whether a library is known never to take its memory away; the system does not
     * @throws SystemCallException when there is none or it may not be used
     */
    public static KernelNetmap open(NetmapLibrary library, boolean trusted) {
        return new KernelNetmap(
                library,
                Calls.require(library.open(DEVICE), "open", DEVICE),
                trusted || library == NetmapLibrary.standard());
    }

    @Override
    public String name() {
        return DEVICE;
    }

    @Override
    public int control(MemorySegment header) {
        return library.ioctl(fd, NIOCCTRL, header);
    }

    @Override
    public int legacyRegister(MemorySegment request) {
        return library.ioctl(fd, NIOCREGIF, request);
    }

    @Override
    public MemorySegment map(Arena arena, long bytes, long extraBytes) {
        return library.mapShared(arena, fd, DEVICE, bytes, extraBytes);
    }

    @Override
    public boolean memoryStays() {
        return memoryStays;
    }

    @Override
    public int transmitSync() {
        return library.ioctl(fd, NIOCTXSYNC, MemorySegment.NULL);
    }

    @Override
    public boolean passesAllToPipes() {
        return true;
    }

    @Override
    public int receiveSync() {
        return library.ioctl(fd, NIOCRXSYNC, MemorySegment.NULL);
    }

    @Override
    public int poll(int events, int timeoutMillis) {
        return library.poll(fd, events, timeoutMillis);
    }

    @Override
    public void close() {
        library.close(fd); // what it may report has no remedy, and the file is closed either way
    }
}
