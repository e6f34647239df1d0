package io.tlem.classify;

import io.tlem.wire.Ipv4;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;

/**
 * A number of a packet, or of an expression: unsigned, of 32 bits, as those of the Berkeley Packet Filter. Immutable; any
 * thread.
 */
abstract class Operand {
    /** There is no such number: bytes behind the packet's end, or a division by zero. Then the whole filter does not match. */
    static final long NONE = -1;

    private static final long MASK = 0xffff_ffffL;

    /**
     * The number, 0 to 2^32 - 1, or {@link #NONE}.
     *
     * @param there bytes of the packet that can be looked at: fewer than its length where a part of it was captured
     */
    abstract long of(MemorySegment memory, long packet, int there, int length);

    /** The value, where it is the same for all packets; else {@link #NONE}. */
    long constant() {
        return NONE;
    }

    static Operand number(long value) {
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                return value;
            }

            @Override
            long constant() {
                return value;
            }
        };
    }

    /** Bytes of the packet. */
    static Operand length() {
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                return length;
            }
        };
    }

    /** @param bytes of it: 1, 2 or 4, in network byte order */
    private static long load(MemorySegment memory, long packet, int there, long at, int bytes) {
        if (at + bytes > there) {
            return NONE;
        }
        return switch (bytes) {
            case 1 -> NetworkBytes.unsignedByte(memory, packet + at);
            case 2 -> NetworkBytes.unsignedShort(memory, packet + at);
            default -> NetworkBytes.intAt(memory, packet + at) & MASK;
        };
    }

    /**
     * Bytes at a place.
     *
     * @param at place in the packet, from 0
     * @param bytes 1, 2 or 4
     */
    static Operand bytes(long at, int bytes) {
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                return load(memory, packet, there, at, bytes);
            }
        };
    }

    /** As the other, at so much behind a place. */
    static Operand bytes(long start, Operand index, int bytes) {
        if (index.constant() != NONE) {
            return bytes(start + index.constant(), bytes);
        }
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                long behind = index.of(memory, packet, there, length);
                return behind == NONE ? NONE : load(memory, packet, there, start + behind, bytes);
            }
        };
    }

    /** As the others, behind an IPv4 header with all its options. */
    static Operand bytesBehindIpv4(long header, Operand index, int bytes) {
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                long behind = index.of(memory, packet, there, length);
                return behind == NONE || header >= there
                        ? NONE
                        : load(
                                memory,
                                packet,
                                there,
                                header + Ipv4.headerBytes(memory, packet + header) + behind,
                                bytes);
            }
        };
    }

    /** What can be done with two numbers. */
    enum Operator {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        REMAINDER,
        AND,
        OR,
        EXCLUSIVE_OR,
        LEFT,
        RIGHT;

        /** {@link #NONE} for a division by zero. */
        private long apply(long a, long b) {
            return switch (this) {
                case ADD -> (a + b) & MASK;
                case SUBTRACT -> (a - b) & MASK;
                case MULTIPLY -> (a * b) & MASK;
                case DIVIDE -> b == 0 ? NONE : a / b;
                case REMAINDER -> b == 0 ? NONE : a % b;
                case AND -> a & b;
                case OR -> a | b;
                case EXCLUSIVE_OR -> a ^ b;
                case LEFT -> b >= Integer.SIZE ? 0 : (a << b) & MASK;
                case RIGHT -> b >= Integer.SIZE ? 0 : a >> b;
            };
        }
    }

    static Operand calculated(Operator operator, Operand a, Operand b) {
        if (a.constant() != NONE && b.constant() != NONE) {
            return number(operator.apply(a.constant(), b.constant()));
        }
        return new Operand() {
            @Override
            long of(MemorySegment memory, long packet, int there, int length) {
                long first = a.of(memory, packet, there, length);
                long second = first == NONE ? NONE : b.of(memory, packet, there, length);
                return second == NONE ? NONE : operator.apply(first, second);
            }
        };
    }
}
