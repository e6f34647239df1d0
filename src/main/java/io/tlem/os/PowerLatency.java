package io.tlem.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps the CPUs out of deep sleep states, which take up to 100 µs to wake from, for as long as it is held: the kernel
 * honours the latency written to {@code /dev/cpu_dma_latency} while the file is open.
 */
public final class PowerLatency implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

    private final FileChannel device;
    private final String reason;

    private PowerLatency(FileChannel device, String reason) {
        this.device = device;
        this.reason = reason;
    }

    /** Asks for no wake-up latency at all. Where that is not possible nothing is held, and {@link #reason} says why. */
    public static PowerLatency hold() {
        try {
            FileChannel device = FileChannel.open(DEVICE, StandardOpenOption.WRITE);
            device.write(ByteBuffer.allocate(Integer.BYTES)); // 0 µs
            return new PowerLatency(device, "");
        } catch (IOException e) {
            return new PowerLatency(null, e.toString());
        }
    }

    /** Whether the kernel was asked. */
    public boolean held() {
        return device != null;
    }

    /** Why not, empty when it is held. */
    public String reason() {
        return reason;
    }

    @Override
    public void close() {
        if (device != null) {
            try {
                device.close();
            } catch (IOException e) {
                // nothing that the user could do, and the end of the process closes it
            }
        }
    }
}
