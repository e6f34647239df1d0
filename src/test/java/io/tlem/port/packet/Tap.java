package io.tlem.port.packet;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.tlem.testing.Privileged;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** An interface whose other end is this object, which reads and writes frames with virtio headers, as a hypervisor does. */
final class Tap implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int O_RDWR_NONBLOCK = 0x802;
    private static final int TUNSETIFF = 0x400454ca;
    private static final short TAP_WITHOUT_INFO_WITH_VIRTIO = 0x5002;
    private static final int HEADER_BYTES = 10;

    private static final MethodHandle OPEN = function("open", JAVA_INT, 2, ADDRESS, JAVA_INT);
    private static final MethodHandle IOCTL = function("ioctl", JAVA_INT, 2, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle READ = function("read", JAVA_LONG, 3, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITE = function("write", JAVA_LONG, 3, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle CLOSE = function("close", JAVA_INT, 1, JAVA_INT);

    final String name =
            "tl" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36) + "t" + COUNT.getAndIncrement();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(1 << 17);
    private final int file;

    Tap(int mtuBytes) {
        Privileged.root();
        Privileged.tool("ip");
        Path device = Path.of("/dev/net/tun");
        if (!Files.isWritable(device)) {
            Privileged.missing("no " + device);
        }
        file = (int) call(OPEN, arena.allocateFrom(device.toString()), O_RDWR_NONBLOCK);
        MemorySegment request = arena.allocate(40, 8);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, request, JAVA_BYTE, 0, bytes.length);
        request.set(JAVA_SHORT, 16, TAP_WITHOUT_INFO_WITH_VIRTIO);
        if (file < 0 || call(IOCTL, file, (long) TUNSETIFF, request) < 0) {
            throw new AssertionError("no tap interface: " + file);
        }
        VethPair.silence(name);
        VethPair.ip("link", "set", name, "mtu", mtuBytes);
        VethPair.up(name);
    }

    /** Writes a frame behind its virtio header; false when the kernel refuses it. */
    boolean write(byte[] header, byte[] frame) {
        MemorySegment.copy(header, 0, buffer, JAVA_BYTE, 0, HEADER_BYTES);
        MemorySegment.copy(frame, 0, buffer, JAVA_BYTE, HEADER_BYTES, frame.length);
        return call(WRITE, file, buffer, (long) HEADER_BYTES + frame.length) >= 0;
    }

    /** A header's bytes. */
    static byte[] header(int flags, int kind, int headerBytes, int segmentBytes, int checksumStart, int checksumField) {
        byte[] header = new byte[HEADER_BYTES];
        header[0] = (byte) flags;
        header[1] = (byte) kind;
        int[] numbers = {headerBytes, segmentBytes, checksumStart, checksumField};
        for (int i = 0; i < numbers.length; i++) { // little-endian, as this machine is
            header[2 + 2 * i] = (byte) numbers[i];
            header[3 + 2 * i] = (byte) (numbers[i] >>> 8);
        }
        return header;
    }

    /** The next frame sent to the interface, null when there is none now. */
    byte[] read() {
        long length = call(READ, file, buffer, buffer.byteSize());
        return length < 0
                ? null
                : Arrays.copyOfRange(buffer.asSlice(0, length).toArray(JAVA_BYTE), HEADER_BYTES, (int) length);
    }

    @SuppressWarnings("restricted")
    static MethodHandle function(String name, MemoryLayout result, int fixed, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor descriptor = FunctionDescriptor.of(result, arguments);
        MemorySegment address = linker.defaultLookup().find(name).orElseThrow();
        return fixed < arguments.length
                ? linker.downcallHandle(address, descriptor, Linker.Option.firstVariadicArg(fixed))
                : linker.downcallHandle(address, descriptor);
    }

    static long call(MethodHandle function, Object... arguments) {
        try {
            return ((Number) function.invokeWithArguments(arguments)).longValue();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        call(CLOSE, file);
        arena.close();
    }
}
