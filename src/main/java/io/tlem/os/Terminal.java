package io.tlem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/** The terminal that the standard output may be. */
public final class Terminal {
    private static final int STANDARD_OUTPUT = 1;
    private static final long TIOCGWINSZ = Platform.FREE_BSD ? 0x40087468L : 0x5413L;
    private static final int WINSIZE_BYTES = 8; // four 16-bit numbers: rows, columns, pixels
    private static final int COLUMNS_AT = 2;

    private Terminal() {}

    /** How many characters fit on a line; empty where the standard output is no terminal, or one that does not say. */
    public static OptionalInt columns() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE_BYTES, 8);
            if (Calls.ioctl(STANDARD_OUTPUT, TIOCGWINSZ, size) < 0) {
                return OptionalInt.empty();
            }
            int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, COLUMNS_AT));
            return columns == 0 ? OptionalInt.empty() : OptionalInt.of(columns);
        }
    }
}
