/** Stages, the pinned threads that run them, and how those wait. */
package io.tlem.thread;
