package io.tlem.bindings.netmap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.bindings.BindingsTest;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import org.junit.jupiter.api.Test;

/** The bindings of the netmap header, against the C compiler's view of it and against numbers known of netmap itself. */
class NetmapBindingsTest extends BindingsTest {
    NetmapBindingsTest() throws IOException {
        super(Netmap.class, "net/netmap.h", "netmap.includes");
    }

    /** As the ioctl numbers are in programs that were compiled on either system. */
    @Test
    void callsAreNumberedAsOnLinuxAndFreeBsd() {
        assertEquals(0xC03C6991, Netmap.TLEM_NIOCGINFO());
        assertEquals(0xC03C6992, Netmap.TLEM_NIOCREGIF());
        assertEquals(0xC1106996, Netmap.TLEM_NIOCCONFIG());
        assertEquals(0xC0586997, Netmap.TLEM_NIOCCTRL());
        assertEquals(0x00006994, Netmap.TLEM_LINUX_NIOCTXSYNC());
        assertEquals(0x00006995, Netmap.TLEM_LINUX_NIOCRXSYNC());
        assertEquals(0x20006994, Netmap.TLEM_FREEBSD_NIOCTXSYNC());
        assertEquals(0x20006995, Netmap.TLEM_FREEBSD_NIOCRXSYNC());
    }

    /** The offsets that a provider of API 14 uses on 64-bit systems. */
    @Test
    void ringsAreLaidOutAsProvidersDo() {
        assertEquals(16, netmap_slot.layout().byteSize());
        assertEquals(8, offset(netmap_slot.layout(), "ptr"));
        assertEquals(20, offset(netmap_ring.layout(), "head"));
        assertEquals(24, offset(netmap_ring.layout(), "cur"));
        assertEquals(28, offset(netmap_ring.layout(), "tail"));
        assertEquals(40, offset(netmap_ring.layout(), "ts"));
        assertEquals(56, offset(netmap_ring.layout(), "offset_mask"));
        assertEquals(128, offset(netmap_ring.layout(), "sem"));
        assertEquals(256, offset(netmap_ring.layout(), "slot"));
        assertEquals(256, netmap_ring.layout().byteSize());
        assertEquals(56, offset(netmap_if.layout(), "ring_ofs"));
        assertEquals(88, nmreq_header.layout().byteSize());
        assertEquals(56, nmreq_register.layout().byteSize());
        assertEquals(60, nmreq.layout().byteSize());
    }

    private static long offset(MemoryLayout layout, String member) {
        return layout.byteOffset(PathElement.groupElement(member));
    }
}
