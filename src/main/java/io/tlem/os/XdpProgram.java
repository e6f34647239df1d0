package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.bpf_insn;
import io.tlem.bindings.linux.tlem_bpf_element;
import io.tlem.bindings.linux.tlem_bpf_link;
import io.tlem.bindings.linux.tlem_bpf_map;
import io.tlem.bindings.linux.tlem_bpf_program;
import io.tlem.bindings.linux.xdp_md;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The program that an interface runs for each received packet: a packet of a queue that has an {@link XdpSocket} is given to it,
 * any other goes on to the machine as if there were no program.
 *
 * <p>The kernel takes the program off the interface when this is closed, and also when the process ends in any other way: what
 * holds it there is an open file, a link of BPF.
 */
public final class XdpProgram implements AutoCloseable {
    /** Who runs the program. */
    public enum Place {
        /** The driver, before the kernel has made anything of the packet. */
        DRIVER(Linux.XDP_FLAGS_DRV_MODE()),
        /** The kernel, for any driver. */
        KERNEL(Linux.XDP_FLAGS_SKB_MODE());

        private final int flags;

        Place(int flags) {
            this.flags = flags;
        }
    }

    private static final int INSTRUCTIONS = 6;
    private static final int REGISTER_AT = 1; // one byte: the target below, the source above
    private static final String LICENSE = "Dual BSD/GPL";

    private final int sockets; // a map from queues to sockets
    private final int program;
    private int link = -1;

    /**
     * Loads the program.
     *
     * @param queues of the interface
     * @param frames whether packets that lie in several frames are for it as well
     * @throws SystemCallException {@link Errno#EPERM} where the process may not
     */
    public XdpProgram(int queues, boolean frames) {
        sockets = makeMap(queues);
        try {
            program = load(sockets, frames);
        } catch (SystemCallException e) {
            Calls.close(sockets);
            throw e;
        }
    }

    private static int makeMap(int queues) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(tlem_bpf_map.layout());
            tlem_bpf_map.map_type(attributes, Linux.BPF_MAP_TYPE_XSKMAP());
            tlem_bpf_map.key_size(attributes, Integer.BYTES);
            tlem_bpf_map.value_size(attributes, Integer.BYTES);
            tlem_bpf_map.max_entries(attributes, queues);
            return Calls.require(Calls.bpf(Linux.BPF_MAP_CREATE(), attributes), "bpf", "BPF_MAP_CREATE, XSKMAP");
        }
    }

    /** Of {@code return bpf_redirect_map(&sockets, packet->rx_queue_index, XDP_PASS)}. */
    private static int load(int map, boolean frames) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(bpf_insn.layout(), INSTRUCTIONS);
            int memory = Linux.BPF_LDX() | Linux.BPF_W() | Linux.BPF_MEM();
            int number = Linux.BPF_ALU64() | Linux.BPF_MOV() | Linux.BPF_K();
            int wide = Linux.BPF_LD() | Linux.BPF_DW() | Linux.BPF_IMM(); // takes two places
            set(code, 0, memory, 2, 1, (int) xdp_md.rx_queue_index$offset(), 0);
            set(code, 1, wide, 1, Linux.BPF_PSEUDO_MAP_FD(), 0, map);
            set(code, 3, number, 3, 0, 0, Linux.XDP_PASS());
            set(code, 4, Linux.BPF_JMP() | Linux.BPF_CALL(), 0, 0, 0, Linux.BPF_FUNC_redirect_map());
            set(code, 5, Linux.BPF_JMP() | Linux.BPF_EXIT(), 0, 0, 0, 0);
            MemorySegment attributes = arena.allocate(tlem_bpf_program.layout());
            tlem_bpf_program.prog_type(attributes, Linux.BPF_PROG_TYPE_XDP());
            tlem_bpf_program.insns(attributes, code.address());
            tlem_bpf_program.insn_cnt(attributes, INSTRUCTIONS);
            tlem_bpf_program.prog_flags(attributes, frames ? Linux.BPF_F_XDP_HAS_FRAGS() : 0);
            tlem_bpf_program.license(attributes, arena.allocateFrom(LICENSE).address());
            return Calls.require(Calls.bpf(Linux.BPF_PROG_LOAD(), attributes), "bpf", "BPF_PROG_LOAD, XDP");
        }
    }

    private static void set(
            MemorySegment code, int index, int operation, int target, int source, int offset, int number) {
        MemorySegment instruction = bpf_insn.asSlice(code, index);
        bpf_insn.code(instruction, (byte) operation);
        instruction.set(JAVA_BYTE, REGISTER_AT, (byte) (source << 4 | target));
        bpf_insn.off(instruction, (short) offset);
        bpf_insn.imm(instruction, number);
    }

    /**
     * Has the interface run the program.
     *
     * @throws SystemCallException {@link Errno#EBUSY} where it has one already, others where it cannot
     */
    public void attach(int interfaceIndex, Place place) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(tlem_bpf_link.layout());
            tlem_bpf_link.prog_fd(attributes, program);
            tlem_bpf_link.target_ifindex(attributes, interfaceIndex);
            tlem_bpf_link.attach_type(attributes, Linux.BPF_XDP());
            tlem_bpf_link.flags(attributes, place.flags);
            link = Calls.require(
                    Calls.bpf(Linux.BPF_LINK_CREATE(), attributes), "bpf", "BPF_LINK_CREATE, XDP, " + place);
        }
    }

    /** From now on the socket gets the packets of this queue; until it is closed. */
    public void give(int queue, XdpSocket socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(tlem_bpf_element.layout());
            tlem_bpf_element.map_fd(attributes, sockets);
            tlem_bpf_element.key(attributes, arena.allocateFrom(JAVA_INT, queue).address());
            tlem_bpf_element.value(
                    attributes, arena.allocateFrom(JAVA_INT, socket.fd()).address());
            Calls.require(Calls.bpf(Linux.BPF_MAP_UPDATE_ELEM(), attributes), "bpf", "BPF_MAP_UPDATE_ELEM, " + queue);
        }
    }

    /** Takes the program off the interface. Once. */
    @Override
    public void close() {
        if (link >= 0) {
            Calls.close(link);
        }
        Calls.close(program);
        Calls.close(sockets);
    }
}
