/**
 * Stages, the pinned threads that run them, and how those wait.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.thread;
