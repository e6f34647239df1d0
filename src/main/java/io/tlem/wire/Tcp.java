package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/** The header of TCP (RFC 9293). */
public final class Tcp {
    /** Bytes of the header without options. */
    public static final int MIN_HEADER_BYTES = 20;
    /** Of the sequence number, four bytes. */
    public static final int SEQUENCE_AT = 4;
    /** Of the byte whose upper half is the header's length. */
    public static final int DATA_OFFSET_AT = 12;
    /** Of the flags. */
    public static final int FLAGS_AT = 13;
    /** Of the checksum, with pseudo header. */
    public static final int CHECKSUM_AT = 16;

    /** Flag: no more data comes. */
    public static final int FIN = 0x01;
    /** Flag: the connection begins. */
    public static final int SYN = 0x02;
    /** Flag: the connection is broken off. */
    public static final int RST = 0x04;
    /** Flag: data is to be handed on at once. */
    public static final int PSH = 0x08;
    /** Flag: what has been received is acknowledged. */
    public static final int ACK = 0x10;
    /** Flag: some of the data is urgent. */
    public static final int URG = 0x20;
    /** Flag: the sender has slowed down (RFC 3168). */
    public static final int CWR = 0x80;

    private Tcp() {}

    /** Bytes of the header with its options, as it says: 0 to 60. */
    public static int headerBytes(MemorySegment memory, long at) {
        return (NetworkBytes.unsignedByte(memory, at + DATA_OFFSET_AT) >>> 4) * 4;
    }
}
