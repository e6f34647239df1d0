package io.tlem.endtoend;

import static io.tlem.endtoend.LinuxCalls.INT;
import static io.tlem.endtoend.LinuxCalls.LONG;
import static io.tlem.endtoend.LinuxCalls.POINTER;
import static io.tlem.endtoend.LinuxCalls.call;
import static io.tlem.endtoend.LinuxCalls.function;

import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes an end send and accept only frames of one VLAN. The usual way is a VLAN interface; for a kernel without them a
 * tc program pushes the tag on each packet sent, as late as a VLAN interface would, before segmentation, and removes it
 * from each received.
 */
final class Vlan {
    private static final int ID = 42;

    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_OBJ_PIN = 6;
    private static final int BPF_PROG_TYPE_SCHED_CLS = 3;
    private static final int HELPER_VLAN_PUSH = 18;
    private static final int HELPER_VLAN_POP = 19;
    private static final int TC_ACT_OK = 0;
    private static final int TC_ACT_SHOT = 2;
    /** Of {@code vlan_tci} in {@code struct __sk_buff}. */
    private static final int VLAN_TCI_OFFSET = 24;

    private static final int MOVE_IMMEDIATE = 0xb7;
    private static final int LOAD_WORD = 0x61;
    private static final int JUMP_UNLESS_EQUAL = 0x55;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;

    private Vlan() {}

    /** Puts both ends into the VLAN. */
    static void between(EmulatedNetwork network) {
        if (useInterface(network.left(), EmulatedNetwork.LEFT4, EmulatedNetwork.LEFT6)) {
            useInterface(network.right(), EmulatedNetwork.RIGHT4, EmulatedNetwork.RIGHT6);
        } else {
            Privileged.tool("tc", "mount", "umount");
            useProgram(network.left());
            useProgram(network.right());
        }
    }

    private static boolean useInterface(Namespace end, String address4, String address6) {
        String device = EmulatedNetwork.DEVICE + "." + ID;
        Program.Result made = Program.run(
                Duration.ofSeconds(10),
                List.of(
                        "ip",
                        "-n",
                        end.name(),
                        "link",
                        "add",
                        "link",
                        EmulatedNetwork.DEVICE,
                        "name",
                        device,
                        "type",
                        "vlan",
                        "id",
                        Integer.toString(ID)));
        if (made.status() != 0) {
            System.out.println("no VLAN interfaces here (" + made.err().strip() + "), a tc program tags instead");
            return false;
        }
        end.ip("address", "flush", "dev", EmulatedNetwork.DEVICE, "scope", "global");
        end.ip("address", "add", address4 + "/24", "dev", device);
        end.ip("address", "add", address6 + "/64", "dev", device, "nodad");
        end.ip("link", "set", device, "up");
        return true;
    }

    private static void useProgram(Namespace end) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("tlem-test-bpf-");
            Program.output("mount", "-t", "bpf", "bpf", folder.toString());
            load(push(), folder.resolve("push"));
            load(pop(), folder.resolve("pop"));
            tc(end, "qdisc", "add", "dev", EmulatedNetwork.DEVICE, "clsact");
            attach(end, "egress", folder.resolve("push"));
            attach(end, "ingress", folder.resolve("pop"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (folder != null) {
                Program.run(Duration.ofSeconds(10), List.of("umount", folder.toString()));
                folder.toFile().delete();
            }
        }
    }

    private static void attach(Namespace end, String hook, Path program) {
        tc(
                end,
                "filter",
                "add",
                "dev",
                EmulatedNetwork.DEVICE,
                hook,
                "bpf",
                "direct-action",
                "object-pinned",
                program.toString());
    }

    private static void tc(Namespace end, String... arguments) {
        String[] command = new String[arguments.length + 3];
        command[0] = "tc";
        command[1] = "-n";
        command[2] = end.name();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        Program.output(command);
    }

    private static ByteBuffer push() {
        int protocol = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? 0x8100 : 0x0081;
        ByteBuffer code = code();
        instruction(code, MOVE_IMMEDIATE, 2, 0, 0, protocol);
        instruction(code, MOVE_IMMEDIATE, 3, 0, 0, ID);
        instruction(code, CALL, 0, 0, 0, HELPER_VLAN_PUSH);
        instruction(code, MOVE_IMMEDIATE, 0, 0, 0, TC_ACT_OK);
        instruction(code, EXIT, 0, 0, 0, 0);
        return code.flip();
    }

    private static ByteBuffer pop() {
        ByteBuffer code = code();
        instruction(code, LOAD_WORD, 2, 1, VLAN_TCI_OFFSET, 0);
        instruction(code, JUMP_UNLESS_EQUAL, 2, 0, 3, ID);
        instruction(code, CALL, 0, 0, 0, HELPER_VLAN_POP);
        instruction(code, MOVE_IMMEDIATE, 0, 0, 0, TC_ACT_OK);
        instruction(code, EXIT, 0, 0, 0, 0);
        instruction(code, MOVE_IMMEDIATE, 0, 0, 0, TC_ACT_SHOT);
        instruction(code, EXIT, 0, 0, 0, 0);
        return code.flip();
    }

    private static ByteBuffer code() {
        return ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    }

    private static void instruction(ByteBuffer code, int operation, int to, int from, int offset, int value) {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        code.put((byte) operation)
                .put((byte) (little ? from << 4 | to : to << 4 | from))
                .putShort((short) offset)
                .putInt(value);
    }

    private static void load(ByteBuffer code, Path pin) {
        MethodHandle bpf = function("syscall", LONG, LONG, INT, POINTER, INT);
        MethodHandle close = function("close", INT, INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions = arena.allocate(code.remaining(), 8);
            instructions.copyFrom(MemorySegment.ofBuffer(code));
            MemorySegment attributes = arena.allocate(48, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, BPF_PROG_TYPE_SCHED_CLS);
            attributes.set(ValueLayout.JAVA_INT, 4, code.remaining() / 8);
            attributes.set(ValueLayout.ADDRESS, 8, instructions);
            attributes.set(ValueLayout.ADDRESS, 16, arena.allocateFrom("BSD"));
            int program = (int) call(
                    "bpf(BPF_PROG_LOAD)", bpf, bpfNumber(), BPF_PROG_LOAD, attributes, (int) attributes.byteSize());
            MemorySegment pinning = arena.allocate(16, 8);
            pinning.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(pin.toString()));
            pinning.set(ValueLayout.JAVA_INT, 8, program);
            call("bpf(BPF_OBJ_PIN)", bpf, bpfNumber(), BPF_OBJ_PIN, pinning, (int) pinning.byteSize());
            call("close", close, program);
        }
    }

    private static long bpfNumber() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> 321;
            case "aarch64", "riscv64" -> 280;
            default -> throw new AssertionError("number of bpf(2) unknown on " + System.getProperty("os.arch"));
        };
    }
}
