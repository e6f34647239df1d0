/**
 * Manual pages, made of what the command line says about itself.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.manual;
