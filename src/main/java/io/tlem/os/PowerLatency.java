package io.tlem.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps the CPUs out of sleep states whose wake-up would take time, for as long as it is open. The kernel takes a
 * wished latency of 0 from {@code /dev/cpu_dma_latency} and forgets it when the file is closed, by whatever way.
 */
public final class PowerLatency implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

    private final FileChannel file; // null when not held
    private final String reason;

    private PowerLatency(FileChannel file, String reason) {
        this.file = file;
        this.reason = reason;
    }

    /** Asks for the least latency. Does not throw: where it is not to be had, {@link #reason()} says why. */
    public static PowerLatency hold() {
        if (!Platform.LINUX) {
            return new PowerLatency(null, "only Linux can be asked; FreeBSD: sysctl dev.cpu.N.cx_lowest=C1");
        }
        FileChannel file = null;
        try {
            file = FileChannel.open(DEVICE, StandardOpenOption.WRITE);
            file.write(ByteBuffer.allocate(Integer.BYTES)); // 0 microseconds, binary
            return new PowerLatency(file, "");
        } catch (IOException e) {
            closeQuietly(file);
            String why = e instanceof NoSuchFileException
                    ? "no such device"
                    : e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
            return new PowerLatency(null, DEVICE + ": " + why);
        }
    }

    /** True while the latency is held. */
    public boolean held() {
        return file != null && file.isOpen();
    }

    /** Why it is not held, empty when it is. */
    public String reason() {
        return reason;
    }

    @Override
    public void close() {
        closeQuietly(file);
    }

    private static void closeQuietly(FileChannel file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            // The kernel has let go of it all the same.
        }
    }
}
