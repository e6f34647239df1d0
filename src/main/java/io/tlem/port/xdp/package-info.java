/** {@code xdp:IFACE}: a Linux network interface, through AF_XDP sockets. */
package io.tlem.port.xdp;
