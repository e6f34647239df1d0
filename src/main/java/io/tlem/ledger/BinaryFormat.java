package io.tlem.ledger;

import io.tlem.stats.DropReason;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The compact format. Numbers are variable-length (seven bits a byte, the lowest first; signed ones in zigzag) but for those of
 * four bytes, which are little-endian; texts have their length ahead.
 *
 * <pre>
 *  file:  "TLEMLGR1" | version | every | origin, ns since 1970 | seed | number of reasons, their words | block, block ... | end
 *  block: "BLK1" | bytes that follow, CRC-32 of them (4 bytes each) | rows | first arrival | last arrival - first | row, row ...
 *  row:   flags | reason | number - the last of its way | arrival - the last of its way | length | epoch + 1
 *         | flow, with its text when it is the next new one of the block
 *         | queue, serialisation, propagation, jitter where known
 *         | release - arrival where known | transmit - release where known
 *  end:   "END1" | bytes that follow, CRC-32 of them | rows | lost entries
 * </pre>
 */
final class BinaryFormat {
    static final String MAGIC = "TLEMLGR1";
    static final int VERSION = 1;
    static final int BLOCK = tag("BLK1");
    static final int END = tag("END1");
    static final int TAG_BYTES = 4;
    static final int BLOCK_HEADER_BYTES = 12;
    static final int MOST_BLOCK_BYTES = 1 << 20;

    static final int WAY = 1;
    static final int COPY = 2;
    static final int SPLIT = 4;
    static final int RELEASE = 8;
    static final int TRANSMIT = 16;
    static final int FATE_SHIFT = 5;

    private BinaryFormat() {}

    private static int tag(String text) {
        return IntStream.range(0, TAG_BYTES)
                .map(i -> text.charAt(i) << (Byte.SIZE * i))
                .sum();
    }

    /** Whether a block or the end may begin with that, of which there may be less than a tag has. */
    static boolean begins(byte[] head) {
        boolean block = true;
        boolean end = true;
        for (int i = 0; i < Math.min(head.length, TAG_BYTES); i++) {
            block &= head[i] == (byte) (BLOCK >> (Byte.SIZE * i));
            end &= head[i] == (byte) (END >> (Byte.SIZE * i));
        }
        return block || end;
    }

    /** The words of the reasons of this program, by their numbers. */
    static List<String> reasons() {
        return Stream.of(
                        Stream.of(""),
                        Arrays.stream(DropReason.values()).map(DropReason::label),
                        Stream.of(Row.reason(Row.EXEMPT)))
                .flatMap(words -> words)
                .collect(Collectors.toList());
    }

    static long zigzag(long number) {
        return (number << 1) ^ (number >> (Long.SIZE - 1));
    }

    static long unzigzag(long number) {
        return (number >>> 1) ^ -(number & 1);
    }
}
