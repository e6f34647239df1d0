/**
 * What others do with a running link: a socket by its name, a line of JSON each way, and a journal of its changes. Nothing that
 * comes in here can slow packets down: a change is handed to the link as an epoch, everything else reads samples.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.control;
