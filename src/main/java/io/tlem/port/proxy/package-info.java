/**
 * Ports of a proxy, which need no privileges: datagrams and pieces of streams, between clients that come to an address of
 * this machine and a target.
 */
package io.tlem.port.proxy;
