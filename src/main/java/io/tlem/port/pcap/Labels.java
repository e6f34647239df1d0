package io.tlem.port.pcap;

import java.util.Arrays;

/**
 * What a capture says of packets and a link does not carry along, by their numbers, from when they come until they are gone:
 * as many as are under way, in a table with open addressing. Packets about which there is nothing to say have none. Used by
 * one thread.
 */
public final class Labels {
    /** Most bytes of options that are kept at a time. */
    public static final int MOST_OPTION_BYTES = 8 << 20;

    private static final long FREE = -1;
    private static final int LEAST = 1024; // a power of two
    private static final int WORDS = 5;
    private static final int LENGTHS = 1;
    private static final int ASIDE = 2;
    private static final int ORDER = 3;
    private static final int LEAVING = 4;
    private static final int ASIDE_BITS = 48;
    private static final long ASIDE_MASK = (1L << ASIDE_BITS) - 1;

    private long[] table =
            free(LEAST); // number, lengths, what was put aside and the interface, order, times that it leaves
    private byte[][] options; // of each entry; null as long as none has any
    private long optionBytes;
    private long leftBehind; // options, because there were too many
    private int mask = LEAST - 1;
    private int count;

    private static long[] free(int entries) {
        long[] table = new long[entries * WORDS];
        Arrays.fill(table, FREE);
        return table;
    }

    /**
     * Labels a packet.
     *
     * @param captured bytes of it
     * @param original bytes that it had
     * @param from number of its interface
     * @param aside see {@link LinkType#aside}
     * @param order among all packets of a capture
     * @param its options that go with it, or null; where those of all packets under way would have more than
     *     {@link #MOST_OPTION_BYTES}, they stay behind
     */
    void put(long number, int captured, long original, int from, long aside, long order, byte[] its) {
        if (2 * count > mask) {
            grow();
        }
        int at = place(number);
        table[at] = number;
        table[at + LENGTHS] = (long) captured << Integer.SIZE | original;
        table[at + ASIDE] = (long) from << ASIDE_BITS | aside;
        table[at + ORDER] = order;
        table[at + LEAVING] = 1;
        count++;
        if (its != null) {
            putOptions(at / WORDS, its);
        }
    }

    private void putOptions(int entry, byte[] its) {
        if (optionBytes + its.length > MOST_OPTION_BYTES) {
            leftBehind++;
            return;
        }
        if (options == null) {
            options = new byte[mask + 1][];
        }
        options[entry] = its;
        optionBytes += its.length;
    }

    private void grow() {
        long[] before = table;
        byte[][] optionsBefore = options;
        mask = 2 * mask + 1;
        table = free(mask + 1);
        options = options == null ? null : new byte[mask + 1][];
        for (int from = 0; from < before.length; from += WORDS) {
            if (before[from] != FREE) {
                int to = place(before[from]);
                System.arraycopy(before, from, table, to, WORDS);
                if (options != null) {
                    options[to / WORDS] = optionsBefore[from / WORDS];
                }
            }
        }
    }

    /** Where a number stands, or would. */
    private int place(long number) {
        int entry = home(number);
        while (table[entry * WORDS] != FREE && table[entry * WORDS] != number) {
            entry = entry + 1 & mask;
        }
        return entry * WORDS;
    }

    /** Numbers that follow each other stand beside each other. */
    private int home(long number) {
        return (int) number & mask;
    }

    /** Where a packet's label is, or a negative number when it has none; until another is put or gone. */
    int find(long number) {
        int at = count == 0 ? -1 : place(number);
        return at >= 0 && table[at] == number ? at : -1;
    }

    int captured(int label) {
        return (int) (table[label + LENGTHS] >>> Integer.SIZE);
    }

    long original(int label) {
        return table[label + LENGTHS] & 0xffff_ffffL;
    }

    int from(int label) {
        return (int) (table[label + ASIDE] >>> ASIDE_BITS);
    }

    long aside(int label) {
        return table[label + ASIDE] & ASIDE_MASK;
    }

    long order(int label) {
        return table[label + ORDER];
    }

    /** Options that leave with it, or null. */
    byte[] options(int label) {
        return options == null ? null : options[label / WORDS];
    }

    /** Packets so far whose options stayed behind. */
    public long leftBehind() {
        return leftBehind;
    }

    /** A packet leaves once more than it would. */
    public void again(long number) {
        int label = find(number);
        if (label >= 0) {
            table[label + LEAVING]++;
        }
    }

    /** A packet has left, or will not. */
    public void gone(long number) {
        int label = find(number);
        if (label >= 0 && --table[label + LEAVING] == 0) {
            remove(label / WORDS);
        }
    }

    /** Closes the gap, so that what stands behind it is found. */
    private void remove(int entry) {
        int gap = entry;
        int next = gap;
        if (options != null && options[gap] != null) {
            optionBytes -= options[gap].length;
        }
        while (true) {
            next = next + 1 & mask;
            long number = table[next * WORDS];
            if (number == FREE) {
                break;
            }
            boolean mayMove = (next - home(number) & mask) >= (next - gap & mask);
            if (mayMove) {
                System.arraycopy(table, next * WORDS, table, gap * WORDS, WORDS);
                if (options != null) {
                    options[gap] = options[next];
                }
                gap = next;
            }
        }
        table[gap * WORDS] = FREE;
        if (options != null) {
            options[gap] = null;
        }
        count--;
    }

    /** Packets that have labels now. */
    int count() {
        return count;
    }
}
