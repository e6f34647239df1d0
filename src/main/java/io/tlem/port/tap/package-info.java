/** {@code tap:NAME} and {@code tun:NAME}: interfaces of the emulator's own, for others to plug into. */
package io.tlem.port.tap;
