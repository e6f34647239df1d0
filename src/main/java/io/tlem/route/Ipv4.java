package io.tlem.route;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** IPv4 addresses as ints in host order, and Ethernet addresses as the lower 48 bits of a long, first byte highest. */
final class Ipv4 {
    private static final Pattern ADDRESS = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    private Ipv4() {}

    /**
     * Reads a dotted address.
     *
     * @throws IllegalArgumentException when it is none
     */
    static int parse(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address like 10.0.0.1");
        }
        int address = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(matcher.group(i));
            if (part > 255) {
                throw new IllegalArgumentException("'" + text + "' is not an IPv4 address: " + part + " is above 255");
            }
            address = (address << 8) | part;
        }
        return address;
    }

    /** The bytes of an address as one number. */
    static int of(byte[] bytes) {
        int address = 0;
        for (byte part : bytes) {
            address = (address << 8) | (part & 0xFF);
        }
        return address;
    }

    /** Dotted. */
    static String text(int address) {
        return (address >>> 24) + "." + ((address >>> 16) & 0xFF) + "." + ((address >>> 8) & 0xFF) + "."
                + (address & 0xFF);
    }

    /** Six bytes as one number. */
    static long mac(byte[] bytes) {
        long mac = 0;
        for (byte part : bytes) {
            mac = (mac << 8) | (part & 0xFF);
        }
        return mac;
    }

    /** Whether only one station can have an address: not a network's own, broadcast, multicast or loopback one. */
    static boolean isUnicast(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }
}
