package io.tlem.bindings.linux;

import io.tlem.bindings.BindingsTest;
import java.io.IOException;

/** The bindings of Linux's headers, against those of this machine. */
class LinuxBindingsTest extends BindingsTest {
    LinuxBindingsTest() throws IOException {
        super(Linux.class, "tlem_linux.h", "linux.includes");
    }
}
