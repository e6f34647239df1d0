/** {@code packet:IFACE}: any Linux network interface, through packet sockets with memory-mapped rings. */
package io.tlem.port.packet;
