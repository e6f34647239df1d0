package io.tlem.bindings.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.bindings.BindingsTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** FreeBSD's facts as the bindings have them, against the header and against the numbers that differ from Linux's. */
class FreeBsdBindingsTest extends BindingsTest {
    FreeBsdBindingsTest() throws IOException {
        super(FreeBsd.class, "tlem_freebsd.h", "freebsd.includes");
    }

    @Test
    void valuesAreThoseOfFreeBsd() {
        assertEquals(0x1000, FreeBsd.MAP_ANONYMOUS());
        assertEquals(1 << 24, FreeBsd.MAP_ALIGNED_SUPER());
        assertEquals(0x100000, FreeBsd.O_CLOEXEC());
        assertEquals(47, FreeBsd._SC_PAGESIZE());
        assertEquals(4, FreeBsd.CLOCK_MONOTONIC());
        assertEquals(3, FreeBsd.CPU_LEVEL_WHICH());
        assertEquals(1, FreeBsd.CPU_WHICH_TID());
        assertEquals(128, tlem_cpuset.layout().byteSize());
        assertEquals(11, FreeBsd.EDEADLK());
        assertEquals(35, FreeBsd.EAGAIN());
        assertEquals(40, FreeBsd.EMSGSIZE());
        assertEquals(45, FreeBsd.EOPNOTSUPP());
        assertEquals(50, FreeBsd.ENETDOWN());
        assertEquals(55, FreeBsd.ENOBUFS());
        assertEquals(60, FreeBsd.ETIMEDOUT());
        assertEquals(78, FreeBsd.ENOSYS());
        assertEquals(85, FreeBsd.ECANCELED());
        assertEquals(97, FreeBsd.EINTEGRITY());
    }
}
