package io.tlem.port.packet;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A tunnel around every packet that leaves an interface: a tc program has the kernel put the headers in front and mark the
 * packet as one in a tunnel, as its tunnel interfaces do, whether this kernel has those or not.
 */
enum Tunnel {
    NONE(0, 0, 0, false),
    IPIP(4, 4, 0, false),
    SIT(4, 6, 0, false),
    IP4_IN_IP6(6, 4, 0, false),
    IP6_IN_IP6(6, 6, 0, false),
    GRE_KEY(4, 4, 8, false),
    GRE_IP6(6, 6, 4, false),
    GRETAP(4, 0, 4, true),
    VXLAN(4, 0, 16, true),
    VXLAN_IP6(6, 0, 16, true),
    GENEVE(4, 0, 8 + 8 + 12, true),
    FOU(4, 4, 8, false);

    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_OBJ_PIN = 6;
    private static final int BPF_PROG_TYPE_SCHED_CLS = 3;
    private static final int STORE_BYTES = 9;
    private static final int ADJUST_ROOM = 50;
    private static final int AT_MAC = 1;
    private static final long FIXED_SEGMENTS = 1;
    private static final long OUTER_IPV4 = 2;
    private static final long OUTER_IPV6 = 4;
    private static final long GRE = 8;
    private static final long UDP = 16;
    private static final long ETHERNET_INSIDE = 64;
    private static final int STACK = 512;

    private static final MethodHandle BPF =
            Tap.function("syscall", JAVA_LONG, 1, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = Tap.function("close", JAVA_INT, 1, JAVA_INT);

    private final int outer;
    private final int inner;
    private final int between; // bytes of headers behind the outer IP header, the inner Ethernet header left out
    private final boolean ethernet;

    Tunnel(int outer, int inner, int between, boolean ethernet) {
        this.outer = outer;
        this.inner = inner;
        this.between = between;
        this.ethernet = ethernet;
    }

    /** Whether packets of this IP version go into it. */
    boolean takes(boolean ipv6) {
        return inner == 0 || inner == (ipv6 ? 6 : 4);
    }

    private boolean isUdp() {
        return this == VXLAN || this == VXLAN_IP6 || this == GENEVE || this == FOU;
    }

    private boolean isGre() {
        return this == GRE_KEY || this == GRE_IP6 || this == GRETAP;
    }

    private int ipBytes() {
        return outer == 6 ? 40 : 20;
    }

    /** Bytes that the tunnel puts in front of the inner IP header. */
    int bytes() {
        return this == NONE ? 0 : ipBytes() + between + (ethernet ? 14 : 0);
    }

    private byte[] headers(boolean ipv6) {
        byte[] bytes = new byte[Math.ceilDiv(bytes(), 4) * 4];
        int protocol = isUdp() ? 17 : isGre() ? 47 : ipv6 ? 41 : 4;
        int ip = ipBytes();
        if (outer == 6) {
            bytes[0] = 0x60;
            bytes[6] = (byte) protocol;
            bytes[7] = 64;
            Arrays.fill(bytes, 8, 40, (byte) 0x37);
        } else {
            bytes[0] = 0x45;
            SuperPacket.setShort(bytes, 4, 0xfff0); // its identification soon wraps
            bytes[6] = 0x40;
            bytes[8] = 64;
            bytes[9] = (byte) protocol;
            Arrays.fill(bytes, 12, 20, (byte) 10);
        }
        int inside = ethernet ? 0x6558 : ipv6 ? 0x86dd : 0x0800;
        if (isGre()) {
            bytes[ip] = (byte) (between == 8 ? 0x20 : 0);
            SuperPacket.setShort(bytes, ip + 2, inside);
        } else if (isUdp()) {
            SuperPacket.setShort(bytes, ip, 49152);
            SuperPacket.setShort(bytes, ip + 2, this == GENEVE ? 6081 : this == FOU ? 5555 : 4789);
            if (this == GENEVE) {
                bytes[ip + 8] = 3; // words of options
                SuperPacket.setShort(bytes, ip + 10, 0x6558);
            } else if (this != FOU) {
                bytes[ip + 8] = 8;
                bytes[ip + 14] = 42;
            }
        }
        if (ethernet) {
            Arrays.fill(bytes, ip + between, ip + between + 12, (byte) 2);
            SuperPacket.setShort(bytes, ip + between + 12, ipv6 ? 0x86dd : 0x0800);
        }
        return bytes;
    }

    /** Puts what the interface sends into the tunnel, instead of what was there before. */
    void attach(String name, boolean ipv6) {
        VethPair.run(List.of("tc", "qdisc", "replace", "dev", name, "clsact"));
        VethPair.run(List.of("tc", "filter", "del", "dev", name, "egress"));
        if (this == NONE) {
            return;
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("tlem-test-bpf-");
            VethPair.run(List.of("mount", "-t", "bpf", "bpf", folder.toString()));
            Path pin = folder.resolve("encapsulate");
            load(program(ipv6), pin);
            VethPair.run(List.of(
                    "tc",
                    "filter",
                    "add",
                    "dev",
                    name,
                    "egress",
                    "bpf",
                    "direct-action",
                    "object-pinned",
                    pin.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (folder != null) {
                VethPair.run(List.of("umount", folder.toString()));
                folder.toFile().delete();
            }
        }
    }

    private ByteBuffer program(boolean ipv6) {
        byte[] headers = headers(ipv6);
        int size = bytes();
        long flags = FIXED_SEGMENTS
                | (outer == 6 ? OUTER_IPV6 : OUTER_IPV4)
                | (isGre() ? GRE : 0)
                | (isUdp() ? UDP : 0)
                | (ethernet ? ETHERNET_INSIDE | 14L << 56 : 0);
        ByteBuffer code = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
        put(code, 0xbf, 6, 1, 0, 0); // r6 = the packet
        put(code, 0x61, 7, 6, 0, 0); // r7 = its length
        put(code, 0xb7, 2, 0, 0, size);
        put(code, 0xb7, 3, 0, 0, AT_MAC);
        put(code, 0x18, 4, 0, 0, (int) flags);
        put(code, 0, 0, 0, 0, (int) (flags >>> 32));
        put(code, 0x85, 0, 0, 0, ADJUST_ROOM);
        drop(code);
        for (int i = 0; i < headers.length; i += 4) { // on the stack
            int word = ByteBuffer.wrap(headers, i, 4)
                    .order(ByteOrder.nativeOrder())
                    .getInt();
            put(code, 0x62, 10, 0, i - STACK, word);
        }
        // Outer lengths, in network order
        length(code, outer == 6 ? size - 14 - 40 : size - 14, outer == 6 ? 4 : 2);
        if (isUdp()) {
            length(code, size - 14 - ipBytes(), ipBytes() + 4);
        }
        store(code, 14, -STACK, size);
        int type = outer == 6 ? 0x86dd : 0x0800;
        put(code, 0x6a, 10, 0, -STACK, Short.toUnsignedInt(Short.reverseBytes((short) type)));
        store(code, 12, -STACK, 2);
        put(code, 0xb7, 0, 0, 0, 0);
        put(code, 0x95, 0, 0, 0, 0);
        return code.flip();
    }

    private static void length(ByteBuffer code, int added, int at) {
        put(code, 0xbf, 8, 7, 0, 0); // r8 = r7
        put(code, 0x07, 8, 0, 0, added);
        put(code, 0xdc, 8, 0, 0, 16); // to network order
        put(code, 0x6b, 10, 8, at - STACK, 0);
    }

    private static void store(ByteBuffer code, int offset, int stack, int bytes) {
        put(code, 0xbf, 1, 6, 0, 0);
        put(code, 0xb7, 2, 0, 0, offset);
        put(code, 0xbf, 3, 10, 0, 0);
        put(code, 0x07, 3, 0, 0, stack);
        put(code, 0xb7, 4, 0, 0, bytes);
        put(code, 0xb7, 5, 0, 0, 0);
        put(code, 0x85, 0, 0, 0, STORE_BYTES);
        drop(code);
    }

    /** Drops the packet when the call has failed. */
    private static void drop(ByteBuffer code) {
        put(code, 0x15, 0, 0, 2, 0); // unless r0 is 0
        put(code, 0xb7, 0, 0, 0, 2);
        put(code, 0x95, 0, 0, 0, 0);
    }

    private static void put(ByteBuffer code, int operation, int to, int from, int offset, int value) {
        code.put((byte) operation)
                .put((byte) (from << 4 | to))
                .putShort((short) offset)
                .putInt(value);
    }

    private static void load(ByteBuffer code, Path pin) {
        long number = System.getProperty("os.arch").equals("amd64") ? 321 : 280;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions = arena.allocate(code.remaining(), 8);
            instructions.copyFrom(MemorySegment.ofBuffer(code));
            MemorySegment attributes = arena.allocate(48, 8);
            MemorySegment log = arena.allocate(1 << 16);
            attributes.set(JAVA_INT, 0, BPF_PROG_TYPE_SCHED_CLS);
            attributes.set(JAVA_INT, 4, code.remaining() / 8);
            attributes.set(ADDRESS, 8, instructions);
            attributes.set(ADDRESS, 16, arena.allocateFrom("BSD"));
            attributes.set(JAVA_INT, 24, 1);
            attributes.set(JAVA_INT, 28, (int) log.byteSize());
            attributes.set(ADDRESS, 32, log);
            int program = (int) Tap.call(BPF, number, BPF_PROG_LOAD, attributes, (int) attributes.byteSize());
            if (program < 0) {
                throw new AssertionError("bpf(BPF_PROG_LOAD): " + log.getString(0));
            }
            MemorySegment pinning = arena.allocate(16, 8);
            pinning.set(ADDRESS, 0, arena.allocateFrom(pin.toString()));
            pinning.set(JAVA_INT, 8, program);
            if (Tap.call(BPF, number, BPF_OBJ_PIN, pinning, (int) pinning.byteSize()) < 0) {
                throw new AssertionError("bpf(BPF_OBJ_PIN) " + pin);
            }
            Tap.call(CLOSE, program);
        }
    }
}
