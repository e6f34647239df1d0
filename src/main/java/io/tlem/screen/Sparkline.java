package io.tlem.screen;

import java.util.ArrayList;
import java.util.List;

/** Values over time as a row of columns, or a few rows. */
final class Sparkline {
    private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
    private static final String ASCII = " .:-=+*#@";
    private static final int LEVELS = BLOCKS.length() - 1;

    private Sparkline() {}

    /** Whether blocks can be drawn with these letters. */
    static boolean hasBlocks(java.nio.charset.Charset charset) {
        return charset.canEncode() && charset.newEncoder().canEncode(BLOCKS);
    }

    /**
     * Draws the values, the last at the right end; where there are fewer than columns, the left stays empty. What is 0 is
     * empty, and whatever is above it can be seen.
     *
     * @param values 0 or more, no more than fit
     * @param most what fills a column to the top; above 0 when any value is
     * @param columns at least 0
     * @param rows at least 1
     * @param blocks instead of ASCII
     * @return the rows, the uppermost first, each of so many columns
     */
    static List<String> rows(double[] values, double most, int columns, int rows, boolean blocks) {
        String ramp = blocks ? BLOCKS : ASCII;
        List<String> lines = new ArrayList<>();
        for (int row = rows - 1; row >= 0; row--) {
            StringBuilder line = new StringBuilder(" ".repeat(columns - values.length));
            for (double value : values) {
                int level = value <= 0 ? 0 : (int) Math.max(1, Math.round(value / most * rows * LEVELS));
                line.append(ramp.charAt(Math.clamp(level - (long) row * LEVELS, 0, LEVELS)));
            }
            lines.add(line.toString());
        }
        return lines;
    }
}
