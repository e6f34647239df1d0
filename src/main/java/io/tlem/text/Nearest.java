package io.tlem.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** What somebody may have meant. */
public final class Nearest {
    private Nearest() {}

    /** The end of a message on an unknown name: the possible one that is most like it, or else all. */
    public static String hint(String name, Collection<String> possible) {
        String similar = similar(name, possible);
        return similar.isEmpty() && !possible.isEmpty() ? "; possible are " + String.join(", ", possible) : similar;
    }

    /** The end of a message on an unknown name: the possible one that is most like it, or nothing when none is. */
    public static String similar(String name, Collection<String> possible) {
        return possible.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .filter(best -> distance(name, best) <= Math.max(1, Math.min(name.length(), best.length()) / 3))
                .map(best -> "; did you mean '" + best + "'?")
                .orElse("");
    }

    /**
     * Characters to put in, leave out, change or swap with their neighbour (optimal string alignment); letters' case does not
     * count. Names that differ much in length are far apart.
     */
    private static int distance(String a, String b) {
        if (a.length() > 2 * b.length() + 2) {
            return Integer.MAX_VALUE;
        }
        String from = a.toLowerCase(Locale.ROOT);
        String to = b.toLowerCase(Locale.ROOT);
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[from.length()][to.length()];
    }
}
