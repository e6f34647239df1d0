/**
 * The emulator as a user runs it: a process of its own, between two network namespaces over stock veth pairs, measured
 * by ordinary network programs. Needs root; without it every test is skipped with the reason.
 */
package io.tlem.endtoend;
