package io.tlem.endtoend;

import static io.tlem.endtoend.LinuxCalls.INT;
import static io.tlem.endtoend.LinuxCalls.LONG;
import static io.tlem.endtoend.LinuxCalls.POINTER;
import static io.tlem.endtoend.LinuxCalls.call;
import static io.tlem.endtoend.LinuxCalls.function;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteOrder;

/** A UDP socket with UDP_SEGMENT: what is written at once becomes datagrams of one size, cut as late as possible. */
final class SegmentingSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    private static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
    private static final MethodHandle SETSOCKOPT = function("setsockopt", INT, INT, INT, INT, POINTER, INT);
    private static final MethodHandle CONNECT = function("connect", INT, INT, POINTER, INT);
    private static final MethodHandle SEND = function("send", LONG, INT, POINTER, LONG, INT);
    private static final MethodHandle CLOSE = function("close", INT, INT);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(65536);
    private final int socket;

    SegmentingSocket(InetAddress address, int port, int segmentBytes) {
        boolean six = address instanceof Inet6Address;
        socket = (int) call("socket", SOCKET, six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
        MemorySegment size = arena.allocateFrom(INT, segmentBytes);
        call("setsockopt", SETSOCKOPT, socket, SOL_UDP, UDP_SEGMENT, size, (int) size.byteSize());
        // sockaddr_in: family, port, address; sockaddr_in6: family, port, flow, address, scope
        MemorySegment name = arena.allocate(six ? 28 : 16, 8);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) (six ? AF_INET6 : AF_INET));
        name.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) port);
        byte[] bytes = address.getAddress();
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, six ? 8 : 4, bytes.length);
        call("connect", CONNECT, socket, name, (int) name.byteSize());
    }

    void send(byte[] content, int length) {
        MemorySegment.copy(content, 0, buffer, ValueLayout.JAVA_BYTE, 0, length);
        long sent = call("send", SEND, socket, buffer, (long) length, 0);
        if (sent != length) {
            throw new AssertionError("send: " + sent + " of " + length);
        }
    }

    @Override
    public void close() {
        call("close", CLOSE, socket);
        arena.close();
    }
}
