package io.tlem.wire;

/** The header of UDP (RFC 768) and UDP-Lite (RFC 3828). */
public final class Udp {
    /** Bytes of the header. */
    public static final int HEADER_BYTES = 8;
    /** Of the length with the header; of UDP-Lite the bytes that the checksum covers, 0 for all. */
    public static final int LENGTH_AT = 4;
    /** Of the checksum, with pseudo header; of UDP 0 says that there is none. */
    public static final int CHECKSUM_AT = 6;

    private Udp() {}
}
