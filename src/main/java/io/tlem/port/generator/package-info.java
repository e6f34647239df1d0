/** Ports that need no interface: {@code generator:} makes numbered packets, {@code sink:} takes any and can check them. */
package io.tlem.port.generator;
