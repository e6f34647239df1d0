/**
 * What {@code tools/regenerate-bindings} writes: one subpackage for each operating system's C headers. Nothing below
 * this package is edited by hand, and only {@code io.tlem.os} uses it.
 */
package io.tlem.bindings;
