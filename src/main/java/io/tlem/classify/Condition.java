package io.tlem.classify;

import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * What may be true of a packet. There is a third answer besides yes and no, as in the Berkeley Packet Filter: whoever asks for
 * bytes behind the packet's end ends the whole filter, which does not match, also behind a {@code not}. Immutable; any thread.
 */
abstract class Condition {
    static final int NO = 0;
    static final int YES = 1;
    /** The whole filter does not match. */
    static final int NEVER = -1;

    /**
     * {@link #YES}, {@link #NO} or {@link #NEVER}.
     *
     * @param there bytes of the packet that can be looked at: fewer than its length where a part of it was captured
     */
    abstract int test(MemorySegment memory, long packet, int there, int length);

    /** How two numbers may compare. */
    enum Comparison {
        EQUAL,
        UNEQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL;

        private boolean holds(long a, long b) {
            return switch (this) {
                case EQUAL -> a == b;
                case UNEQUAL -> a != b;
                case LESS -> a < b;
                case LESS_OR_EQUAL -> a <= b;
                case GREATER -> a > b;
                case GREATER_OR_EQUAL -> a >= b;
            };
        }
    }

    static Condition compare(Operand a, Comparison comparison, Operand b) {
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                long first = a.of(memory, packet, there, length);
                long second = first == Operand.NONE ? Operand.NONE : b.of(memory, packet, there, length);
                return second == Operand.NONE ? NEVER : comparison.holds(first, second) ? YES : NO;
            }
        };
    }

    /** Whether the bits of a mask are these. */
    static Condition hasBits(Operand of, long mask, long value) {
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                long bits = of.of(memory, packet, there, length);
                return bits == Operand.NONE ? NEVER : (bits & mask) == value ? YES : NO;
            }
        };
    }

    static Condition isEqual(Operand of, long value) {
        return hasBits(of, 0xffff_ffffL, value);
    }

    static Condition isBetween(Operand of, long least, long most) {
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                long number = of.of(memory, packet, there, length);
                return number == Operand.NONE ? NEVER : least <= number && number <= most ? YES : NO;
            }
        };
    }

    /**
     * Whether a protocol is in an IP packet's chain of headers: behind those of AH, and of IPv6 behind its extensions.
     *
     * @param ip place of the header in the packet
     */
    static Condition isInChain(int ip, boolean ipv6, int protocol) {
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                int nextAt = ip + (ipv6 ? Ipv6.NEXT_HEADER_AT : Ipv4.PROTOCOL_AT);
                if (nextAt >= there) {
                    return NEVER;
                }
                int next = NetworkBytes.unsignedByte(memory, packet + nextAt);
                int at = ip + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.headerBytes(memory, packet + ip));
                while (next != protocol) {
                    boolean extension = ipv6 && Ipv6.isExtension(next);
                    if (!extension && next != Protocol.AH.number) {
                        return NO;
                    }
                    if (at + 2 > there) {
                        return NEVER;
                    }
                    next = NetworkBytes.unsignedByte(memory, packet + at);
                    int units = NetworkBytes.unsignedByte(memory, packet + at + 1);
                    at += extension ? (units + 1) * 8 : (units + 2) * 4; // RFC 8200, RFC 4302
                }
                return YES;
            }
        };
    }

    static Condition not(Condition one) {
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                int answer = one.test(memory, packet, there, length);
                return answer == NEVER ? NEVER : YES - answer;
            }
        };
    }

    static Condition all(Condition... of) {
        return until(NO, of);
    }

    static Condition all(List<Condition> of) {
        return all(of.toArray(Condition[]::new));
    }

    static Condition any(Condition... of) {
        return until(YES, of);
    }

    static Condition any(Stream<Condition> of) {
        return any(of.toArray(Condition[]::new));
    }

    /** Asked in turn until one says so, or never. */
    private static Condition until(int answer, Condition... of) {
        Condition[] conditions = of.clone();
        return new Condition() {
            @Override
            int test(MemorySegment memory, long packet, int there, int length) {
                for (Condition condition : conditions) {
                    int one = condition.test(memory, packet, there, length);
                    if (one != YES - answer) {
                        return one;
                    }
                }
                return YES - answer;
            }
        };
    }
}
