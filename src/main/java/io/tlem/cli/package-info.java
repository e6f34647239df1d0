/** The command line. */
package io.tlem.cli;
