package io.tlem.route;

import io.tlem.wire.Ethernet;
import java.util.Arrays;

/**
 * The Ethernet addresses of a subnet's stations, as far as they are known. Bounded: where a new station finds its places
 * taken, the one of them that was looked up least recently goes. Used by one thread; allocates nothing.
 */
final class ArpTable {
    /** How long an address is believed without a word from the station. */
    static final long VALID_NANOS = 60_000_000_000L;

    /** How long before that it is asked for anew. */
    static final long REFRESH_NANOS = 15_000_000_000L;

    /** Pause between two requests for one station. */
    static final long REQUEST_NANOS = 1_000_000_000;

    private static final int SIZE = 1 << 14;
    private static final int PLACES = 8;

    private final int[] station = new int[SIZE]; // 0: free
    private final long[] mac = new long[SIZE];
    private final long[] learned = new long[SIZE];
    private final long[] requested = new long[SIZE];
    private final long[] used = new long[SIZE];
    private boolean requestDue;

    ArpTable() {
        Arrays.fill(mac, Ethernet.BROADCAST);
    }

    /**
     * The Ethernet address to send to, {@link Ethernet#BROADCAST} while it is not known. {@link #requestDue()} tells afterwards
     * whether it is time to ask for it.
     *
     * @param address not 0
     */
    long lookUp(int address, long nowNanos) {
        int place = find(address);
        if (place < 0) {
            place = claim(address);
            requested[place] = nowNanos - REQUEST_NANOS;
        }
        used[place] = nowNanos;
        long known = mac[place];
        long age = nowNanos - learned[place];
        if (known != Ethernet.BROADCAST && age > VALID_NANOS) {
            mac[place] = known = Ethernet.BROADCAST;
        }
        boolean wanted = known == Ethernet.BROADCAST || age > VALID_NANOS - REFRESH_NANOS;
        requestDue = wanted && nowNanos - requested[place] >= REQUEST_NANOS;
        if (requestDue) {
            requested[place] = nowNanos;
        }
        return known;
    }

    /** Whether the station last looked up is to be asked for its address now. */
    boolean requestDue() {
        return requestDue;
    }

    /**
     * Notes a station's address.
     *
     * @param always also when nobody has looked the station up
     */
    void learn(int address, long itsMac, boolean always, long nowNanos) {
        int place = find(address);
        if (place < 0) {
            if (!always) {
                return;
            }
            place = claim(address);
            used[place] = nowNanos;
            requested[place] = nowNanos - REQUEST_NANOS;
        }
        mac[place] = itsMac;
        learned[place] = nowNanos;
    }

    private static int home(int address) {
        return (address * 0x9E37_79B9) >>> (32 - 14);
    }

    private int find(int address) {
        int place = home(address);
        for (int i = 0; i < PLACES; i++) {
            if (station[place] == address) {
                return place;
            }
            place = (place + 1) & (SIZE - 1);
        }
        return -1;
    }

    private int claim(int address) {
        int place = home(address);
        int best = place;
        for (int i = 0; i < PLACES; i++) {
            if (station[place] == 0) {
                best = place;
                break;
            }
            if (used[place] - used[best] < 0) {
                best = place;
            }
            place = (place + 1) & (SIZE - 1);
        }
        station[best] = address;
        mac[best] = Ethernet.BROADCAST;
        return best;
    }
}
